import { expect } from 'chai';
import { ClusterError, TestClusterScript } from '../../tools/kit/test-cluster.js';
import { type GanetiVersion, OPTIONS, TESTED_IN_FULL } from './ganeti-versions.js';

/** The directory of the project: its scripts are at the same place on every node. */
export const PROJECT = new URL('../../..', import.meta.url).pathname;
/** How long one command on the cluster may take. */
const COMMAND_TIMEOUT_MS = 580_000;
/** What the stock daemon's nodes are complained about as well, on machines whose kernel lacks it. */
const KNOWN_COMPLAINT = /sysrq-trigger/;

/** A real cluster on this machine, made by scripts/testcluster. */
export class TestCluster extends TestClusterScript {
  /** Where Ganeti's own commands are run; it changes in a failover. */
  master = 'node1';

  /** Options of Ganeti's programs that are not the same in all versions. */
  readonly options: (typeof OPTIONS)[GanetiVersion];
  readonly #ganeti: GanetiVersion;

  /** @param number - tells the clusters of a machine apart; the one that a developer has up has the default number */
  constructor(number: number, ganeti: GanetiVersion = TESTED_IN_FULL) {
    super(number, { timeout: COMMAND_TIMEOUT_MS });
    this.#ganeti = ganeti;
    this.options = OPTIONS[ganeti];
  }

  async up(...options: string[]): Promise<void> {
    await this.run('up', '--ganeti', this.#ganeti, ...options);
  }

  async down(): Promise<void> {
    await this.run('down');
  }

  /** Runs a command on a node. @throws ClusterError */
  async on(node: string, ...command: string[]): Promise<string> {
    return this.run('exec', node, ...command);
  }

  /** Runs a line of shell on a node. @throws ClusterError */
  async sh(node: string, line: string): Promise<string> {
    return this.on(node, 'sh', '-c', line);
  }

  /** Runs a gnt-… command on the master. @throws ClusterError */
  async gnt(command: string): Promise<string> {
    return this.sh(this.master, `gnt-${command} </dev/null`);
  }

  /** What `gnt-instance list` shows of one instance. */
  async field(instance: string, field: string): Promise<string> {
    const command = `instance list --no-headers -o ${field} ${instance}.noded.test`;
    return (await this.gnt(command)).trim();
  }

  /** Runs `gnt-cluster verify`, which must complain of nothing that it does not complain of with the stock daemon. */
  async verify(): Promise<void> {
    const output = await this.gnt('cluster verify').catch(
      (error: unknown) => (error as ClusterError).output,
    );
    expect(output).to.contain('Verifying');
    expect(complaintsIn(output)).to.deep.equal([]);
  }

  /** Options of `gnt-instance add` for a small chroot. */
  addOptions(template: string, node: string, os = 'busybox+default'): string {
    const size = `--disk 0:size=64M${template === 'ext' ? ',provider=loopfile' : ''}`;
    const disks = template === 'diskless' ? '--no-start --no-install' : size;
    const net = `${this.options.unchecked} --net 0:mode=routed,link=100,ip=192.0.2.1`;
    return `-t ${template} ${disks} -o ${os} -n ${node}.noded.test ${net} -B minmem=16M,maxmem=16M,vcpus=1`;
  }
}

/** What `gnt-cluster verify` has found wrong, but for what it always does on this kernel. */
export function complaintsIn(output: string): string[] {
  return output.split('\n').filter((line) => line.includes('ERROR') && !KNOWN_COMPLAINT.test(line));
}
