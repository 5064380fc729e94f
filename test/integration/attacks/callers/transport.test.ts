import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createDeflate } from 'node:zlib';
import { expect } from 'chai';
import { it } from 'mocha';
import { post } from '../../../../tools/kit/rpc-client.js';
import { forgetPeak, peakMemory } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

const METHODS = [
  'constructor',
  'toString',
  '__proto__',
  'hasOwnProperty',
  'rpc.x',
  'rpc.',
  '',
  'instance_start ',
  'Instance_start',
  '../instance_start',
  'x'.repeat(100_000),
  'a\u0000b',
  '\ud800',
];
const deep = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);
const call = (params: string, method = 'instance_info') =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`;

/** What no caller in its right mind sends, as parameters of a call. */
const PARAMS: [what: string, params: string | Buffer][] = [
  ['arrays 100,000 deep', deep('[', ']', 100_000)],
  ['objects 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ['__proto__', '[{"__proto__":{"name":"inst1"}},"chroot",{}]'],
  ['__proto__ as a name', '["__proto__","chroot",{"__proto__":null}]'],
  ['doubled keys', '["inst1","chroot",{"a":1,"a":2}]'],
  ['huge numbers', '[1e999,-1e999,123456789012345678901234567890]'],
  ['a number of a million digits', `[${'9'.repeat(1_000_000)},"chroot",{}]`],
  ['lone surrogates', '["\\ud800","\\udfff",{"\\ud800":"\\udc00"}]'],
  ['invalid UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x5d])],
  ['UTF-16', Buffer.from('["inst1","chroot",{}]', 'utf16le')],
  ['a mark of byte order', '\ufeff["inst1","chroot",{}]'],
  ['control characters', '["inst\u0001","chroot",{}]'],
  ['nothing', ''],
  ['half an array', '["inst1"'],
  ['two arrays', '["inst1","chroot",{}]["inst1","chroot",{}]'],
  ['NaN', '[NaN,Infinity,undefined]'],
];

describeAsRoot('a daemon that is sent nonsense', () => {
  const node = useNode({}, () => ({ hasSsl: true }));

  /** It answers the next one, and has not complained of a mistake of its own. */
  async function expectSane(): Promise<void> {
    expect(await node().call('version', [])).to.equal(3_000_000);
    expect(await node().ganeti('version', [])).to.deep.equal([true, 3_000_000]);
    expect(node().log.filter(({ level }) => level === 'error' || level === 'stderr')).to.deep.equal(
      [],
    );
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  }

  for (const [what, params] of PARAMS)
    it(`refuses ${what}, on both wires, and goes on`, async () => {
      const body = Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":1,"method":"instance_info","params":'),
        Buffer.from(params),
        Buffer.from('}'),
      ]);
      const jsonRpc = await post({ socketPath: node().socket, path: '/jsonrpc' }, body);
      expect(JSON.parse(jsonRpc.body)).to.have.property('error');
      const ganeti = await post(node().secure('/instance_info'), Buffer.from(params));
      expect(ganeti.status).to.be.oneOf([200, 400]);
      if (ganeti.status === 200) expect((JSON.parse(ganeti.body) as unknown[])[0]).to.equal(false);
      await expectSane();
    });

  it('knows no methods but its own', async () => {
    for (const method of METHODS) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] });
      const reply = await post({ socketPath: node().socket, path: '/jsonrpc' }, body);
      expect(reply.body, method.slice(0, 20)).to.match(/"code":-32(601|600|700)/);
      const path = `/${encodeURIComponent(Buffer.from(method.slice(0, 1000)).toString()).replaceAll('%2F', '/')}`;
      if (!path.includes('%EF'))
        expect((await post(node().secure(path), '[]')).status).to.equal(404);
    }
    await expectSane();
  });

  it('answers batches as JSON-RPC has it, and refuses those that are too long', async () => {
    const send = async (body: string) =>
      post({ socketPath: node().socket, path: '/jsonrpc' }, body);
    const long = `[${Array.from({ length: 100_000 }, () => call('[]', 'version')).join()}]`;
    expect((await send(long)).body).to.contain('-32099');
    expect((await send('[]')).body).to.contain('-32600');
    const notification = '{"jsonrpc":"2.0","method":"version","params":[]}';
    expect((await send(`[${notification},${notification}]`)).body).to.equal('');
    const mixed = JSON.parse(
      (await send(`[${call('[]', 'version')},1,${notification},${call('[]', 'x')}]`)).body,
    ) as object[];
    expect(
      mixed.map((reply) => ('error' in reply ? (reply.error as { code: number }).code : 'result')),
    ).to.have.members(['result', -32600, -32601]);
    await expectSane();
  });

  it('reads no more values than anybody needs, on both wires', async () => {
    const values = `[${'{},'.repeat(3_000_000)}{}]`;
    const ganeti = await post(node().secure('/instance_info'), values);
    const jsonRpc = await post({ socketPath: node().socket, path: '/jsonrpc' }, call(values));
    for (const { body } of [ganeti, jsonRpc]) expect(body).to.contain('More than 1000000 values');
    await expectSane();
  });

  it('counts the members of an object before it looks at them, on both wires', async () => {
    const keys = Array.from({ length: 880_000 }, (_, index) => `"key${index}":1`);
    const params = `{${keys.join()}}`;
    const ganeti = await post(node().secure('/version'), params);
    const target = { socketPath: node().socket, path: '/jsonrpc' };
    const jsonRpc = await post(target, call(params, 'version'));
    for (const { body } of [ganeti, jsonRpc])
      expect(body).to.contain('More than 10000 members in an object');
    await expectSane();
  });

  it('opens no more of a zlib bomb than a file may hold, and keeps the old file', async () => {
    const bomb = [1, (await bombOf(GIB)).toString('base64')];
    expect(bomb[1]).to.have.length.below(2 * MIB);
    const [queue, known] = ['lib/queue/job-1', 'lib/known_hosts'].map((name) =>
      join(node().stateDir, name),
    );
    await node().ganeti('jobqueue_update', [queue, [0, 'old']]);
    const upload = (content: unknown) => [known, content, 0o644, 'root', 'root', null, null];
    expect(await node().ganeti('upload_file_single', upload([0, 'old']))).to.deep.equal([
      true,
      null,
    ]);
    forgetPeak(node().pid);
    const before = peakMemory(node().pid);
    for (const [call, params] of [
      ['jobqueue_update', [queue, bomb]],
      ['upload_file_single', upload(bomb)],
    ] as const) {
      const [isDone, message] = await node().ganeti(call, params);
      expect([call, isDone]).to.deep.equal([call, false]);
      expect(message).to.contain('The content is larger than 67108864 bytes');
    }
    expect(peakMemory(node().pid) - before).to.be.below(100 * MIB);
    for (const path of [queue, known]) expect(await readFile(String(path), 'utf8')).to.equal('old');
    await expectSane();
  });

  it('writes names into its log so that they neither make lines nor steer a terminal', async () => {
    const name = 'inst\u001b[2J\r\n2026-01-01 forged {"level":"info"}\u2028\u0085';
    await post(node().secure('/instance_usage'), JSON.stringify([name]));
    await post(node().secure(`/${encodeURIComponent(name)}`), '[]');
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method: name, params: [] });
    await post({ socketPath: node().socket, path: '/jsonrpc' }, request);
    await expectSane();
    const text = await readFile(join(node().stateDir, 'log/node-daemon.log'), 'utf8');
    expect(text).to.contain('forged');
    // eslint-disable-next-line no-control-regex -- these are what it is about
    expect(text).not.to.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]/);
    for (const line of text.trimEnd().split('\n')) expect(line).to.match(/^\{.*\}$/);
  });
});

/** What opens to so many zeros. */
async function bombOf(bytes: number): Promise<Buffer> {
  const deflate = createDeflate();
  const zeros = Buffer.alloc(MIB);
  Readable.from(Array.from({ length: bytes / MIB }, () => zeros)).pipe(deflate);
  return buffer(deflate);
}
