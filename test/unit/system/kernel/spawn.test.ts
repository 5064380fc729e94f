import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { whenEnded } from '../../../../src/system/chroot-script/child-ends.js';
import { sealInheritedDescriptors } from '../../../../src/system/command/descriptors.js';
import { endOf, openPipe, spawnProcess } from '../../../../src/system/kernel/spawn.js';
import { SyscallError } from '../../../../src/system/kernel/syscalls.js';

describe('spawnProcess', () => {
  before(sealInheritedDescriptors);
  let directory: string;
  let stdin: number;
  let output: number;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'chroot-noded-'));
    stdin = openSync('/dev/null', 'r');
    output = openSync(join(directory, 'output'), 'w');
  });
  afterEach(() => {
    closeSync(stdin);
    closeSync(output);
    rmSync(directory, { recursive: true });
  });

  function start(script: string, options: { stdin?: number } = {}): number {
    return spawnProcess(['sh', '-c', script], {
      env: { A: 'b', PATH: '/usr/bin:/bin' },
      cwd: directory,
      stdio: [options.stdin ?? stdin, output, output],
    });
  }

  const said = () => readFileSync(join(directory, 'output'), 'utf8');

  it('starts a program with what it is given, and nothing else', async () => {
    const pid = start(
      'echo "$A $(pwd)" >&2; env | grep -vE "^(PWD|OLDPWD|SHLVL|_)="; ls /proc/self/fd',
    );
    expect(await whenEnded(pid)).to.deep.equal({ exitCode: 0, signal: undefined });
    // The last one is that of the directory itself.
    expect(said().split('\n').slice(0, 1)).to.deep.equal([`b ${directory}`]);
    expect(said().split('\n').slice(1, 3).sort()).to.deep.equal(['A=b', 'PATH=/usr/bin:/bin']);
    expect(said()).to.match(/\n0\n1\n2\n3\n$/);
  });

  it('puts it in a session of its own, with signals as usual', async () => {
    const ignore = () => undefined;
    process.on('SIGUSR2', ignore);
    const pid = start('cut -d" " -f5,6 /proc/self/stat; grep -E "^Sig(Blk|Ign)" /proc/self/status');
    await whenEnded(pid);
    process.off('SIGUSR2', ignore);
    expect(said()).to.equal(
      `${pid} ${pid}\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n`,
    );
  });

  it('tells how it has ended', async () => {
    expect(await whenEnded(start('exit 3'))).to.deep.equal({ exitCode: 3, signal: undefined });
    expect(await whenEnded(start('kill -TERM $$'))).to.deep.equal({
      exitCode: undefined,
      signal: 'SIGTERM',
    });
  });

  it('tells of many, each in its time', async () => {
    const pids = Array.from({ length: 50 }, (_, index) => start(`exit ${index}`));
    const ends = await Promise.all(pids.map((pid) => whenEnded(pid)));
    expect(ends.map(({ exitCode }) => exitCode)).to.deep.equal(pids.map((_, index) => index));
  });

  it('fails for a program that is not there', () => {
    const options = { env: {}, cwd: '/', stdio: [stdin, output, output] };
    expect(() => spawnProcess(['/no/such/program'], options))
      .to.throw(SyscallError)
      .with.property('code', 'ENOENT');
  });

  it('hears what is written to its standard input, and the end of it', async () => {
    const [readEnd, writeEnd] = openPipe();
    const pid = start('cat', { stdin: readEnd });
    closeSync(readEnd);
    const end = whenEnded(pid);
    writeSync(writeEnd, 'hello\n');
    closeSync(writeEnd);
    expect((await end).exitCode).to.equal(0);
    expect(said()).to.equal('hello\n');
  });
});

describe('endOf', () => {
  it('fails for who is no child', () => {
    expect(() => endOf(1)).to.throw(SyscallError, 'waitpid: ECHILD');
  });
});
