// Stands before the API as a later version of it would: every object of every answer has a field more. `node .ci/later-version.js <api>`
// prints its own address.
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

const api = process.argv[2];

const grown = (value) => {
  if (Array.isArray(value)) return value.map(grown);
  if (typeof value !== 'object' || value === null) return value;
  return { ...Object.fromEntries(Object.entries(value).map(([name, part]) => [name, grown(part)])), addedLater: { of: ['any', 1] } };
};

const server = createServer(async (request, response) => {
  const { host: _host, connection: _connection, upgrade: _upgrade, 'http2-settings': _settings, ...headers } = request.headers;
  const body = request.method === 'GET' ? undefined : await buffer(request);
  delete headers['content-length'];
  const answer = await fetch(api + request.url, { method: request.method, headers, body });
  response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') });
  response.end(JSON.stringify(grown(await answer.json())));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
