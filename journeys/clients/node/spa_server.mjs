// Serves the single-page application and @azure/msal-browser as it is published.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { env } = process;
const msal = join(dirname(createRequire(import.meta.url).resolve('@azure/msal-browser/package.json')), 'lib');
const page = name => ['text/html', readFileSync(join(env.SPA_FOLDER, name))];
const script = path => ['text/javascript', readFileSync(join(msal, path))];
const files = {
  '/': page('index.html'),
  '/bridge.html': page('bridge.html'),
  '/msal-browser.min.js': script('msal-browser.min.js'),
  '/msal-redirect-bridge.min.js': script('redirect-bridge/msal-redirect-bridge.min.js'),
  '/settings.js': ['text/javascript', `const SPA = ${JSON.stringify({ clientId: env.SPA_ID })};`],
};
createServer((request, response) => {
  const [type, body] = files[new URL(request.url, 'http://localhost').pathname] ?? ['text/plain', null];
  response.writeHead(body === null ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(body ?? 'nothing');
}).listen(Number(env.PORT), 'localhost', () => console.log('ready'));
