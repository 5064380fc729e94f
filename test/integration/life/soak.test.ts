import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { afterEach, it } from 'mocha';
import { eventually } from '../../../tools/kit/eventually.js';
import { machineState } from '../../../tools/kit/machine/machine-state.js';
import { describeAsRoot } from '../../support/node/suite.js';

const SOAK = fileURLToPath(new URL('../../../tools/soak/main.js', import.meta.url));
const NOTHING = { mounts: [], loops: [], cgroups: [], processes: [] };

/** Each takes less than a minute when the machine has nothing else to do. */
const TEST_TIMEOUT_MS = 900_000;

describeAsRoot('scripts/soak', () => {
  let running: ChildProcess | undefined;

  afterEach(async () => {
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    // Once to come to the end, and once more not to wait for it: it cleans up either way.
    running.kill('SIGINT');
    running.kill('SIGTERM');
    await ended;
  });

  /** What it has written so far, what it does at last, and where its files are. */
  function soak(...args: string[]) {
    const child = spawn(process.execPath, [SOAK, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running = child;
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const ended = Promise.all([once(child, 'exit'), text(child.stdout)]);
    return {
      child,
      output: () => output,
      status: async () => {
        await ended;
        return child.exitCode;
      },
      stateDir: () => / all is in (\S+)\.\n/.exec(output)?.[1],
    };
  }

  function expectNothingLeft(stateDir: string | undefined): void {
    expect(stateDir).to.be.a('string');
    expect(existsSync(String(stateDir))).to.equal(false);
    expect(machineState(basename(String(stateDir)))).to.deep.equal(NOTHING);
  }

  it('finds all as it was after a short one, with every kind of trouble in it', async function () {
    this.timeout(TEST_TIMEOUT_MS);
    const { status, output, stateDir } = soak('--cycles', '15', '--callers', '3', '--seed', '1');
    const code = await status();
    expect(code, output()).to.equal(0);
    const counts = new Map(
      [...output().matchAll(/^ *(\d+) (.*)$/gm)].map(([, count, words]) => [words, Number(count)]),
    );
    for (const words of [
      'cycles (an instance was started, and stopped)',
      'failures that were expected',
      'strangers refused',
      'callers that hung up in the middle of a call',
      'times the daemon was ended (SIGTERM), and started again',
      'times the daemon was killed (SIGKILL), and started again',
      'times its log was moved away (SIGHUP)',
      'helpers of the daemon killed (SIGKILL)',
      'times the shared disk fell silent',
      'calls that asked for it then, and failed at their time limit',
    ])
      expect(counts.get(words), words).to.be.above(0);
    expect(counts.get('failures that were not expected')).to.equal(0);
    expectNothingLeft(stateDir());
  });

  it('comes to its end in order when it is interrupted, and does not say that all is well', async function () {
    this.timeout(TEST_TIMEOUT_MS);
    const { child, status, output, stateDir } = soak('--minutes', '60', '--callers', '2');
    await eventually(() => stateDir() !== undefined, 60_000);
    await eventually(() => machineState(basename(String(stateDir()))).mounts.length > 0, 300_000);
    child.kill('SIGINT');
    expect(await status(), output()).to.equal(1);
    expect(output()).to.contain('It was interrupted');
    expectNothingLeft(stateDir());
  });

  it('cleans up when it is told twice', async function () {
    this.timeout(TEST_TIMEOUT_MS);
    const { child, status, stateDir } = soak('--minutes', '60', '--callers', '2');
    await eventually(() => stateDir() !== undefined, 60_000);
    await eventually(() => machineState(basename(String(stateDir()))).mounts.length > 0, 300_000);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await status()).to.equal(1);
    expectNothingLeft(stateDir());
  });
});
