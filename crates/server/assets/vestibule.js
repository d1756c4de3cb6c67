// The pages work without this script. With it nothing reloads until the journey goes on, and mistakes show at once.
// The server decides everything; what is checked here only saves a trip. Its globals are B2C's: SETTINGS, CONTENT.
(function () {
  'use strict';

  document.querySelectorAll('[data-copy]').forEach(function (button) {
    if (!navigator.clipboard) return;
    var label = button.textContent;
    button.hidden = false;
    button.addEventListener('click', function () {
      navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(function () {
        button.textContent = 'Copied';
        setTimeout(function () { button.textContent = label; }, 2000);
      });
    });
  });

  if (typeof SETTINGS === 'undefined') return;
  var form = document.querySelector('#localAccountForm, #attributeVerification');
  if (!form) return;
  var unified = form.id === 'localAccountForm';
  var submit = document.getElementById(unified ? 'next' : 'continue');
  var busy = false;

  function byId(id) { return document.getElementById(id); }

  function show(element, visible) {
    if (!element) return;
    element.hidden = !visible;
    element.setAttribute('aria-hidden', String(!visible));
  }

  function text(id, label) { return (CONTENT[id] || '').replace('{0}', label || ''); }

  // ---- talking to the server -------------------------------------------------------------------------------------

  function place(query) {
    return query + 'tx=' + encodeURIComponent(SETTINGS.transId) + '&p=' + encodeURIComponent(SETTINGS.hosts.policy);
  }

  function post(path, body) {
    return fetch(SETTINGS.hosts.tenant + path + place('?'), {
      method: 'POST',
      credentials: 'same-origin',
      headers: {
        'X-CSRF-TOKEN': SETTINGS.csrf,
        'X-Requested-With': 'XMLHttpRequest',
        'Accept': 'application/json',
        'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8'
      },
      body: body.toString()
    }).then(function (answer) {
      return answer.json().catch(function () { return { status: '500', message: text('unknown_error') }; });
    }, function () {
      return { status: '0', message: text('no_connection') };
    });
  }

  function leave(end) {
    var remember = byId('rememberMe');
    var query = end === 'confirmed' ? 'rememberMe=' + Boolean(remember && remember.checked) + '&' : '';
    location.assign(SETTINGS.hosts.tenant + '/api/' + SETTINGS.api + '/' + end +
      place('?' + query + 'csrf_token=' + encodeURIComponent(SETTINGS.csrf) + '&'));
  }

  // One value per claim: ticked boxes joined by commas, the parts of a date to yyyy-mm-dd.
  function values() {
    var body = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (name === 'csrf_token' || name === 'request_type' || name === 'rememberMe') return;
      body.set(name, body.has(name) ? body.get(name) + ',' + value : value);
    });
    form.querySelectorAll('.date').forEach(function (date) {
      var name = date.querySelector('select').name.replace(/_day$/, '');
      var parts = ['_year', '_month', '_day'].map(function (end) {
        var part = body.get(name + end) || '';
        body.delete(name + end);
        return part;
      });
      body.set(name, parts.every(Boolean) ? parts.join('-') : '');
    });
    return body;
  }

  function setBusy(now) {
    busy = now;
    document.querySelectorAll('button').forEach(function (button) {
      if (now) button.setAttribute('aria-disabled', 'true'); else button.removeAttribute('aria-disabled');
    });
    if (unified) show(form.querySelector('.working'), now);
  }

  // ---- errors ----------------------------------------------------------------------------------------------------

  function itemError(input, message) {
    var box = input.closest('.entry-item, .attrEntry, .verify.code');
    var error = box && box.querySelector('.error.itemLevel');
    if (!error) return;
    error.firstElementChild.textContent = message || '';
    show(error, message);
    box.querySelectorAll('input, select').forEach(function (one) {
      if (message) one.setAttribute('aria-invalid', 'true'); else one.removeAttribute('aria-invalid');
    });
  }

  function pageError(id, message) {
    var error = unified ? form.querySelector('.pageLevel') : byId(id);
    (error.querySelector('p') || error).textContent = message;
    show(error, true);
    return error;
  }

  function clearErrors() {
    form.querySelectorAll('.pageLevel').forEach(function (error) { show(error, false); });
    inputs().forEach(function (input) { itemError(input, ''); });
  }

  function focus(element) {
    if (!element.matches('input, select, button')) element.tabIndex = -1;
    element.focus();
  }

  function find(claim) {
    return inputs().find(function (input) { return input.name.toLowerCase() === String(claim).toLowerCase(); });
  }

  function refuse(answer) {
    var input = answer.claim && find(answer.claim);
    var message = answer.message || text('unknown_error');
    if (!input) return focus(pageError('claimVerificationServerError', message));
    var own = controls.find(function (c) { return c.address === input || c.code === input; });
    if (own) return own.fail(message);
    itemError(input, message);
    if (!unified) pageError('fieldIncorrect', text('error_fieldIncorrect'));
    focus(input);
  }

  // ---- checks before sending -------------------------------------------------------------------------------------

  function inputs() {
    return Array.from(form.querySelectorAll('input:not([type=hidden]), select')).filter(function (input) {
      return !input.closest('[hidden]');
    });
  }

  function labelOf(input) {
    var label = byId(input.id + '_label');
    return label ? label.textContent : '';
  }

  function fault(input) {
    var validity = input.validity;
    if (validity.valueMissing) {
      if (!unified) return text('required_field');
      if (input.type === 'password') return text('requiredField_password');
      return text('requiredField_generic', labelOf(input).toLowerCase());
    }
    if (validity.valid || input.readOnly) return '';
    return input.title || (unified ? text('invalid_generic', labelOf(input).toLowerCase()) : text('ver_incorrect_format'));
  }

  function check() {
    clearErrors();
    var first = null, missing = false;
    inputs().forEach(function (input) {
      var message = fault(input);
      if (!message) return;
      itemError(input, message);
      missing = missing || input.validity.valueMissing;
      first = first || input;
    });
    var id = missing ? 'requiredFieldMissing' : 'fieldIncorrect';
    var one = byId('newPassword'), two = byId('reenterPassword');
    if (!first && one && two && one.value !== two.value) {
      first = two;
      id = 'passwordEntryMismatch';
      itemError(two, text('error_passwordEntryMismatch'));
    }
    if (first) {
      if (!unified) pageError(id, text('error_' + id));
      focus(first);
      return false;
    }
    var open = controls.find(function (c) { return c.state() !== 'verified' && (c.address.required || c.address.value); });
    if (open) open.fail(open.intro());
    return !open;
  }

  // ---- verification controls -------------------------------------------------------------------------------------

  function Control(element) {
    var id = element.dataset.control, classic = 'classic' in element.dataset;
    var names = classic
      ? { send: '_ver_but_send', verify: '_ver_but_verify', resend: '_ver_but_resend', change: '_ver_but_edit', info: '_intro', sent: '_info', verified: '_success' }
      : { send: '_but_send_code', verify: '_but_verify_code', resend: '_but_send_new_code', change: '_but_change_claims', info: '_info_message', sent: '_success_message', verified: '_success_message' };
    function part(name) { return byId(id + names[name]); }
    var address = byId(element.dataset.address), code = byId(element.dataset.code);
    var codeBox = code.closest('.VerificationCode');
    var errors = Array.from(element.querySelectorAll('.verificationErrorText'));

    function message(name) {
      [part('info'), part('sent'), part('verified')].concat(errors).forEach(function (one) { show(one, one === part(name)); });
    }

    function state(now) {
      if (!now) return element.dataset.state;
      element.dataset.state = now;
      address.readOnly = now !== 'initial';
      show(codeBox, now === 'sent');
      show(part('send'), now === 'initial');
      show(part('verify'), now === 'sent');
      show(part('resend'), now === 'sent');
      show(part('change'), now !== 'initial');
      if (!classic && now !== 'initial') {
        part('sent').textContent = now === 'sent' ? element.dataset.sent : element.dataset.verified;
      }
      message(now === 'initial' ? 'info' : now);
    }

    function fail(words) {
      var error = errors.find(function (one) { return one.textContent === words; }) || errors[0];
      error.textContent = words;
      errors.forEach(function (one) { show(one, one === error); });
      var input = state() === 'sent' ? code : address;
      input.setAttribute('aria-invalid', 'true');
      focus(input);
    }

    function act(action) {
      if (busy) return;
      var input = action === 'VerifyCode' ? code : address;
      clearErrors();
      errors.forEach(function (one) { show(one, false); });
      if (action === 'VerifyCode') code.value = code.value.replace(/\s/g, '');
      var wrong = input.value ? fault(input) : text('required_field');
      if (wrong) { itemError(input, wrong); return focus(input); }
      var body = values();
      if (classic) {
        body = new URLSearchParams({ claim_id: id, claim_value: address.value });
        body.set('request_type', action === 'SendCode' ? 'VERIFICATION_REQUEST' : 'VALIDATION_REQUEST');
        if (action === 'VerifyCode') body.set('user_input', code.value);
      }
      setBusy(true);
      var path = classic ? '/SelfAsserted' : '/SelfAsserted/DisplayControlAction/vbeta/' + encodeURIComponent(id) + '/' + action;
      if (classic) show(byId(id + '_ver_wait'), true);
      post(path, body).then(function (answer) {
        setBusy(false);
        if (classic) show(byId(id + '_ver_wait'), false);
        if (answer.status !== '200') return fail(answer.message || text('ver_fail_server'));
        code.value = '';
        state(action === 'SendCode' ? 'sent' : 'verified');
        focus(action === 'SendCode' ? code : next());
      });
    }

    // The first input after the control, else the button that goes on.
    function next() {
      var after = inputs().find(function (input) {
        return element.compareDocumentPosition(input) & Node.DOCUMENT_POSITION_FOLLOWING && !element.contains(input);
      });
      return after || submit || address;
    }

    [['send', 'SendCode'], ['resend', 'SendCode'], ['verify', 'VerifyCode']].forEach(function (pair) {
      part(pair[0]).addEventListener('click', function () { act(pair[1]); });
    });
    part('change').addEventListener('click', function () {
      if (busy) return;
      state('initial');
      focus(address);
      address.select();
    });
    element.querySelectorAll('button').forEach(function (button) { button.type = 'button'; });
    element.addEventListener('keydown', function (event) {
      if (event.key !== 'Enter' || !event.target.matches('input') || state() === 'verified') return;
      event.preventDefault();
      act(state() === 'sent' ? 'VerifyCode' : 'SendCode');
    });
    return { address: address, code: code, state: state, fail: fail, intro: function () { return part('info').textContent; } };
  }

  var controls = Array.from(form.querySelectorAll('[data-control]')).map(Control);

  // ---- the form --------------------------------------------------------------------------------------------------

  form.noValidate = true;
  form.querySelectorAll('.enter').forEach(function (button) { button.remove(); });

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (busy) return;
    if (event.submitter && event.submitter.id === 'cancel') {
      setBusy(true);
      return leave('cancelled');
    }
    form.querySelectorAll('.secret input').forEach(conceal);
    if (!check()) return;
    var body = values();
    body.set('request_type', 'RESPONSE');
    setBusy(true);
    var modal = document.querySelector('.verifying-modal');
    show(modal, true);
    post('/SelfAsserted', body).then(function (answer) {
      if (answer.status === '200') return leave('confirmed');
      setBusy(false);
      show(modal, false);
      refuse(answer);
    });
  });

  form.addEventListener('input', function (event) {
    if (event.target.getAttribute('aria-invalid')) itemError(event.target, '');
  });

  // Back from the browser's page cache: the page is alive again.
  addEventListener('pageshow', function (event) {
    if (!event.persisted) return;
    setBusy(false);
    show(document.querySelector('.verifying-modal'), false);
  });

  // ---- comforts --------------------------------------------------------------------------------------------------

  var EYE = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12Z"/><circle cx="12" cy="12" r="3"/><path class="slash" d="M4 20 20 4"/></svg>';

  function reveal(input, visible) {
    var button = input.nextElementSibling;
    input.type = visible ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(visible));
    button.title = text(visible ? 'hide_password' : 'show_password');
  }

  function conceal(input) { reveal(input, false); }

  form.querySelectorAll('input[type=password]').forEach(function (input) {
    var box = document.createElement('div'), button = document.createElement('button'), focused = document.activeElement === input;
    box.className = 'secret';
    button.type = 'button';
    button.className = 'reveal';
    button.innerHTML = EYE;
    button.setAttribute('aria-controls', input.id);
    button.setAttribute('aria-label', text('show_password'));
    input.replaceWith(box);
    box.append(input, button);
    conceal(input);
    if (focused) input.focus();
    button.addEventListener('click', function () { reveal(input, input.type === 'password'); });
  });

  document.querySelectorAll('.helpLink').forEach(function (link) {
    var help = byId(link.hash.slice(1));
    link.setAttribute('role', 'button');
    link.setAttribute('aria-expanded', 'false');
    link.addEventListener('click', function (event) {
      event.preventDefault();
      link.setAttribute('aria-expanded', String(help.classList.toggle('shown')));
    });
  });
})();
