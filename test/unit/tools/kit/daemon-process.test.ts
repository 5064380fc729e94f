import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { DaemonProcess, type DaemonProcessOptions } from '../../../../tools/kit/daemon-process.js';
import type { LogLine } from '../../../../tools/kit/log-line.js';

const LISTENING = '2026-11-29T12:00:00.000Z INFO  listening address=127.0.0.1 port=1234';
const STARTED = '{"level":"info","message":"node daemon started"}';
const START = `printf '%s\\n' '${LISTENING}' '${STARTED}' >&2`;

describe('DaemonProcess', () => {
  let daemon: DaemonProcess | undefined;
  afterEach(() => daemon?.stop('SIGKILL'));

  /** A shell script that says what the daemon says. */
  function start(script: string, options?: DaemonProcessOptions): DaemonProcess {
    daemon = new DaemonProcess(['sh', '-c', script], options);
    return daemon;
  }

  it('has started, and has a port, when its log says so', async () => {
    const lines: LogLine[] = [];
    const started = start(`${START}; exec sleep 1000`, { onLine: (line) => lines.push(line) });
    await started.started();
    expect(started.port).to.equal(1234);
    expect(started.isRunning).to.equal(true);
    expect(started.end).to.equal('running');
    expect(lines.map(({ message }) => message)).to.deep.equal(['listening', 'node daemon started']);
  });

  it('says what it wrote when it ends instead of starting', async () => {
    const failure = await start('echo it is broken >&2; sleep 0.2; exit 3')
      .started()
      .then(() => undefined, String);
    expect(failure).to.equal('Error: the daemon did not start (3): it is broken');
  });

  it('fails to start where there is no such program', async () => {
    daemon = new DaemonProcess(['/does/not/exist']);
    const failure = await daemon.started().then(() => undefined, String);
    expect(failure).to.match(/did not start .*\/does\/not\/exist ENOENT/);
    expect(await daemon.stop()).to.equal(true);
  });

  it('gets its environment beside our own', async () => {
    const started = start(`${START}; test "$WORD $PATH" = "hello ${process.env['PATH'] ?? ''}"`, {
      env: { WORD: 'hello' },
    });
    expect(await started.ended(10_000)).to.equal(true);
    expect(started.exitStatus).to.equal(0);
  });

  it('ends on a signal', async () => {
    const started = start(`${START}; trap 'exit 5' TERM; while :; do sleep 0.01; done`);
    await started.started();
    expect(await started.stop()).to.equal(true);
    expect(started.isRunning).to.equal(false);
    expect(started.exitStatus).to.equal(5);
    expect(await started.stop()).to.equal(true);
  });

  it('is killed, and that is told, if it does not end in time', async () => {
    const started = start(`trap '' TERM; ${START}; while :; do sleep 0.01; done`);
    await started.started();
    expect(await started.stop('SIGTERM', 100)).to.equal(false);
    expect(started.end).to.equal('SIGKILL');
    expect(started.exitStatus).to.equal(undefined);
  });
});
