// openid-client as any OpenID client uses it: the issuer of strict applications, discovery without exceptions.
import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { signsIn } from './visitor.mjs';

const { env } = process;
const issuer = new URL(`https://contoso.b2clogin.com/oidc/${env.TENANT_ID}/B2C_1_signupsignin1/v2.0/`.toLowerCase());
const redirect_uri = 'http://localhost:4999/strict';
for (const method of [client.ClientSecretPost, client.ClientSecretBasic]) {
  const config = await client.discovery(issuer, env.STRICT_ID, undefined, method(env.STRICT_SECRET));
  client.enableNonRepudiationChecks(config);
  assert.equal(config.serverMetadata().issuer, issuer.href);
  assert.ok(config.serverMetadata().supportsPKCE());
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid offline_access', state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
  });
  const back = new URL(await signsIn(url.href, env.NAME, env.PASSWORD));
  assert.equal(back.searchParams.get('iss'), issuer.href);
  const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce });
  const claims = tokens.claims();
  assert.equal(claims.iss, issuer.href);
  assert.equal(claims.name, 'Ann Example');
  const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(person.sub, claims.sub);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(fresh.refresh_token, tokens.refresh_token);
  assert.equal(fresh.claims().sub, claims.sub);
  const leave = client.buildEndSessionUrl(config, { id_token_hint: fresh.id_token });
  assert.ok(leave.href.startsWith('https://contoso.b2clogin.com/'), leave.href);
  await assert.rejects(client.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState, expectedNonce }),
    error => error.error === 'invalid_grant');
}
console.log('done');
