import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Logger } from 'winston';
import type { EndCommand } from '../../../../src/instance/transfer/io-commands.js';
import type { Transfer } from '../../../../src/instance/transfer/transfer.js';
import {
  abortTransfer,
  cleanUpTransfer,
  startTransfer,
  type TransfersParts,
  transferStatus,
} from '../../../../src/instance/transfer/transfers.js';
import { DirectLogs } from '../../../support/fakes/direct-logs.js';
import { failureOf, instanceWith } from '../../storage/fixtures.js';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n';
/** Says what it was given, in place of the real helper. */
const HELPER = `#!/bin/sh
printf '%s\\n' "$@" >"$1.args"
env >"$1.env"
echo '{"recent_output": []}' >"$1"
exec sleep 100
`;

describe('Transfers', () => {
  let root: string;
  let transfers: TransfersParts;
  const started: string[] = [];
  let end: EndCommand;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    await writeFile(join(root, 'helper'), HELPER, { mode: 0o755 });
    await writeFile(join(root, 'server.pem'), KEY + CERTIFICATE);
    await mkdir(join(root, 'crypto/x509-1'), { recursive: true });
    end = { env: { A: 'b' }, prefix: 'cat |', suffix: undefined, expectedSize: '5' };
    transfers = make('helper');
  });
  afterEach(async () => {
    for (const name of started.splice(0)) await cleanUpTransfer(transfers, name);
    await rm(root, { recursive: true });
  });

  function make(helper: string): TransfersParts {
    return {
      logs: new DirectLogs(),
      transferHelper: join(root, helper),
      importExportDir: join(root, 'import-export'),
      serverCertificate: join(root, 'server.pem'),
      cryptoKeysDir: join(root, 'crypto'),
      shownCertificate: async ({ certificateFile }) => {
        await writeFile(certificateFile, CERTIFICATE);
        return certificateFile;
      },
      transferEnd: () => Promise.resolve(end),
      logDir: join(root, 'log'),
      clock: { wallTime: () => new Date(2026, 0, 2, 3, 4, 5) },
      logger: { info: () => undefined } as unknown as Logger,
    };
  }

  function transfer(changes: Partial<Transfer> = {}): Transfer {
    return {
      mode: 'export',
      options: { compress: 'none', magic: 'magic', connect_timeout: 60 },
      peer: { host: '10.0.0.1', port: 1234 },
      instance: instanceWith([]),
      component: 'disk0',
      end: ['file', ['/x']],
      ...changes,
    };
  }

  /** Starts, and gives the directory and the arguments that the helper has seen. */
  async function start(changes: Partial<Transfer> = {}): Promise<[string, string[]]> {
    const name = await startTransfer(transfers, transfer(changes));
    started.push(name);
    const directory = join(root, 'import-export', name);
    for (let attempt = 0; attempt < 200; attempt++) {
      if ((await transferStatus(transfers, [name]))[0] !== null) break;
      await delay(20);
    }
    const text = await readFile(join(directory, 'status.args'), 'utf8');
    return [directory, text.trim().split('\n')];
  }

  it('tells the helper all about an export', async () => {
    const [directory, args] = await start();
    expect(directory).to.match(/\/export-disk0-2026-01-02_03_04_05-[a-z0-9_]{8}$/);
    expect(args).to.deep.equal([
      join(directory, 'status'),
      'export',
      '--ipv4',
      `--key=${root}/server.pem`,
      `--cert=${root}/server.pem`,
      `--ca=${directory}/ca`,
      '--host=10.0.0.1',
      '--port=1234',
      '--compress=none',
      '--magic=magic',
      '--expected-size=5',
      '--cmd-prefix=cat |',
      '--connect-retries=10',
      '--connect-timeout=20',
    ]);
    const env = (await readFile(join(directory, 'status.env'), 'utf8')).split('\n');
    expect(env).to.include('A=b');
    expect(env.filter((line) => /^(NODE|npm)/.test(line))).to.deep.equal([]);
    expect((await stat(directory)).mode & 0o777).to.equal(0o700);
    const log = 'export-busybox+default-inst1.lab.test-disk0-2026-01-02_03_04_05.log';
    expect(await readdir(join(root, 'log/os'))).to.deep.equal([log]);
  });

  it('keeps the key of the cluster out of what the other side is checked with', async () => {
    const [directory] = await start();
    expect(await readFile(join(directory, 'ca'), 'utf8')).to.equal(CERTIFICATE);
    expect((await stat(join(directory, 'ca'))).mode & 0o777).to.equal(0o400);
  });

  it('has a receiver with the key of the cluster show a certificate of this transfer', async () => {
    const [directory, args] = await start({ mode: 'import', peer: undefined });
    expect(args).to.include.members([
      `--key=${root}/server.pem`,
      `--cert=${directory}/cert`,
      `--ca=${directory}/ca`,
    ]);
    await cleanUpTransfer(transfers, started.splice(0)[0] ?? '');
    expect(await readdir(join(root, 'import-export'))).to.deep.equal([]);
  });

  it('gives a receiver the time that the master says, and its own certificate', async () => {
    for (const file of ['key', 'cert']) await writeFile(join(root, 'crypto/x509-1', file), '');
    const options = { key_name: 'x509-1', ca_pem: CERTIFICATE, ipv6: true, connect_timeout: 7 };
    const [directory, args] = await start({ mode: 'import', options, peer: undefined });
    expect(args.slice(1)).to.deep.equal([
      'import',
      '--ipv6',
      `--key=${root}/crypto/x509-1/key`,
      `--cert=${root}/crypto/x509-1/cert`,
      `--ca=${directory}/ca`,
      '--expected-size=5',
      '--cmd-prefix=cat |',
      '--connect-timeout=7',
    ]);
  });

  it('starts nothing without the files that it needs', async () => {
    for (const [options, message] of [
      [{ key_name: 'x509-1', ca_pem: 'x' }, `File '${root}/crypto/x509-1/key' does not exist`],
      [{ key_name: '..', ca_pem: 'x' }, "'..' is no name of a key"],
      [{ ca_pem: 'x' }, 'Cluster certificate can only be used for both key and CA'],
    ] as const)
      expect((await failureOf(startTransfer(transfers, transfer({ options })))).message).to.equal(
        message,
      );
    const error = await failureOf(startTransfer(make('no-helper'), transfer()));
    expect(error.message).to.match(/^Error when starting daemon process: No such file/i);
    expect(await readdir(join(root, 'import-export'))).to.deep.equal([]);
  });

  it('knows nothing of a transfer that is not there, and leads nowhere else', async () => {
    expect(await transferStatus(transfers, ['import-disk0-x'])).to.deep.equal([null]);
    await abortTransfer(transfers, 'import-disk0-x');
    await cleanUpTransfer(transfers, 'import-disk0-x');
    for (const name of ['..', '.', '', 'a/b']) {
      await failureOf(cleanUpTransfer(transfers, name));
      await failureOf(abortTransfer(transfers, name));
      await failureOf(transferStatus(transfers, [name]));
    }
  });
});
