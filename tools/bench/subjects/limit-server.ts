/**
 * The limit: the least that an HTTPS server of Node.js does for a call, with the certificates of a node daemon, answering
 * a constant. It runs on a node beside the daemon until its standard input ends: `limit-server.js PORT`.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const SERVER_PEM = '/var/lib/ganeti/server.pem';
/** What `version` is answered by a daemon. */
const ANSWER = '[true, 3000000]\n';

const pem = readFileSync(SERVER_PEM);
const server = createServer(
  // Callers have to prove who they are here, too: that is half of the work of a handshake.
  { key: pem, cert: pem, requestCert: true, rejectUnauthorized: false, sessionIdContext: 'limit' },
  (request, response) => {
    request.resume();
    request.once('end', () => {
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Length': ANSWER.length,
      });
      response.end(ANSWER);
    });
  },
);
server.listen(Number(process.argv[2]), () => {
  console.log(process.pid);
});
process.stdin.resume();
process.stdin.once('end', () => process.exit());
