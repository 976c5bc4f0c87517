// A server on `ws` and `http-auth`: what tests of conversations and of digests talk to.
//
// ws_server.js FOLDER PORT, where FOLDER holds node_modules
const { createHash } = require('crypto');
const http = require('http');
const path = require('path');
const modules = path.join(path.resolve(process.argv[2]), 'node_modules');
const { WebSocketServer } = require(path.join(modules, 'ws'));
const auth = require(path.join(modules, 'http-auth'));

const md5 = text => createHash('md5').update(text).digest('hex');
const know = (user, answer) => answer(user === 'ada' ? md5('ada:vault:lovelace!') : new Error('nobody'));
const guards = {
  '/basic': auth.basic({ realm: 'vault' }, (user, password, answer) => answer(user === 'ada' && password === 'lovelace!')),
  '/digest': auth.digest({ realm: 'vault' }, know),
  '/digest-session': auth.digest({ realm: 'vault', algorithm: 'MD5-sess' }, know),
  '/digest-old': auth.digest({ realm: 'vault', qop: 'none' }, know),
};
// How often was asked at a path, and what came of it.
let counts = {};
// How often `/busy` is still busy.
let busy = 0;

// Lets in who proves himself; the others get what http-auth says.
function guarded(request, response, go) {
  const guard = guards[request.url.split('?')[0]];
  if (!guard) return go();
  guard.check((_request, response, error) => (error ? response.writeHead(401).end() : go()))(request, response);
}

const server = http.createServer((request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url === '/reset') [counts, busy] = [{}, 2];
  if (request.url === '/reset' || request.url === '/forget') {
    for (const guard of Object.values(guards)) if (guard.nonces) guard.nonces.length = 0;
    return answer(200, {});
  }
  if (request.url === '/counts') return answer(200, counts);
  response.on('finish', () => (counts[request.url] ??= []).push(response.statusCode));
  guarded(request, response, () => answer(200, { user: 'ada' }));
});

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: { threshold: 0 },
  maxPayload: 8 * 1024 * 1024,
  handleProtocols: offered => (offered.has('chat.v2') ? 'chat.v2' : false),
});

server.on('upgrade', (request, socket, head) => {
  const response = new http.ServerResponse(request);
  response.assignSocket(socket);
  response.shouldKeepAlive = false;
  response.on('finish', () => socket.end());
  if (request.url === '/busy' && busy-- > 0) return response.writeHead(503, { 'retry-after': '0' }).end('busy');
  guarded(request, response, () => {
    response.detachSocket(socket);
    sockets.handleUpgrade(request, socket, head, ws => talk(ws, request));
  });
});

function talk(ws, request) {
  const url = new URL(request.url, 'http://localhost');
  ws.on('error', () => {});
  switch (url.pathname) {
    case '/close':
      return ws.close(Number(url.searchParams.get('code')), url.searchParams.get('reason') ?? '');
    case '/terminate':
      return ws.terminate();
    case '/fragments': {
      // Fragments of a text with a ping between them, cut inside of characters.
      const bytes = Buffer.from('snow ☃ and ice'.repeat(3));
      for (let at = 0; at < bytes.length; at += 2) {
        ws.send(bytes.subarray(at, at + 2), { fin: at + 2 >= bytes.length, binary: false });
        if (at === 4) ws.ping('between');
      }
      return;
    }
    case '/flood':
      for (let number = 1; number <= 2000; number++) ws.send(JSON.stringify({ number }));
      return;
    case '/ping':
      ws.on('pong', data => ws.send(`pong ${data}`));
      return ws.ping('a'.repeat(125));
    case '/extensions':
      return ws.send(JSON.stringify({ extensions: ws.extensions, offered: request.headers['sec-websocket-extensions'] ?? null }));
    default:
      ws.on('message', (data, binary) => ws.send(data, { binary }));
  }
}

server.listen(Number(process.argv[3]), '127.0.0.1');
