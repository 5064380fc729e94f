import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { afterEach, before, describe, it } from 'mocha';
import { type Identity, makeIdentity } from '../../../../tools/kit/certificates.js';
import {
  ConnectionClosed,
  type Endpoint,
  WireConnection,
} from '../../../../tools/kit/wire-client.js';
import { failureOf } from '../../../support/failure.js';

describe('WireConnection.post', () => {
  let identity: Identity;
  let server: Server | undefined;

  before(() => {
    identity = makeIdentity('localhost');
  });
  afterEach(() => {
    server?.close();
  });

  /** What is called there, by a caller whose connection ends with the work. */
  async function post(listening: Server) {
    server = listening.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { key, cert } = identity;
    const endpoint: Endpoint = { address: '127.0.0.1', port, credentials: { key, cert, ca: cert } };
    const connection = await WireConnection.open(endpoint);
    try {
      return await connection.post('/version', '[]');
    } finally {
      connection.close();
    }
  }

  /** Answers what comes first. */
  const tlsServer = (answer: (socket: TLSSocket) => void) =>
    createTlsServer({ key: identity.key, cert: identity.cert }, (socket) => {
      socket.once('data', () => {
        answer(socket);
      });
    });

  it('puts a reply together that comes in pieces', async () => {
    const listening = tlsServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-', () => {
        socket.write('Length: 4\r\n\r\nab', () => socket.write('cd'));
      });
    });
    expect(await post(listening)).to.deep.equal({ status: 200, body: 'abcd', closes: true });
  });

  it('says that the connection was closed in the middle of the reply', async () => {
    const listening = tlsServer((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
    });
    expect(await failureOf(post(listening))).to.be.instanceOf(ConnectionClosed);
  });

  it('says the same when it was reset', async () => {
    const listening = createTcpServer((raw) => {
      const { key, cert } = identity;
      const socket = new TLSSocket(raw, { isServer: true, key, cert });
      socket.once('data', () => raw.resetAndDestroy());
    });
    const failure = await failureOf(post(listening));
    expect(failure).to.be.instanceOf(ConnectionClosed);
    expect(failure.cause).to.include({ code: 'ECONNRESET' });
  });

  it('says something else of a reply without a length', async () => {
    const listening = tlsServer((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    const failure = await failureOf(post(listening));
    expect(failure).not.to.be.instanceOf(ConnectionClosed);
    expect(failure.message).to.contain('without a length');
  });
});
