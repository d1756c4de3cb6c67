// A person without a browser, by B2C's page API: from an authorize address to the application's answer.

/** Sign in and return the whole address that the browser would be sent to, with form_post as a query. */
export async function signsIn(authorizeUrl, email, password) {
  const jar = new Map();
  const ask = async (url, init = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      jar.set(name, value);
    }
    return answer;
  };
  const opened = await ask(authorizeUrl);
  const page = await opened.text();
  const found = /var SETTINGS = (\{.*?\});/.exec(page);
  if (!found) throw new Error(`no page but ${opened.status} ${opened.headers.get('location')} ${page}`);
  const settings = JSON.parse(found[1]);
  const at = (path, query) => new URL(settings.hosts.tenant + path, authorizeUrl) + '?' +
    new URLSearchParams({ ...query, tx: settings.transId, p: settings.hosts.policy });
  const said = await ask(at('/SelfAsserted', {}), {
    method: 'POST',
    headers: { 'X-CSRF-TOKEN': settings.csrf, 'X-Requested-With': 'XMLHttpRequest' },
    body: new URLSearchParams({ request_type: 'RESPONSE', email, password }),
  });
  const body = await said.json();
  if (body.status !== '200') throw new Error(JSON.stringify(body));
  const done = await ask(at(`/api/${settings.api}/confirmed`, { rememberMe: 'false', csrf_token: settings.csrf }));
  const location = done.headers.get('location');
  if (location) return location;
  const html = await done.text();
  const action = /action=['"]([^'"]+)/.exec(html)[1];
  const fields = [...html.matchAll(/name=['"]([^'"]+)['"] value=['"]([^'"]*)['"]/g)].map(m => [m[1], m[2]]);
  return `${action}?${new URLSearchParams(fields)}`;
}
