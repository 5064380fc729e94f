import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../../../src/base/clock.js';
import type { KeyUpdate } from '../../../../src/node/ssh/node-updates.js';
import { addPublicKey } from '../../../../src/node/ssh/public-keys.js';
import {
  CommandError,
  type CommandResult,
  type CommandRunner,
} from '../../../../src/system/command/command.js';
import type { CommandOptions } from '../../../../src/system/command/command-options.js';
import { loggerTo } from '../fixtures.js';

/** The certificate of a cluster. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkjCCATegAwIBAgIUYt3Dy3BfQInWnV2Bz9adSqW0iAUwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSZ2FuZXRpLmV4YW1wbGUuY29tMCAXDTI2MTEyMzAyMjYzOFoY
DzIxMjYxMDMwMDIyNjM4WjAdMRswGQYDVQQDDBJnYW5ldGkuZXhhbXBsZS5jb20w
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARCVADMZBwlgtO1zdWDPYH3j91Em2UE
ozvWOYuZtHcaeLDqvkwhhwtbhePzTtPvMJYIW25VxyUOt2qQa11/0RJAo1MwUTAd
BgNVHQ4EFgQULKd/1eFr80QYRvQdO8nMlt/b8V4wHwYDVR0jBBgwFoAULKd/1eFr
80QYRvQdO8nMlt/b8V4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBG
AiEAsHd8BYU4tGck0VVdQntfdXWgaL/hnZymudDGA/fqMSoCIQD58yGdwyMjfpGt
ilx0bLOeP1BnuqqQ9dxbYWtmdu77zA==
-----END CERTIFICATE-----
`;

/** What was sent to a node: a command line, or what ssh-update was told. */
export interface Sent {
  readonly node: string;
  readonly command: string;
  readonly update: (KeyUpdate & Record<string, unknown>) | undefined;
}

/**
 * The master of a cluster of four nodes, of which node4 is offline, with real key files; other nodes only note what they
 * are sent.
 */
export class MasterFixture {
  readonly root: string;
  readonly sent: Sent[] = [];
  readonly logged: Record<string, unknown>[] = [];
  /** What a node answers; an error for one that cannot be reached. */
  answer: (sent: Sent) => string | Error | Promise<string> = () => '';
  readonly sshDir: string;
  readonly authorizedKeys: string;
  readonly dataDir: string;
  readonly serverCertificate: string;
  readonly pkgLibDir = '/usr/lib/ganeti';
  readonly nodeRoot = undefined;
  readonly clock = SYSTEM_CLOCK;
  readonly logger = loggerTo(this.logged);
  readonly ssconf = {
    clusterName: () => 'cluster',
    masterNode: () => 'node1',
    nodeList: () => ['node1', 'node2', 'node3', 'node4'],
    onlineNodes: () => ['node1', 'node2', 'node3'],
    isIpv6: () => false,
    sshPorts: () => new Map<string, number>(),
  };
  readonly commands: CommandRunner = {
    run: (argv, options) => this.#run(argv, options),
  };

  static async create(): Promise<MasterFixture> {
    const fixture = new MasterFixture(await mkdtemp(join(tmpdir(), 'chroot-noded-')));
    await mkdir(join(fixture.root, '.ssh'));
    await writeFile(join(fixture.root, 'server.pem'), CERTIFICATE);
    return fixture;
  }

  private constructor(root: string) {
    this.root = root;
    this.sshDir = join(root, '.ssh');
    this.authorizedKeys = join(this.sshDir, 'authorized_keys');
    this.dataDir = root;
    this.serverCertificate = join(root, 'server.pem');
  }

  /** Puts a line for each key into the list of public keys. */
  async list(keys: Readonly<Record<string, string>>): Promise<void> {
    for (const [node, key] of Object.entries(keys)) await addPublicKey(this.dataDir, node, key);
  }

  /** What each node was told last, without that by which it knows its cluster. */
  updatesByNode(): Record<string, KeyUpdate> {
    const known = ['cluster_name', 'node_daemon_certificate'];
    return Object.fromEntries(
      this.sent.map(({ node, update }) => {
        const entries = Object.entries(update ?? {});
        return [node, Object.fromEntries(entries.filter(([name]) => !known.includes(name)))];
      }),
    );
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true });
  }

  /** `argv` is that of ssh. */
  async #run(
    argv: readonly string[],
    { input, timeoutMs }: CommandOptions,
  ): Promise<CommandResult> {
    const [login = '', command = ''] = argv.slice(-2);
    const update = input === undefined ? undefined : (JSON.parse(input) as KeyUpdate);
    const sent = { node: login.replace('root@', ''), command, update: update as Sent['update'] };
    this.sent.push(sent);
    const answer = await this.answer(sent);
    if (typeof answer === 'string') return { argv, stdout: answer, stderr: '' };
    const end = { exitCode: 255, signal: undefined, timedOut: false, cause: undefined };
    throw new CommandError({ argv, stdout: '', stderr: answer.message }, end, timeoutMs);
  }
}
