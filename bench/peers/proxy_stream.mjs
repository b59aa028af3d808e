// The least that can stand between a model and its client: `node proxy_stream.mjs PLAN` prints its port and hands
// every byte through. PLAN: {"baseUrl"} of the model.
import http from 'node:http';
import process from 'node:process';

const { baseUrl } = JSON.parse(process.argv[2]);
const agent = new http.Agent({ keepAlive: true });

const server = http.createServer((request, response) => {
  const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } };
  if (request.headers['content-length']) options.headers['content-length'] = request.headers['content-length'];
  const onward = http.request(`${baseUrl}/chat/completions`, options, (answer) => {
    response.writeHead(answer.statusCode, { 'content-type': answer.headers['content-type'] });
    answer.pipe(response);
  });
  onward.on('error', (error) => response.destroy(error));
  request.pipe(onward);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
