import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import {
  type MetadataDaemonParts,
  updateMetadata,
} from '../../../../src/node/daemons/metadata-daemon.js';
import { failureOf } from '../../storage/fixtures.js';
import { FakeCommands, recordedParams } from '../fixtures.js';

describe('updateMetadata', () => {
  let root: string;
  let socketPath: string;
  let server: Server | undefined;
  let commands: FakeCommands;
  let daemon: MetadataDaemonParts;
  let received: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await mkdir(join(root, 'socket'));
    socketPath = join(root, 'socket/ganeti-metad');
    received = '';
    commands = new FakeCommands();
    daemon = {
      runDir: root,
      daemonUtil: '/usr/lib/ganeti/daemon-util',
      commands,
      connectTimeoutMs: 300,
      answerTimeoutMs: 100,
    };
  });
  afterEach(async () => {
    server?.close();
    server = undefined;
    await rm(root, { recursive: true });
  });

  /** A daemon that gives one answer to all. */
  async function listen(answer: string | undefined): Promise<void> {
    server = createServer((socket) => {
      socket.setEncoding('utf8');
      socket.on('error', () => undefined);
      socket.on('data', (text: string) => {
        received += text;
        if (answer !== undefined && received.endsWith('\x03')) socket.end(answer);
      });
    });
    server.listen(socketPath);
    await once(server, 'listening');
  }

  const [[instance] = []] = recordedParams('instance_metadata_modify');
  const update = () => updateMetadata(daemon, instance as Record<string, unknown>);

  it('hands over what was recorded', async () => {
    await listen('{"success": true, "result": null}\x03');
    await update();
    expect(JSON.parse(received.slice(0, -1))).to.deep.equal({
      method: 'updateConfig',
      args: [instance],
    });
    expect(commands.asked).to.be.empty;
  });

  it('starts the daemon when it does not run', async () => {
    commands.effect = () => {
      setTimeout(() => void listen('{"success": true, "result": null}\x03'), 50);
      return Promise.resolve();
    };
    await update();
    expect(commands.asked.map(({ argv }) => argv)).to.deep.equal([
      ['/usr/lib/ganeti/daemon-util', 'start', 'ganeti-metad'],
    ]);
    expect(received).not.to.equal('');
  });

  it('fails in the words of Ganeti when it cannot be started or reached', async () => {
    expect((await failureOf(update())).message).to.equal('Connect timed out');
    commands.exitCode = 1;
    const error = await failureOf(update());
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.equal('Failed to start metadata daemon');
  });

  for (const [answer, message] of [
    ['{"success": false, "result": "no room"}\x03', 'no room'],
    ['{"success": false, "result": ["GenericError", ["x"]]}\x03', 'x'],
    ['garbage\x03', 'Invalid response from server'],
    ['null\x03', 'Invalid response from server'],
    ['{"success": true', 'Connection closed while reading'],
    [undefined, 'Receive timeout: timed out'],
  ] as const)
    it(`fails for the answer ${String(answer).replace('\x03', '')}`, async () => {
      await listen(answer);
      expect((await failureOf(update())).message).to.equal(message);
    });
});
