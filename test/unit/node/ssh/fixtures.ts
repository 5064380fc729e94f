import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthorizedKeys } from '../../../../src/node/ssh/authorized-keys.js';
import { SshFiles } from '../../../../src/node/ssh/files.js';
import { type KeyUpdate, NodeUpdates } from '../../../../src/node/ssh/node-updates.js';
import { PublicKeys } from '../../../../src/node/ssh/public-keys.js';
import type { SshOptions } from '../../../../src/node/ssh/runner.js';
import { CommandError, type CommandResult } from '../../../../src/system/command/command.js';
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
  readonly files: SshFiles;
  readonly authorizedKeys: AuthorizedKeys;
  readonly publicKeys: PublicKeys;
  readonly ssconf = {
    clusterName: () => 'cluster',
    masterNode: () => 'node1',
    nodeList: () => ['node1', 'node2', 'node3', 'node4'],
    onlineNodes: () => ['node1', 'node2', 'node3'],
  };
  readonly ssh = {
    run: (node: string, command: string, options: SshOptions) => this.#run(node, command, options),
  };
  readonly updates: NodeUpdates;

  static async create(): Promise<MasterFixture> {
    const fixture = new MasterFixture(await mkdtemp(join(tmpdir(), 'chroot-noded-')));
    await mkdir(join(fixture.root, '.ssh'));
    await writeFile(join(fixture.root, 'server.pem'), CERTIFICATE);
    return fixture;
  }

  private constructor(root: string) {
    this.root = root;
    this.files = new SshFiles({ directory: join(root, '.ssh') });
    this.authorizedKeys = new AuthorizedKeys(this.files.authorizedKeys);
    this.publicKeys = new PublicKeys(join(root, 'ganeti_pub_keys'));
    this.updates = new NodeUpdates({
      program: '/usr/lib/ganeti/ssh-update',
      serverCertPath: join(root, 'server.pem'),
      ssh: this.ssh,
      ssconf: this.ssconf,
      logger: loggerTo(this.logged),
    });
  }

  /** Puts a line for each key into the list of public keys. */
  async list(keys: Readonly<Record<string, string>>): Promise<void> {
    for (const [node, key] of Object.entries(keys)) await this.publicKeys.add(node, key);
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

  async #run(
    node: string,
    command: string,
    { input, timeoutMs }: SshOptions,
  ): Promise<CommandResult> {
    const update = input === undefined ? undefined : (JSON.parse(input) as KeyUpdate);
    const sent = { node, command, update: update as Sent['update'] };
    this.sent.push(sent);
    const argv = ['ssh', node, command];
    const answer = await this.answer(sent);
    if (typeof answer === 'string') return { argv, stdout: answer, stderr: '' };
    const end = { exitCode: 255, signal: undefined, timedOut: false, cause: undefined };
    throw new CommandError({ argv, stdout: '', stderr: answer.message }, end, timeoutMs);
  }
}
