import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { answersTcp, ownsAddress } from '../../../../src/system/network/network.js';

describe('ownsAddress', () => {
  it('knows the addresses of this host from others, and from what is none', async () => {
    expect(await ownsAddress('127.0.0.1')).to.be.true;
    // Reserved for documentation.
    expect(await ownsAddress('192.0.2.1')).to.be.false;
    expect(await ownsAddress('2001:db8::1')).to.be.false;
    expect(await ownsAddress('node1')).to.be.false;
    expect(await ownsAddress('')).to.be.false;
  });
});

describe('answersTcp', () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer((socket) => socket.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => server.close());

  it('takes a connection for an answer, and a refusal too', async () => {
    expect(await answersTcp({ address: '127.0.0.1', port })).to.be.true;
    server.close();
    await once(server, 'close');
    expect(await answersTcp({ address: '127.0.0.1', port })).to.be.true;
  });

  it('connects from the address that it is told, unless that is not ours', async () => {
    const seen: (string | undefined)[] = [];
    server.on('connection', ({ remoteAddress }) => seen.push(remoteAddress));
    expect(await answersTcp({ address: '127.0.0.1', port, source: '127.0.0.2' })).to.be.true;
    expect(await answersTcp({ address: '127.0.0.1', port, source: '192.0.2.1' })).to.be.true;
    expect(seen).to.deep.equal(['127.0.0.2', '127.0.0.1']);
  });

  it('does not look names up', async () => {
    expect(await answersTcp({ address: 'localhost', port })).to.be.false;
  });
});
