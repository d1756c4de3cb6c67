// @azure/msal-node against the tenant: code, silent, refresh, client credentials, certificates, the password grant.
import assert from 'node:assert/strict';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import * as msal from '@azure/msal-node';
import { signsIn } from './visitor.mjs';

const { env } = process;
const redirectUri = 'http://localhost:4999/getAToken';
const [read, write] = ['read', 'write'].map(what => `https://contoso.onmicrosoft.com/tasks-api/tasks.${what}`);
// The credential: { clientSecret } or { clientCertificate }.
const auth = (clientId, credential, flow = 'B2C_1_signupsignin1') => ({
  auth: {
    clientId, ...credential,
    authority: `https://contoso.b2clogin.com/contoso.onmicrosoft.com/${flow}`,
    knownAuthorities: ['contoso.b2clogin.com'],
  },
});

async function code(responseMode, clientId, credential) {
  const app = new msal.ConfidentialClientApplication(auth(clientId, credential));
  const { verifier, challenge } = await new msal.CryptoProvider().generatePkceCodes();
  const nonce = `nonce of ${responseMode}`;
  const asked = { scopes: [read], redirectUri, responseMode, nonce, state: 'a state' };
  const url = await app.getAuthCodeUrl({ ...asked, codeChallenge: challenge, codeChallengeMethod: 'S256' });
  const answer = new URL(await signsIn(url, env.NAME, env.PASSWORD)).searchParams;
  assert.equal(answer.get('state'), 'a state');
  const payload = { code: answer.get('code'), client_info: answer.get('client_info'), nonce, state: 'a state' };
  const result = await app.acquireTokenByCode({ ...asked, code: payload.code, codeVerifier: verifier }, payload);
  assert.equal(result.idTokenClaims.tfp, 'B2C_1_signupsignin1');
  assert.equal(result.account.name, 'Ann Example');
  const home = `${result.idTokenClaims.oid}-b2c_1_signupsignin1.${env.TENANT_ID}`;
  assert.equal(result.account.homeAccountId, home);
  const { account } = result;
  const cached = await app.acquireTokenSilent({ account, scopes: [read] });
  assert.ok(cached.fromCache && cached.accessToken === result.accessToken);
  const wider = await app.acquireTokenSilent({ account, scopes: [write] });
  assert.ok(!wider.fromCache && wider.scopes.includes(write), `${wider.scopes}`);
  const fresh = await app.acquireTokenSilent({ account, scopes: [read], forceRefresh: true });
  assert.ok(!fresh.fromCache && fresh.accessToken);
  await assert.rejects(app.acquireTokenByCode({ ...asked, code: payload.code, codeVerifier: verifier }),
    error => error.errorCode === 'invalid_grant' && error.errorMessage.includes('AADB2C'));
}

const itself = { scopes: ['https://contoso.onmicrosoft.com/tasks-api/.default'] };

async function daemon(clientId, credential) {
  const app = new msal.ConfidentialClientApplication(auth(clientId, credential));
  const token = await app.acquireTokenByClientCredential(itself);
  assert.ok(token.accessToken && !token.fromCache);
  assert.ok((await app.acquireTokenByClientCredential(itself)).fromCache);
}

async function refused(clientId, credential) {
  const impostor = new msal.ConfidentialClientApplication(auth(clientId, credential));
  await assert.rejects(impostor.acquireTokenByClientCredential(itself), error => error.errorCode === 'invalid_client');
}

for (const responseMode of ['query', 'form_post']) {
  await code(responseMode, env.CLIENT_ID, { clientSecret: env.CLIENT_SECRET });
}
await daemon(env.DAEMON_ID, { clientSecret: env.DAEMON_SECRET });
await refused(env.DAEMON_ID, { clientSecret: 'not-the-secret-that-was-given-to-it' });

const { fingerprint, fingerprint256 } = new X509Certificate(env.CERTIFICATE);
const hex = text => text.replaceAll(':', '');
for (const named of [
  { thumbprint: hex(fingerprint) },
  { thumbprintSha256: hex(fingerprint256) },
  { thumbprintSha256: hex(fingerprint256), x5c: env.CERTIFICATE },
]) {
  const credential = { clientCertificate: { ...named, privateKey: env.PRIVATE_KEY } };
  await daemon(env.CERTIFIED_ID, credential);
  await code('query', env.CERTIFIED_ID, credential);
  await refused(env.DAEMON_ID, credential);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await refused(env.CERTIFIED_ID, { clientCertificate: { ...named, privateKey: other } });
}
await refused(env.CERTIFIED_ID, { clientSecret: env.DAEMON_SECRET });

const native = new msal.PublicClientApplication(auth(env.NATIVE_ID, {}, 'B2C_1_ropc'));
const byPassword = { scopes: [read], username: env.NAME, password: env.PASSWORD };
assert.ok((await native.acquireTokenByUsernamePassword(byPassword)).accessToken);
await assert.rejects(native.acquireTokenByUsernamePassword({ ...byPassword, password: 'Not-the-password-1' }),
  error => error.errorMessage.includes('AADB2C90225'));
console.log('done');
