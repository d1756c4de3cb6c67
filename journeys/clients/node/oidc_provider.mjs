// npm oidc-provider: certified, strict, with its own development pages for login and consent.
import { Provider } from 'oidc-provider';

const { env } = process;
const provider = new Provider(`http://localhost:${env.PORT}`, {
  clients: [{
    client_id: env.CLIENT_ID,
    client_secret: env.CLIENT_SECRET,
    redirect_uris: [env.REDIRECT_URI],
    post_logout_redirect_uris: [env.REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
  }],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  // The library reads ID tokens; userinfo is not asked.
  conformIdTokenClaims: false,
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `${id} Example`, email: `${id}@example.test` }),
  }),
});
provider.listen(Number(env.PORT), 'localhost', () => console.log('ready'));
