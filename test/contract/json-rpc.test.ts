/** The examples of the JSON-RPC 2.0 specification, told with calls of ours, over each transport. */
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:http';
import { expect } from 'chai';
import { after, before, beforeEach, describe, it } from 'mocha';
import { post } from '../../tools/kit/rpc-client.js';
import { ContractNode } from './support/contract-node.js';

interface Reply {
  readonly jsonrpc: string;
  readonly id: string | number | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data: unknown };
}

const HVPARAMS = { init_script: '/ganeti-chroot' };
const INFO = { instance: 'inst1.lab.test', hname: 'chroot', hvparams: HVPARAMS };

const TRANSPORTS: Readonly<Record<string, (node: ContractNode) => RequestOptions>> = {
  HTTP: ({ tcp }) => tcp,
  'the Unix socket': ({ unix }) => unix,
};

for (const [transport, addressOf] of Object.entries(TRANSPORTS))
  describe(`JSON-RPC over ${transport}`, () => {
    let node: ContractNode;
    before(async () => {
      node = await ContractNode.start();
    });
    after(() => node.close());
    beforeEach(() => node.reset());

    async function send(body: string): Promise<{ status: number; body: string }> {
      return post({ ...addressOf(node), path: '/jsonrpc' }, body);
    }

    async function ask(request: unknown): Promise<unknown> {
      const { status, body } = await send(
        typeof request === 'string' ? request : JSON.stringify(request),
      );
      expect(status).to.equal(200);
      return JSON.parse(body);
    }

    function expectError(reply: unknown, id: Reply['id'], code: number, kind: string): void {
      expect(reply).to.have.all.keys('jsonrpc', 'id', 'error');
      const { jsonrpc, error, ...rest } = reply as Reply;
      expect([jsonrpc, rest.id]).to.deep.equal(['2.0', id]);
      expect(error).to.include({ code }).and.to.have.nested.property('data.kind', kind);
      expect(error?.message).to.match(/./);
    }

    it('calls with parameters by position', async () => {
      const params = [INFO.instance, INFO.hname, INFO.hvparams];
      const reply = await ask({ jsonrpc: '2.0', method: 'instance_info', params, id: 1 });
      expect(reply).to.deep.equal({ jsonrpc: '2.0', result: {}, id: 1 });
    });

    it('calls with parameters by name, in any order', async () => {
      for (const params of [INFO, Object.fromEntries(Object.entries(INFO).reverse())]) {
        const reply = await ask({ jsonrpc: '2.0', method: 'instance_info', params, id: 'a' });
        expect(reply).to.deep.equal({ jsonrpc: '2.0', result: {}, id: 'a' });
      }
    });

    it('calls without parameters', async () => {
      const reply = await ask({ jsonrpc: '2.0', method: 'version', id: 0 });
      expect(reply).to.deep.equal({ jsonrpc: '2.0', result: 3000000, id: 0 });
    });

    it('carries out a notification and says nothing', async () => {
      const directory = node.relocated('/srv/ganeti/file-storage/inst1.lab.test');
      const method = 'file_storage_dir_create';
      const reply = await send(JSON.stringify({ jsonrpc: '2.0', method, params: [directory] }));
      expect(reply).to.deep.equal({ status: 204, body: '' });
      expect(existsSync(directory)).to.be.true;
    });

    it('says nothing to a notification of a method that is not there', async () => {
      const reply = await send('{"jsonrpc": "2.0", "method": "foobar"}');
      expect(reply).to.deep.equal({ status: 204, body: '' });
    });

    it('refuses a method that is not there', async () => {
      expectError(
        await ask('{"jsonrpc": "2.0", "method": "foobar", "id": "1"}'),
        '1',
        -32601,
        'unknown-call',
      );
    });

    it('refuses what is no JSON', async () => {
      const broken = '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]';
      expectError(await ask(broken), null, -32700, 'parse-error');
    });

    it('refuses what is no request', async () => {
      const wrong = '{"jsonrpc": "2.0", "method": 1, "params": "bar"}';
      expectError(await ask(wrong), null, -32600, 'invalid-request');
    });

    it('refuses a batch that is no JSON', async () => {
      const broken = '[{"jsonrpc": "2.0", "method": "version", "id": "1"}, {"jsonrpc": "2.0"';
      expectError(await ask(broken), null, -32700, 'parse-error');
    });

    it('refuses an empty batch with one error', async () => {
      expectError(await ask('[]'), null, -32600, 'invalid-request');
    });

    it('refuses each part of a batch that is no request', async () => {
      const replies = (await ask('[1, 2, 3]')) as unknown[];
      expect(replies).to.have.lengthOf(3);
      for (const reply of replies) expectError(reply, null, -32600, 'invalid-request');
    });

    it('answers a batch, but for its notifications', async () => {
      const replies = (await ask([
        { jsonrpc: '2.0', method: 'instance_info', params: INFO, id: '1' },
        { jsonrpc: '2.0', method: 'test_delay', params: [0] },
        { jsonrpc: '2.0', method: 'version', params: [], id: '2' },
        { foo: 'boo' },
        { jsonrpc: '2.0', method: 'foo.get', params: { name: 'myself' }, id: '5' },
        { jsonrpc: '2.0', method: 'test_delay', params: [0], id: '9' },
      ])) as Reply[];
      const byId = new Map(replies.map((reply) => [reply.id, reply]));
      expect([...byId.keys()]).to.have.members(['1', '2', null, '5', '9']);
      expect(byId.get('1')).to.deep.equal({ jsonrpc: '2.0', result: {}, id: '1' });
      expect(byId.get('2')).to.deep.equal({ jsonrpc: '2.0', result: 3000000, id: '2' });
      expect(byId.get('9')).to.deep.equal({ jsonrpc: '2.0', result: null, id: '9' });
      expectError(byId.get(null), null, -32600, 'invalid-request');
      expectError(byId.get('5'), '5', -32601, 'unknown-call');
    });

    it('says nothing to a batch of notifications', async () => {
      const notification = { jsonrpc: '2.0', method: 'test_delay', params: [0] };
      const reply = await send(JSON.stringify([notification, notification]));
      expect(reply).to.deep.equal({ status: 204, body: '' });
    });

    it('says what is wrong with parameters', async () => {
      const request = { jsonrpc: '2.0', method: 'test_delay', params: ['soon'], id: 1 };
      const reply = await ask(request);
      expectError(reply, 1, -32602, 'invalid-params');
      expect(reply).to.have.nested.property('error.data.errors[0].path', '/duration');
    });
  });
