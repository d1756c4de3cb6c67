// The pages work without this script. With it nothing reloads until the journey goes on, and mistakes show at once.
// The server decides everything; what is checked here only saves a trip. SETTINGS and CONTENT are B2C's globals.
(() => {
  'use strict';
  const byId = id => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  for (const button of navigator.clipboard ? all('[data-copy]') : []) {
    const label = button.textContent;
    button.hidden = false;
    button.onclick = async () => {
      await navigator.clipboard.writeText(byId(button.dataset.copy).textContent);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = label; }, 2000);
    };
  }

  if (typeof SETTINGS === 'undefined') return;

  // Not by the form: `form-action` also holds for a provider's redirects.
  for (const choice of all('.options form')) {
    choice.addEventListener('submit', event => {
      event.preventDefault();
      choice.elements.by_form.disabled = true;
      location.assign(`${choice.action}?${new URLSearchParams(new FormData(choice))}`);
    });
  }

  const form = document.querySelector('#localAccountForm, #attributeVerification');
  if (!form) return;
  const unified = form.id === 'localAccountForm';
  const modal = document.querySelector('.verifying-modal') || form.querySelector('.working');
  let busy = false;

  const text = (id, label = '') => (CONTENT[id] || '').replace(/\{\d+\}/g, () => label);

  function show(element, visible) {
    element.hidden = !visible;
    element.setAttribute('aria-hidden', String(!visible));
  }

  function setBusy(now) {
    busy = now;
    for (const button of all('button')) button.setAttribute('aria-disabled', String(now));
  }

  // ---- talking to the server

  const url = (path, query) => SETTINGS.hosts.tenant + path + '?' +
    new URLSearchParams({ ...query, tx: SETTINGS.transId, p: SETTINGS.hosts.policy });

  async function post(path, body) {
    try {
      const answer = await fetch(url(path), {
        method: 'POST',
        headers: { 'X-CSRF-TOKEN': SETTINGS.csrf, 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' },
        body
      });
      return await answer.json().catch(() => ({ message: text('unknown_error') }));
    } catch {
      return { message: text('no_connection') };
    }
  }

  function leave(end, query) {
    location.assign(url(`/api/${SETTINGS.api}/${end}`, { ...query, csrf_token: SETTINGS.csrf }));
  }

  // One value per claim: ticked boxes joined by commas, the parts of a date as yyyy-mm-dd.
  function values() {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (['csrf_token', 'request_type', 'rememberMe'].includes(name)) continue;
      body.set(name, body.has(name) ? body.get(name) + ',' + value : value);
    }
    for (const day of all('.date select:first-child', form)) {
      const name = day.name.replace(/_day$/, '');
      const parts = ['_year', '_month', '_day'].map(end => name + end);
      const date = parts.map(part => body.get(part) || '');
      parts.forEach(part => body.delete(part));
      // A date that is chosen in part is no date: the server says so.
      body.set(name, date.some(Boolean) ? date.join('-') : '');
    }
    return body;
  }

  // ---- errors

  const inputs = () => all('input:not([type=hidden]), select', form).filter(input => !input.closest('[hidden]'));
  const labelOf = input => (byId(input.id + '_label') || {}).textContent || '';

  function itemError(input, message) {
    const box = input.closest('.verify.code, .entry-item, .attrEntry');
    const error = box && box.querySelector('.error.itemLevel');
    if (!error) return;
    error.firstElementChild.textContent = message;
    show(error, Boolean(message));
    for (const one of all('input, select', box)) {
      if (message) one.setAttribute('aria-invalid', 'true'); else one.removeAttribute('aria-invalid');
    }
  }

  function pageError(id, message) {
    const error = unified ? form.querySelector('.pageLevel') : byId(id);
    (error.querySelector('p') || error).textContent = message;
    show(error, true);
    return error;
  }

  function clearErrors() {
    for (const error of all('.pageLevel', form)) show(error, false);
    for (const input of inputs()) itemError(input, '');
  }

  function focus(element) {
    if (!element.matches('input, select, button')) element.tabIndex = -1;
    element.focus();
  }

  // What the server refused, at its field if it names one.
  function refuse({ claim = '', message = text('unknown_error') }) {
    const names = [claim, claim + '_day'].map(name => name.toLowerCase());
    const input = inputs().find(one => names.includes(one.name.toLowerCase()));
    const control = controls.find(one => input && [one.address, one.code].includes(input));
    if (control) return control.fail(message);
    if (!input) {
      const error = pageError('claimVerificationServerError', message);
      return focus(unified && form.querySelector('[autocomplete=current-password]') || error);
    }
    itemError(input, message);
    if (!unified) pageError('fieldIncorrect', text('error_fieldIncorrect'));
    focus(input);
  }

  // ---- checks before sending

  // As the server does, which trims every value but a password.
  function trim(input) {
    if (input.matches('[type=text], [type=email]') && !input.closest('.secret')) input.value = input.value.trim();
  }

  // The rules of a password and the like, written by the server: of each group's tests some must hold.
  function broken(input) {
    if (!input.value || !input.dataset.rules) return '';
    const holds = ([pattern]) => {
      // A browser that does not know the flag leaves it to the server.
      try { return new RegExp(`^(?:${pattern})$`, 'v').test(input.value); } catch { return true; }
    };
    const rules = JSON.parse(input.dataset.rules).filter(rule => rule.tests.filter(holds).length < rule.least);
    const said = rules.flatMap(rule => [rule.help, ...rule.tests.filter(one => !holds(one)).map(([, help]) => help)]);
    return rules.length ? said.filter(Boolean).join(' ') || text('error_fieldIncorrect') : '';
  }

  // What an address is the server says: the browser's own notion (typeMismatch) is another.
  function fault(input) {
    if (!input.readOnly) trim(input);
    const { valueMissing, patternMismatch } = input.validity;
    const label = labelOf(input).toLowerCase();
    if (input.readOnly) return '';
    if (!valueMissing && !patternMismatch) return broken(input);
    if (!valueMissing) return input.title || text(unified ? 'invalid_generic' : 'ver_incorrect_format', label);
    if (!unified) return text('required_field');
    return input.closest('.secret') ? text('requiredField_password') : text('requiredField_generic', label);
  }

  function check() {
    clearErrors();
    const wrong = inputs().filter(input => fault(input));
    wrong.forEach(input => itemError(input, fault(input)));
    let id = wrong.some(input => input.validity.valueMissing) ? 'requiredFieldMissing' : 'fieldIncorrect';
    const one = byId('newPassword'), two = byId('reenterPassword');
    if (!wrong.length && one && two && one.value !== two.value) {
      id = 'passwordEntryMismatch';
      itemError(two, text('error_' + id));
      wrong.push(two);
    }
    if (wrong.length) {
      if (!unified) pageError(id, text('error_' + id));
      focus(wrong[0]);
      return false;
    }
    const open = controls.find(one => one.state() !== 'verified' && (one.address.required || one.address.value));
    if (open) open.fail(open.intro());
    return !open;
  }

  // ---- verification controls

  const PARTS = ['send', 'verify', 'resend', 'change', 'initial', 'sent', 'verified'];
  const NEWER = '_but_send_code _but_verify_code _but_send_new_code _but_change_claims ' +
    '_info_message _success_message _success_message';
  const CLASSIC = '_ver_but_send _ver_but_verify _ver_but_resend _ver_but_edit _intro _info _success';

  function control(element) {
    const data = element.dataset, id = data.control, classic = 'classic' in data;
    const ends = (classic ? CLASSIC : NEWER).split(' ');
    const part = name => byId(id + ends[PARTS.indexOf(name)]);
    const address = byId(data.address), code = byId(data.code);
    const errors = all('.verificationErrorText', element);

    // Show one message of the control.
    function say(message) {
      for (const one of [part('initial'), part('sent'), part('verified'), ...errors]) show(one, one === message);
    }

    function state(now) {
      if (!now) return data.state;
      data.state = now;
      address.readOnly = now !== 'initial';
      show(code.closest('.VerificationCode'), now === 'sent');
      const shown = { initial: ['send'], sent: ['verify', 'resend', 'change'], verified: ['change'] }[now];
      for (const name of PARTS.slice(0, 4)) show(part(name), shown.includes(name));
      if (!classic && now !== 'initial') part(now).textContent = data[now];
      say(part(now));
    }

    function fail(words) {
      const error = errors.find(one => one.textContent === words) || errors[0];
      error.textContent = words;
      say(error);
      const input = state() === 'sent' ? code : address;
      input.setAttribute('aria-invalid', 'true');
      focus(input);
    }

    async function act(action) {
      if (busy) return;
      clearErrors();
      code.value = code.value.replace(/\s/g, '');
      const input = action === 'VerifyCode' ? code : address;
      trim(input);
      const wrong = input.value ? fault(input) : text('required_field');
      if (wrong) {
        itemError(input, wrong);
        return focus(input);
      }
      // Only what the control needs travels: no password.
      const verify = action === 'VerifyCode', type = verify ? 'VALIDATION_REQUEST' : 'VERIFICATION_REQUEST';
      const path = classic ? '' : `/DisplayControlAction/vbeta/${encodeURIComponent(id)}/${action}`;
      const body = new URLSearchParams(classic
        ? { request_type: type, claim_id: id, claim_value: address.value }
        : { [address.name]: address.value });
      if (verify) body.set(classic ? 'user_input' : code.name, code.value);
      setBusy(true);
      if (classic) show(byId(id + '_ver_wait'), true);
      const answer = await post('/SelfAsserted' + path, body);
      setBusy(false);
      if (classic) show(byId(id + '_ver_wait'), false);
      if (answer.status !== '200') return fail(answer.message || text('ver_fail_server'));
      code.value = '';
      state(verify ? 'verified' : 'sent');
      focus(verify ? next() : code);
    }

    // The first input after the control, else the button that goes on.
    function next() {
      const follows = input => element.compareDocumentPosition(input) === Node.DOCUMENT_POSITION_FOLLOWING;
      return inputs().find(follows) || byId('continue') || part('change');
    }

    for (const button of all('button', element)) button.type = 'button';
    part('send').onclick = part('resend').onclick = () => act('SendCode');
    part('verify').onclick = () => act('VerifyCode');
    part('change').onclick = () => {
      if (busy) return;
      state('initial');
      address.select();
      focus(address);
    };
    element.addEventListener('keydown', event => {
      if (event.key !== 'Enter' || !event.target.matches('input') || state() === 'verified') return;
      event.preventDefault();
      act(state() === 'sent' ? 'VerifyCode' : 'SendCode');
    });
    return { address, code, state, fail, intro: () => part('initial').textContent };
  }

  const controls = all('[data-control]', form).map(control);

  // ---- the form

  form.noValidate = true;
  all('.enter', form).forEach(button => button.remove());

  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (busy) return;
    if (event.submitter && event.submitter.id === 'cancel') {
      setBusy(true);
      return leave('cancelled');
    }
    all('.secret input', form).forEach(input => reveal(input, false));
    if (!check()) return;
    const body = values(), remember = byId('rememberMe');
    body.set('request_type', 'RESPONSE');
    setBusy(true);
    show(modal, true);
    const answer = await post('/SelfAsserted', body);
    if (answer.status === '200') return leave('confirmed', { rememberMe: Boolean(remember && remember.checked) });
    setBusy(false);
    show(modal, false);
    refuse(answer);
  });

  form.addEventListener('input', event => {
    if (event.target.getAttribute('aria-invalid')) itemError(event.target, '');
  });

  // Back from the browser's page cache: the page is alive again.
  addEventListener('pageshow', event => {
    if (!event.persisted) return;
    setBusy(false);
    show(modal, false);
  });

  // ---- comforts

  const EYE = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z"/>' +
    '<circle cx="12" cy="12" r="3"/><path class="slash" d="M4 20 20 4"/></svg>';

  function reveal(input, visible) {
    input.type = visible ? 'text' : 'password';
    input.nextElementSibling.setAttribute('aria-pressed', String(visible));
    input.nextElementSibling.title = text(visible ? 'hide_password' : 'show_password');
  }

  for (const input of all('input[type=password]', form)) {
    const box = document.createElement('div'), button = document.createElement('button');
    const focused = document.activeElement === input;
    box.className = 'secret';
    button.type = 'button';
    button.className = 'reveal';
    button.innerHTML = EYE;
    button.setAttribute('aria-label', text('show_password'));
    button.onclick = () => reveal(input, input.type === 'password');
    input.replaceWith(box);
    box.append(input, button);
    reveal(input, false);
    if (focused) input.focus();
  }

  for (const link of all('.helpLink')) {
    link.setAttribute('role', 'button');
    link.setAttribute('aria-expanded', 'false');
    link.onclick = () => {
      link.setAttribute('aria-expanded', String(byId(link.hash.slice(1)).classList.toggle('shown')));
      return false;
    };
  }
})();
