import { closeSync, openSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { after, before, it } from 'mocha';
import { CommandError, Commands } from '../../../../src/system/command/command.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { allPids, linkOf } from '../../../../tools/kit/machine/processes.js';
import { failureOf } from '../../../support/failure.js';
import { processOf } from '../../../support/machine/observe.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const SECRET = 'correct horse battery staple';

describeAsRoot('what scripts of instances say', () => {
  const node = useNode();
  const logOf = (instance: string) => join(node().stateDir, `log/chroot/${instance}.log`);
  const daemonMemory = () =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${node().pid}/status`, 'utf8'))?.[1]) * 1024;

  it('is bounded, and marked where it is cut, during start and from a program later', async function () {
    this.timeout(120_000);
    const flood = `dd if=/zeros bs=1M count=${GIB / MIB}`;
    const script = `#!/bin/sh
      [ "$1" = start ] || exit 0
      mknod /zeros c 1 5
      ${flood}
      { ${flood}; ${flood} >&2; touch /flooded; sleep 100000; } &
    `;
    const instance = await node().makeDisk('inst1', { script });
    const before = daemonMemory();
    await node().start(instance);
    await eventually(
      async () =>
        (await stat(join(node().root('inst1'), 'flooded')).catch(() => undefined)) !== undefined,
      60_000,
    );
    expect(daemonMemory() - before).to.be.below(100 * MIB);
    const log = await readFile(logOf('inst1'), 'utf8');
    expect(log.length).to.be.within(MIB, MIB + 1000);
    expect(log).to.match(/\n\[output cut here, at 1048576 bytes\]\n$/);
    await node().shutdown(instance);
    expect((await stat(logOf('inst1'))).size).to.be.below(MIB + 2000);
  });

  it('is told when a start fails: its end, with nothing that steers a terminal', async () => {
    const script = `#!/bin/sh\nyes 'blah' | head -c ${8 * MIB}; printf 'last \\033[2J\\r\\b\\000words\\n'; exit 1\n`;
    const error = await failureOf(node().start(await node().makeDisk('inst1', { script })));
    expect(error.message.length).to.be.below(4096);
    // eslint-disable-next-line no-control-regex -- these are what it is about
    expect(error.message).not.to.match(/[\x00-\x08\x0b-\x1f\x7f]/);
    expect((await readdir(join(node().stateDir, 'log/chroot'))).sort()).to.deep.equal([
      'inst1.log',
      'inst1.log.1',
    ]);
  });

  it('cannot forge lines of the log of the daemon', async () => {
    const script = `#!/bin/sh\necho '{"level":"info","message":"forged"}'; printf '\\n2026-01-01 forged\\n'; exit 1\n`;
    await failureOf(node().start(await node().makeDisk('inst1', { script })));
    expect(node().log.filter(({ message }) => message.startsWith('forged'))).to.deep.equal([]);
    const lines = (await readFile(join(node().stateDir, 'log/node-daemon.log'), 'utf8')).split(
      '\n',
    );
    expect(lines.filter((line) => line !== '' && !line.startsWith('{'))).to.deep.equal([]);
  });
});

describeAsRoot('what programs get to see that the daemon starts', () => {
  const inheritedPath = join(tmpdir(), `noded-inherited-${process.pid}`);
  let inherited = -1;
  before(() => {
    inherited = openSync(inheritedPath, 'w');
  });
  after(() => {
    closeSync(inherited);
    unlinkSync(inheritedPath);
  });
  const node = useNode({}, () => ({
    env: { NODE_OPTIONS: '--stack-trace-limit=5', MY_SECRET: SECRET, LD_BIND_NOW: '1' },
    descriptors: [inherited, inherited],
  }));

  /** Everything in /proc by which the secrets of the daemon could be read. */
  function visibleTo(pid: number): { environment: string; files: string[] } {
    const files = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(pid, `fd/${fd}`));
    return { environment: readFileSync(`/proc/${pid}/environ`, 'latin1'), files };
  }

  it('is none of its environment and none of its open files', async () => {
    const script = '#!/bin/sh\n[ "$1" = start ] || exit 0\nsleep 100000 &\n';
    const instance = await node().makeDisk('inst1', { script });
    await node().start(instance);
    const program = await processOf(node(), 'inst1');
    // Until then it is a copy of the shell, which has its script open.
    await eventually(() => readFileSync(`/proc/${program}/comm`, 'utf8') === 'sleep\n');
    const { environment, files } = visibleTo(program);
    const names = environment.split('\0').map((entry) => entry.split('=')[0]);
    expect(names).to.have.members(
      ['PATH', 'LC_ALL', 'HOME', 'PWD', 'OLDPWD', 'SHLVL', '_', ''].filter((name) =>
        names.includes(name),
      ),
    );
    expect(environment).to.contain('PATH=/usr/sbin:/usr/bin:/sbin:/bin\0');
    const [stdin, stdout, stderr, ...others] = files;
    expect([stdin?.endsWith('/dev/null'), others]).to.deep.equal([true, []]);
    expect([stdout, stderr]).to.satisfy((pipes: string[]) =>
      pipes.every((pipe) => pipe.endsWith('.pipe')),
    );
    // The keeper of logs and the helpers are outside of the chroot, and in nobody's control group; they must not know more.
    const ours = allPids().filter(
      (pid) => pid !== node().pid && linkOf(pid, 'cwd').startsWith(node().stateDir),
    );
    const titles = ours.map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').slice(0, 10));
    expect(titles).to.include.members(['noded-help', 'noded-logs']);
    for (const pid of ours) {
      const seen = visibleTo(pid);
      expect(seen.environment).not.to.match(/MY_SECRET|NODE_OPTIONS|correct horse/);
      const secret = /noded-inherited|\.pid|\.sock/;
      expect(seen.files.filter((file) => secret.test(file))).to.deep.equal([]);
    }
    await node().shutdown(instance);
  });
});

describeAsRoot('programs that fail', () => {
  it('are reported each, when a thousand fail at once', async function () {
    this.timeout(120_000);
    const commands = new Commands();
    const runs = Array.from({ length: 1000 }, (_, index) =>
      failureOf(
        commands.run(['sh', '-c', `echo ${index}; exit ${1 + (index % 200)}`], {
          timeoutMs: 60_000,
        }),
      ),
    );
    for (const [index, error] of (await Promise.all(runs)).entries()) {
      expect(error).to.be.instanceOf(CommandError);
      const { exitCode, stdout } = error as Error & Pick<CommandError, 'exitCode' | 'stdout'>;
      expect([exitCode, stdout]).to.deep.equal([1 + (index % 200), `${index}\n`]);
    }
  });
});
