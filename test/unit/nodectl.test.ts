import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { type Answer, FakeDaemon, reply } from './client/fake-daemon.js';

const run = promisify(execFile);
const CTL = new URL('../../src/nodectl.js', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function nodectl(...args: string[]): Promise<Ended> {
  try {
    return { code: 0, ...(await run(process.execPath, [CTL, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

describe('chroot-nodectl', () => {
  let daemon: FakeDaemon | undefined;
  afterEach(() => daemon?.close());

  /** Against a daemon that answers so. */
  async function against(answer: Answer, ...args: string[]): Promise<Ended> {
    daemon = await FakeDaemon.start(answer);
    return nodectl('--url', daemon.url, ...args);
  }

  const ganeti = ['--wire', 'ganeti'];
  const call = ['call', 'version'];

  it('prints and sends numbers with all their digits', async () => {
    const [large, larger] = ['1764489600123456789', '18446744073709551615'];
    const printed = await against(reply(200, `{"result":[${large},0.5]}`), ...call, `[${larger}]`);
    expect(printed).to.deep.equal({ code: 0, stdout: `[\n  ${large},\n  0.5\n]\n`, stderr: '' });
    expect(daemon?.received[0]?.body).to.contain(`"params":[${larger}]`);
  });

  it("sends parameters on Ganeti's wire as they are", async () => {
    const { stdout } = await against(reply(200, '[true, 1]'), ...ganeti, 'call', 'x', '{"a": 1}');
    expect(stdout).to.equal('1\n');
    expect(daemon?.received).to.deep.equal([{ path: '/x', body: '{"a":1}', connection: 1 }]);
  });

  const error = { code: -32000, message: 'too small', data: { kind: 'failed' } };
  for (const [what, answer, args, expected] of [
    ['an error', reply(200, JSON.stringify({ error })), [], JSON.stringify(error, null, 2)],
    ['a failure', reply(200, '[false, "too small"]'), ganeti, 'too small'],
    ['no such call', reply(404, ''), ganeti, 'unknown call version'],
    ['too many calls', reply(503, ''), ganeti, 'the daemon is overloaded; try again later'],
    ['an HTTP status', reply(413, ''), [], 'HTTP status 413'],
  ] as const)
    it(`exits with 1 and prints the daemon's answer: ${what}`, async () => {
      const stderr = `chroot-nodectl: ${expected}\n`;
      expect(await against(answer, ...args, ...call)).to.deep.equal({
        code: 1,
        stdout: '',
        stderr,
      });
    });

  it('exits with 1 when it cannot describe an unknown call', async () => {
    const ended = await against(reply(200, '{"result":{"methods":[]}}'), 'describe', 'x');
    expect(ended).to.include({ code: 1, stderr: 'chroot-nodectl: unknown call x\n' });
  });

  it('exits with 2 without an answer, and gives advice', async () => {
    const hungUp = await against((response) => response.destroy(), ...call);
    expect(hungUp.code).to.equal(2);
    expect(hungUp.stderr).to.match(/hang up: the daemon closed the connection; if it rejected/);
    await daemon?.close();
    const { code, stderr } = await nodectl('--socket', '/nonexistent', ...call);
    expect(code).to.equal(2);
    expect(stderr).to.match(/ENOENT \/nonexistent: no daemon listens there \(see --state-dir/);
  });

  it('exits with 2 when the answer is late or malformed', async () => {
    const late = await against(() => undefined, '--timeout', '0.2', ...call);
    expect(late).to.include({ code: 2 });
    expect(late.stderr).to.contain('no answer within 0.2 s');
    await daemon?.close();
    expect(await against(reply(200, 'nonsense'), ...call)).to.include({ code: 2 });
  });

  it('exits with 2 when its arguments are wrong', async () => {
    for (const args of [
      ['--wire', 'other', '--url', 'http://127.0.0.1:1', ...call],
      [...ganeti, ...call],
      ['--timeout', '0', ...call],
      ['--url', 'localhost', ...call],
      [...call, '{'],
      ['call'],
    ])
      expect((await nodectl(...args)).code, args.join(' ')).to.equal(2);
  });
});
