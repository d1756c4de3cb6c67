// npm oauth2-mock-server: no pages, everyone is signed in at once.
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.service.on('beforeTokenSigning', token => {
  token.payload.name = 'Ann Example';
});
await server.start(Number(process.env.PORT), 'localhost');
console.log('ready');
