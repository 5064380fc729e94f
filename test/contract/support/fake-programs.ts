import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandOptions } from '../../../src/system/command/command-options.js';
import type { ProgramEnd } from '../../support/fakes/fake-commands.js';
import { type ClusterIdentities, type ClusterNode, sshKeyOf } from './cluster.js';
import { FakeLvm } from './fake-lvm.js';

type Program = (args: readonly string[], options: CommandOptions) => ProgramEnd;

const MIB = 1024 * 1024;
const EXIT_NOT_FOUND = 2;
const LVM_TOOLS = ['lvs', 'vgs', 'pvs', 'lvcreate', 'lvchange', 'lvrename', 'lvextend', 'lvremove'];
const OTHER_LVM_TOOLS = ['pvchange', 'vgreduce'];
/** Programs that change what no test looks at. */
const SILENT = ['ip', 'ovs-vsctl', 'tar', process.execPath];

/** The programs of a node: each tells what it would on a node of the recorded cluster, or does nothing. */
export class FakePrograms {
  readonly lvm = new FakeLvm();
  /** The node that we are. */
  self: ClusterNode;
  readonly #sshDir: string;
  readonly #identities: ClusterIdentities;
  readonly #programs: ReadonlyMap<string, Program>;

  constructor(self: ClusterNode, sshDir: string, identities: ClusterIdentities) {
    this.self = self;
    this.#sshDir = sshDir;
    this.#identities = identities;
    this.#programs = new Map<string, Program>([
      ...SILENT.map((name): [string, Program] => [name, () => ({})]),
      ...[...LVM_TOOLS, ...OTHER_LVM_TOOLS].map((tool): [string, Program] => [
        tool,
        (args) => this.lvm.run(tool, args),
      ]),
      ['getent', (args) => this.#getent(args)],
      ['stat', () => ({ stdout: '4096 66053018 20615424\n' })],
      ['blockdev', () => ({ stdout: `${20 * MIB}\n` })],
      ['dd', copy],
      ['openssl', (args, { cwd = '' }) => this.#openssl(args, cwd)],
      ['ssh', (args, { input }) => this.#ssh(args, input)],
    ]);
  }

  /** Undefined for a program that is not known. */
  find(name: string): Program | undefined {
    return this.#programs.get(name);
  }

  /** Whoever is asked for, it is us. */
  #getent([database, ...args]: readonly string[]): ProgramEnd {
    const name = args.at(-1) ?? '';
    if (database === 'passwd') return { stdout: `${name}:x:${process.getuid?.() ?? 0}:0\n` };
    if (database === 'group') return { stdout: `${name}:x:${process.getgid?.() ?? 0}:\n` };
    if (database === 'hosts') return { stdout: `${name} ${this.self.name} localhost\n` };
    return { exitCode: EXIT_NOT_FOUND };
  }

  /** Makes the files that it is asked for, all with what there is already. */
  #openssl(args: readonly string[], cwd: string): ProgramEnd {
    const { key, cert } = this.#identities.client;
    for (const [option, text] of [
      ['-keyout', key],
      ['-out', cert],
    ] as const) {
      const file = args[args.indexOf(option) + 1];
      if (args.includes(option) && file !== undefined) writeFileSync(resolve(cwd, file), text);
    }
    return {};
  }

  #ssh(args: readonly string[], input = '{}'): ProgramEnd {
    const node = args.find((arg) => arg.startsWith('root@'))?.slice('root@'.length) ?? '';
    const command = args.at(-1) ?? '';
    if (command.includes('hostname --fqdn')) return { stdout: `${node}\n` };
    if (command.startsWith('cat ')) return { stdout: `${sshKeyOf(node)}\n` };
    const { generate } = JSON.parse(input) as { generate?: [type: string, bits: number, string] };
    if (generate !== undefined && node === this.self.name) this.#makeKey(generate);
    return {};
  }

  #makeKey([type, , suffix]: readonly [type: string, bits: number, suffix: string]): void {
    const file = join(this.#sshDir, `id_${type}${suffix}`);
    writeFileSync(file, 'PRIVATE\n');
    writeFileSync(`${file}.pub`, `${sshKeyOf(`new.${this.self.name}`)}\n`);
  }
}

/** As dd(1) copies blocks of a MiB. */
function copy(args: readonly string[]): ProgramEnd {
  const value = (name: string) =>
    args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const from = openSync(value('if'), 'r');
  const to = openSync(value('of'), 'r+');
  try {
    const block = Buffer.alloc(MIB);
    for (let index = 0; index < Number(value('count')); index++) {
      const length = readSync(from, block, 0, MIB, null);
      if (length === 0) break;
      writeSync(to, block, 0, length, (Number(value('seek')) + index) * MIB);
    }
    return {};
  } finally {
    closeSync(from);
    closeSync(to);
  }
}
