import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { Newcomers } from '../../../../src/rpc/server/newcomers.js';

/** What of a socket counts here. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress = '10.0.0.1';
  destroyed = false;

  constructor(remoteAddress: string, remotePort: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

describe('Newcomers', () => {
  const limits = { maxConnections: 400, maxStrangers: 6, maxStrangersPerAddress: 3 };
  let closed: string[];
  let newcomers: Newcomers;
  let port: number;

  beforeEach(() => {
    closed = [];
    port = 0;
    newcomers = new Newcomers({
      isNode: (address) => address.startsWith('10.0.0.'),
      onClosed: (address) => closed.push(address),
      limits,
    });
  });

  function come(address: string): FakeSocket {
    const socket = new FakeSocket(address, ++port);
    const isIn = newcomers.enter(socket as unknown as Socket);
    expect(isIn).to.equal(!socket.destroyed);
    return socket;
  }
  const many = (count: number, address: string) =>
    Array.from({ length: count }, () => come(address));
  const left = (sockets: FakeSocket[]) => sockets.filter(({ destroyed }) => !destroyed);

  it('gives a stranger few places: who is in stays in', () => {
    const sockets = many(10, '192.0.2.1');
    expect(left(sockets)).to.deep.equal(sockets.slice(0, 3));
    expect(closed).to.deep.equal(Array.from({ length: 7 }, () => '192.0.2.1'));
    expect(left(many(3, '192.0.2.2'))).to.have.length(3);
  });

  it('gives all strangers few places: the oldest makes room', () => {
    const sockets = Array.from({ length: 10 }, (_, index) => come(`192.0.2.${index}`));
    expect(left(sockets)).to.deep.equal(sockets.slice(4));
  });

  it('gives nodes their own places, in which the oldest makes room', () => {
    many(100, '192.0.2.1');
    const first = many(100, '10.0.0.2');
    const other = many(100, '10.0.0.3');
    expect(left(first)).to.have.length(100);
    expect(left(other)).to.have.length(100);
    many(40, '::ffff:10.0.0.2');
    expect(left(first)).to.deep.equal(first.slice(40));
  });

  it('has places again when connections are admitted or end', () => {
    const [one, two, three] = many(3, '192.0.2.1');
    expect(come('192.0.2.1').destroyed).to.be.true;
    if (one === undefined) throw new Error('there are three');
    newcomers.admit(one);
    two?.emit('close');
    two?.emit('close');
    expect(left(many(5, '192.0.2.1'))).to.have.length(2);
    expect(one.destroyed || three?.destroyed).to.be.false;
    // It was no newcomer any more.
    one.emit('close');
    expect(come('192.0.2.1').destroyed).to.be.true;
  });
});
