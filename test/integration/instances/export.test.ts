import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Disk, ImportExportStatus, Instance } from '../../../src/generated/objects.js';
import {
  type ClusterCertificateKind,
  makeClusterIdentity,
} from '../../../tools/kit/certificates.js';
import { eventually } from '../../../tools/kit/eventually.js';
import { TestNode } from '../../support/node/test-node.js';
import { makeOs } from '../../unit/os/fixtures.js';
import { failureOf } from '../../unit/storage/fixtures.js';

const HELPER = '/usr/lib/ganeti/import-export';
const MAGIC = '24212ae24d4d0b90675d35f94bb1154654733efd';
const OPTIONS = { compress: 'none', magic: MAGIC, connect_timeout: 30 };
const UUID = '1519f3e4-73c9-4ff7-86b8-d95c525f1e6b';
const NAME = 'inst1.lab.test';

function serverPem({ stateDir }: TestNode): string {
  return join(stateDir, 'lib/server.pem');
}

/** What an address of this host leads to, as the helper asks. */
function reverseName(address: string): string {
  const [, name = ''] = execFileSync('getent', ['hosts', address], { encoding: 'utf8' }).split(
    /\s+/,
  );
  return name;
}

describe('exports and transfers with the real helper', () => {
  let source: TestNode;
  let target: TestNode;

  before(function () {
    if (!existsSync(HELPER)) {
      process.stderr.write(`NOT TESTED: transfers between nodes, for want of Ganeti's ${HELPER}\n`);
      this.skip();
    }
  });

  beforeEach(async () => {
    [source, target] = [await TestNode.start(), await TestNode.start()];
    await useClusterCertificate();
    for (const node of [source, target])
      await makeOs(join(node.stateDir, 'os/busybox'), {
        export: '#!/bin/bash\necho 1 >&$EXP_SIZE_FD\nexec cat "$EXPORT_DEVICE"\n',
        import: '#!/bin/sh\ntest "$IMPORT_INDEX" = 0 && exec cat >"$IMPORT_DEVICE"\n',
      });
  });
  afterEach(async () => {
    for (const node of [source, target]) {
      await node.close();
      expect(node.state().processes).to.deep.equal([]);
    }
  });

  async function useClusterCertificate(kind?: ClusterCertificateKind): Promise<void> {
    const { pem } = makeClusterIdentity(kind);
    for (const node of [source, target]) await writeFile(serverPem(node), pem);
  }

  /** A disk with `text` in it, on that node. */
  async function disk(node: TestNode, text: string): Promise<Disk> {
    const path = node.diskPath(NAME);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
    return { ...node.disk(NAME, 0, 1), uuid: UUID };
  }

  function instance(node: TestNode, ...disks: Disk[]): Instance {
    const beparams = { maxmem: 16, minmem: 16, vcpus: 1 };
    return node.instance(NAME, { beparams, disks_info: disks, primary_node: 'node1', tags: [] });
  }

  async function startImport(node: TestNode, end: unknown, ...disks: Disk[]): Promise<string> {
    const params = [OPTIONS, instance(node, ...disks), 'disk0', end];
    return (await node.call('import_start', params)) as string;
  }

  async function startExport(
    node: TestNode,
    port: number,
    end: unknown,
    ...disks: Disk[]
  ): Promise<string> {
    const params = [OPTIONS, '127.0.0.1', port, instance(node, ...disks), 'disk0', end];
    return (await node.call('export_start', params)) as string;
  }

  /** The state of a transfer once it has what is asked for. */
  async function stateWith(
    node: TestNode,
    name: string,
    key: 'listen_port' | 'exit_status',
  ): Promise<ImportExportStatus> {
    for (let attempt = 0; attempt < 300; attempt++) {
      const [state] = (await node.call('impexp_status', [[name]])) as [ImportExportStatus | null];
      if (state?.[key] != null) return state;
      await delay(100);
    }
    throw new Error(`${name} never had ${key}`);
  }

  /** Sends from one end to the other, and waits until both are done. */
  async function transfer(
    from: { node: TestNode; end: unknown; disks?: Disk[] },
    to: { node: TestNode; end: unknown; disks?: Disk[] },
  ): Promise<void> {
    const receiver = await startImport(to.node, to.end, ...(to.disks ?? []));
    const { listen_port: port } = await stateWith(to.node, receiver, 'listen_port');
    const sender = await startExport(from.node, Number(port), from.end, ...(from.disks ?? []));
    for (const [node, name] of [
      [from.node, sender],
      [to.node, receiver],
    ] as const) {
      const state = await stateWith(node, name, 'exit_status');
      expect(state.exit_status, JSON.stringify(state)).to.equal(0);
      await node.call('impexp_cleanup', [name]);
      expect(existsSync(join(node.stateDir, 'run/import-export', name))).to.be.false;
    }
  }

  /** Sends `text` to a receiver as the helper of the other node does, which expects this name in the certificate. */
  async function sendExpecting(name: string, port: number, text: string): Promise<void> {
    const pem = serverPem(source);
    const trust = `verify=1,key=${pem},cert=${pem},cafile=${pem},openssl-commonname=${name}`;
    const sending = promisify(execFile)('socat', [
      '-u',
      '-ls',
      'stdin',
      `OPENSSL:127.0.0.1:${port},pf=ipv4,${trust}`,
    ]);
    sending.child.stdin?.end(`M=${MAGIC}${text}`);
    await sending;
  }

  /** Receives what is sent with that expectation. */
  async function receiveExpecting(name: string): Promise<void> {
    const to = await disk(target, '');
    const receiver = await startImport(target, ['script', [to, 0]], to);
    try {
      const { listen_port: port } = await stateWith(target, receiver, 'listen_port');
      await sendExpecting(name, Number(port), `for ${name}`);
      expect((await stateWith(target, receiver, 'exit_status')).exit_status).to.equal(0);
      expect(await readFile(target.diskPath(NAME), 'utf8')).to.equal(`for ${name}`);
    } finally {
      await target.call('impexp_cleanup', [receiver]);
    }
  }

  for (const kind of ["Ganeti's own kind", 'an authority'] as const)
    it(`receives whatever name a version's helper expects, with a server.pem that is ${kind}`, async () => {
      await useClusterCertificate(kind);
      // 3.0, and from 3.1.0 on; then 3.1.0~rc2, which looks the address up.
      await receiveExpecting('ganeti.example.com');
      await receiveExpecting(reverseName('127.0.0.1'));
      await receiveExpecting(hostname());
      const error = await failureOf(receiveExpecting('other.example.com'));
      expect(error.message).to.contain('does not match hostname "other.example.com"');
    });

  it('receives with a server.pem that can sign no other, as helpers but that of 3.1.0~rc2 expect', async () => {
    await useClusterCertificate('one that says it is no authority');
    await receiveExpecting('ganeti.example.com');
    const said = target.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(said).to.include("can't make a certificate with this node's names for a transfer");
  });

  it('makes a key that is good for one transfer, with every name that a helper expects', async () => {
    const [name, certificate] = (await target.call('x509_cert_create', [600])) as [string, string];
    const made = new X509Certificate(certificate);
    for (const expected of ['ganeti.example.com', reverseName('127.0.0.1'), hostname()])
      expect(made.checkHost(expected), expected).to.equal(expected);
    expect(await target.call('x509_cert_remove', [name])).to.be.null;
  });

  it('exports a disk by its script, and imports it again from the export', async () => {
    const text = 'precious '.repeat(100_000);
    const original = await disk(source, text);
    const directory = join(target.stateDir, 'lib/export');
    expect((await failureOf(target.call('export_list', []))).message).to.equal(
      'No exports directory',
    );
    await transfer(
      { node: source, end: ['script', [original, 0]], disks: [original] },
      { node: target, end: ['file', [join(directory, `${NAME}.new`, UUID)]] },
    );
    await target.call('finalize_export', [instance(target, original), [original, false]]);
    expect(await target.call('export_list', [])).to.deep.equal([NAME]);
    expect(await readFile(join(directory, NAME, UUID), 'utf8')).to.equal(text);
    const info = await target.call('export_info', [join(directory, NAME)]);
    expect(info).to.include(`disk0_dump = ${UUID}\n`);

    const copy = await disk(source, '');
    await transfer(
      { node: target, end: ['file', [join(directory, NAME, UUID)]] },
      { node: source, end: ['script', [copy, 0]], disks: [copy] },
    );
    expect(await readFile(source.diskPath(NAME), 'utf8')).to.equal(text);
    expect(await target.call('export_remove', [NAME])).to.be.null;
    expect(await target.call('export_list', [])).to.deep.equal([]);
  });

  it('copies a disk as it is', async () => {
    const text = 'x'.repeat(1024 * 1024);
    const from = await disk(source, text);
    const to = await disk(target, 'y'.repeat(1024 * 1024 + 5));
    await transfer(
      { node: source, end: ['raw', [from]], disks: [from] },
      { node: target, end: ['raw', [to]], disks: [to] },
    );
    expect(await readFile(target.diskPath(NAME), 'utf8')).to.equal(`${text}yyyyy`);
  });

  it('writes an export that Python reads as Ganeti does', async () => {
    const original = await disk(target, '');
    const made = instance(target, { ...original, name: 'data' });
    const nic = { mac: 'aa:00:00:42:da:28', nicparams: { link: '100', mode: 'routed', vlan: '' } };
    const odd = { ...made, nics: [nic], osparams: { greeting: '100% [sure]\nand = more' } };
    await target.call('finalize_export', [odd, odd.disks_info]);
    const info = (await target.call('export_info', [
      join(target.stateDir, 'lib/export', NAME),
    ])) as string;
    const read = `
import configparser, json, sys
parser = configparser.ConfigParser()
parser.read_string(sys.stdin.read())
print(json.dumps({name: dict(parser.items(name)) for name in parser.sections()}))`;
    const sections = JSON.parse(
      execFileSync('python3', ['-c', read], { input: info }).toString(),
    ) as Record<string, Record<string, string>>;
    expect(sections['export']).to.include({ version: '0', os: 'busybox+default', source: 'node1' });
    expect(sections['instance']).to.include({
      disk0_size: '1',
      disk0_name: 'data',
      disk_template: 'file',
      nic0_ip: 'None',
      nic0_vlan: '',
      nic_count: '1',
    });
    expect(sections['hypervisor']).to.deep.equal({ init_script: '/ganeti-chroot' });
    expect(sections['os']).to.deep.equal({ greeting: '100% [sure]\nand = more' });
    expect(Object.keys(sections)).to.have.lengthOf(6);
  });

  it('quotes what becomes part of a command line', async () => {
    const original = await disk(source, 'text');
    const name = `it's $(touch ${target.stateDir}/touched) & "x" ; \\ y`.replaceAll('/', '\\057');
    const file = join(target.stateDir, 'lib/export/e.new', name);
    await transfer(
      { node: source, end: ['script', [original, 0]], disks: [original] },
      { node: target, end: ['file', [file]] },
    );
    expect(await readFile(file, 'utf8')).to.equal('text');
    expect(existsSync(join(target.stateDir, 'touched'))).to.be.false;
  });

  it('goes on when the daemon is killed, and is found again', async () => {
    const to = await disk(target, '');
    const receiver = await startImport(target, ['script', [to, 0]], to);
    await target.stopDaemon('SIGKILL');
    await target.startDaemon();
    const { listen_port: port } = await stateWith(target, receiver, 'listen_port');
    const from = await disk(source, 'late');
    const sender = await startExport(source, Number(port), ['script', [from, 0]], from);
    expect((await stateWith(source, sender, 'exit_status')).exit_status).to.equal(0);
    expect((await stateWith(target, receiver, 'exit_status')).exit_status).to.equal(0);
    expect(await readFile(target.diskPath(NAME), 'utf8')).to.equal('late');
    for (const [node, name] of [
      [source, sender],
      [target, receiver],
    ] as const)
      await node.call('impexp_cleanup', [name]);
  });

  it('aborts a transfer, which says so, and cleans up one that still runs', async () => {
    const to = await disk(target, '');
    const names = [
      await startImport(target, ['script', [to, 0]], to),
      await startImport(target, ['script', [to, 0]], to),
    ] as const;
    expect(names[0]).to.match(/^import-disk0-\d{4}-\d\d-\d\d_\d\d_\d\d_\d\d-[a-z0-9_]{8}$/);
    for (const name of names) await stateWith(target, name, 'listen_port');
    expect(await target.call('impexp_abort', [names[0]])).to.be.null;
    const { exit_status: status, error_message: message } = await stateWith(
      target,
      names[0],
      'exit_status',
    );
    expect(status).to.equal(-15);
    expect(message).to.equal('Exited due to signal 15');
    const pid = await readFile(join(target.stateDir, 'run/import-export', names[1], 'pid'), 'utf8');
    for (const name of names) await target.call('impexp_cleanup', [name]);
    await eventually(() => !existsSync(`/proc/${pid.trim()}`));
    expect(await target.call('impexp_cleanup', [names[1]]), 'twice').to.be.null;
    expect(await target.call('impexp_abort', [names[1]]), 'of one that is gone').to.be.null;
    expect(await target.call('impexp_status', [names])).to.deep.equal([null, null]);
  });

  it('touches no file outside the directory of exports', async () => {
    const directory = join(target.stateDir, 'lib/export');
    await mkdir(join(directory, 'e.new'), { recursive: true });
    await symlink(join(target.stateDir, 'lib'), join(directory, 'link'));
    await symlink(join(target.stateDir, 'nothing'), join(directory, 'e.new/broken'));
    for (const [path, message] of [
      ['/etc/passwd', 'is not under exports directory'],
      [join(directory, 'link/server.pem'), 'is not under exports directory'],
      [join(directory, 'e.new/broken'), 'is a broken symbolic link'],
      [`${directory}/../server.pem`, 'is not normalized or absolute'],
      ['relative', 'is not normalized or absolute'],
      [directory, 'is not under exports directory'],
    ] as const) {
      const error = await failureOf(startImport(target, ['file', [path]]));
      expect(error.message, path).to.include(message);
    }
    const missing = await failureOf(target.call('export_info', ['/srv/ganeti/export/x']));
    expect(missing.message).to.equal("Export info file doesn't have the required fields");
    await writeFile(join(target.stateDir, 'config.ini'), '[export]\n[instance]\n');
    const outside = await failureOf(target.call('export_info', [target.stateDir]));
    expect(outside.message).to.include('is not under exports directory');
    await failureOf(target.call('export_remove', ['..']));
    const link = await failureOf(target.call('export_remove', ['link']));
    expect(link.message).to.match(/^Error while removing the export: .* is not a directory$/);
    expect((await stat(join(target.stateDir, 'lib/server.pem'))).isFile()).to.be.true;
  });
});
