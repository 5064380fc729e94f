/** Properties of the files that a master or an administrator keeps on a node. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { HypervisorError, RpcFailure } from '../../../src/base/errors.js';
import { GANETI_VERSIONS } from '../../../src/ganeti/versions.js';
import { linuxNodeInfo } from '../../../src/hypervisor/linux-node-info.js';
import { extendReasonTrail, storeReason } from '../../../src/instance/reason-trail.js';
import { withEntry, withoutNames } from '../../../src/node/files/etc-hosts.js';
import { Ssconf, SsconfError } from '../../../src/node/files/ssconf-reader.js';
import { getWatcherPause, setWatcherPause } from '../../../src/node/files/watcher-pause.js';
import {
  addAuthorizedKeys,
  authorizedLines,
  includesKey,
  removeAuthorizedKeys,
} from '../../../src/node/ssh/authorized-keys.js';
import {
  addPublicKey,
  allPublicKeys,
  removePublicKeys,
} from '../../../src/node/ssh/public-keys.js';
import { SshUpdateError } from '../../../src/node/ssh/update-error.js';
import { OsDirectory } from '../../../src/os/definition-directory.js';
import { parseCandidateMap } from '../../../src/rpc/peers/candidate-map.js';
import { FileStoragePaths } from '../../../src/storage/file/allowed-paths.js';
import { FakeDisks } from '../../support/fakes/fake-disks.js';
import { loggerTo } from '../node/fixtures.js';
import { filePath, saying, textOf, valueUnless } from './texts.js';

/** Each writes files, and waits until they are on the disk. */
const RUNS = { numRuns: 30 };
const DIGEST = Array.from({ length: 20 }, () => 'AB').join(':');
const isFailure = (error: unknown) => error instanceof RpcFailure;

describe("the cluster's files", () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'files-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const write = async (name: string, text: string) => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };

  it('ssconf: are read, or refused as what they are', () =>
    fc.assert(
      fc.asyncProperty(textOf('node1.test', 'node1=22\n', 'NO MASTER', '10', '2'), async (text) => {
        const keys = ['cluster_name', 'master_node', 'node_list', 'primary_ip_family', 'ssh_ports'];
        for (const key of keys) await write(`ssconf_${key}`, text);
        // A new object: the files may change twice within what tells their times apart.
        const ssconf = new Ssconf({ dataDir: directory });
        const isExpected = (error: unknown) => error instanceof SsconfError;
        const name = await valueUnless(isExpected, () => ssconf.clusterName());
        if (name !== undefined) expect(name).to.match(/^\S+$/);
        const ports = await valueUnless(isExpected, () => ssconf.sshPorts());
        for (const [node, port] of ports ?? []) expect([node, port > -1]).to.not.include('');
        for (const fact of ['masterNode', 'nodeList', 'isIpv6'] as const)
          await valueUnless(isExpected, () => ssconf[fact]());
      }),
      RUNS,
    ));

  it('candidates: give back what is put in', () => {
    const node = fc.stringMatching(/^[a-f0-9-]{1,36}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(node, { minLength: 1 }),
        fc.constantFrom('', '\n', '\n\n'),
        (nodes, end) => {
          const text = nodes.map((name) => `${name}=${DIGEST}`).join('\n') + end;
          expect(parseCandidateMap(text)).to.deep.equal(
            new Map(nodes.map((name) => [name, DIGEST])),
          );
        },
      ),
    );
  });

  it('candidates: nobody is let in by a file that is not whole', async () => {
    const cut = fc.nat(2 * DIGEST.length).map((end) => `a=${DIGEST}\nb=${DIGEST}\n`.slice(0, end));
    const texts = fc.oneof(textOf(`uuid=${DIGEST}\n`, DIGEST, 'uuid='), cut);
    const isExpected = saying(/^Line \d+ is not <node>=<SHA-1 digest>$/);
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const map = await valueUnless(isExpected, () => parseCandidateMap(text));
        if (map === undefined) return;
        const lines = text.replace(/\n+$/, '').split('\n');
        expect(lines.every((line) => /^\S+=([0-9A-F]{2}:){19}[0-9A-F]{2}$/.test(line))).to.equal(
          true,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('OS definitions: are read, or what is wrong with them is said', () => {
    const texts = textOf('20\n', '15', 'default\n', '# comment\n', 'size How large\n', '\u2028');
    return fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const path = join(directory, 'os');
        await mkdir(path, { recursive: true });
        for (const name of ['ganeti_api_version', 'variants.list', 'parameters.list'])
          await writeFile(join(path, name), text);
        const os = new OsDirectory(path, [directory]);
        const versions = (await valueUnless(isFailure, () => os.apiVersions())) ?? [];
        expect(versions.every((version) => Number.isInteger(version))).to.equal(true);
        for (const variant of (await valueUnless(isFailure, () => os.variants())) ?? [])
          expect(variant).to.match(/^[^#\s]([^\n]*\S)?$/);
        for (const parameter of (await valueUnless(isFailure, () => os.parameters())) ?? [])
          expect(parameter[0]).to.match(/^\S+$/);
      }),
      { numRuns: 60 },
    );
  });

  it('/etc/hosts: a name that is added is there once, and goes again without a trace', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        '# comment',
        '127.0.0.1\tlocalhost',
        '10.0.0.1 old # why',
        ' 10.0.0.2  a b',
        'x',
      ),
      textOf('10.0.0.1', 'host.test').map((text) => text.replaceAll('\n', ' ')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const text = lines.map((one) => `${one}\n`).join('');
        const added = withEntry(text, '10.0.0.9', 'host.test');
        expect(withEntry(added, '10.0.0.9', 'host.test')).to.equal(added);
        expect(
          added.split('\n').filter((one) => one.startsWith('10.0.0.9\thost.test host')),
        ).to.have.length(1);
        const removed = withoutNames(added, ['host.test', 'host']);
        expect(withoutNames(removed, ['host.test', 'host'])).to.equal(removed);
        const names = removed
          .split('\n')
          .flatMap((one) => one.replace(/#.*/s, '').split(/\s+/).filter(Boolean).slice(1));
        expect(names).not.to.include.members(['host.test']);
        // All else is people's.
        expect(removed.split('\n')).to.include.members(
          lines.filter((one) => !one.includes('host.test')),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('SSH keys: what is added is there, what is removed is gone, and all else stays', () => {
    const key = fc
      .tuple(
        fc.constantFrom('ssh-rsa', 'ssh-dss', 'ecdsa-sha2-nistp256'),
        fc.base64String({ minLength: 4 }),
      )
      .map(([type, data]) => `${type} ${data}`);
    const other = fc.constantFrom(
      '# a comment',
      '',
      'from="10.0.0.1" ssh-rsa AAAA root@x',
      'garbage',
    );
    return fc.assert(
      fc.asyncProperty(
        fc.array(other),
        fc.uniqueArray(key, { minLength: 1, maxLength: 3 }),
        async (lines, keys) => {
          await write('authorized_keys', lines.map((line) => `${line}\n`).join(''));
          const file = { sshDir: directory };
          await addAuthorizedKeys(
            file,
            keys.map((one) => `${one} root@node\n`),
          );
          for (const one of keys)
            expect(includesKey(await authorizedLines(file), `${one} other@host`)).to.equal(true);
          await removeAuthorizedKeys(file, keys);
          expect(await authorizedLines(file)).to.deep.equal(lines);
        },
      ),
      RUNS,
    );
  });

  it('SSH keys of nodes: are read, or refused as what they are, and given back', () =>
    fc.assert(
      fc.asyncProperty(textOf('uuid ssh-rsa AAAA root@x\n', 'uuid ', 'name'), async (text) => {
        await write('ganeti_pub_keys', text);
        const isExpected = (error: unknown) => error instanceof SshUpdateError;
        const before = await valueUnless(isExpected, () => allPublicKeys(directory));
        if (before === undefined) return;
        await addPublicKey(directory, 'new-node', 'ssh-rsa BBBB');
        expect((await allPublicKeys(directory))['new-node']).to.include('ssh-rsa BBBB');
        await removePublicKeys(directory, 'new-node');
        const others = Object.fromEntries(
          Object.entries(before).filter(([node]) => node !== 'new-node'),
        );
        expect(await allPublicKeys(directory)).to.deep.equal(others);
      }),
      RUNS,
    ));

  it('reason trails: are kept as they came, with our step', () => {
    const step = fc.tuple(fc.string(), fc.string(), fc.nat());
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (trail) => {
        const extended = extendReasonTrail(trail, 'start', new Date(5));
        await storeReason(directory, 'inst1', extended);
        const kept = JSON.parse(await readFile(join(directory, 'inst1'), 'utf8')) as unknown;
        expect(kept).to.deep.equal([...trail, ['gnt:daemon:noded:start', '', 5_000_000]]);
      }),
      RUNS,
    );
  });

  it("the watcher's pause: is a time that was set, or none", () =>
    fc.assert(
      fc.asyncProperty(
        textOf('1700000000', '+', '9'.repeat(400)),
        fc.nat(),
        async (text, until) => {
          await write('watcher.pause', text);
          const pause = {
            dataDir: directory,
            clock: { wallTime: () => new Date(0) },
            logger: loggerTo([]),
          };
          const found = await getWatcherPause(pause);
          if (found !== null) expect(found).to.be.finite;
          await setWatcherPause(pause, until);
          expect(await getWatcherPause(pause)).to.equal(until);
        },
      ),
      RUNS,
    ));

  it('directories for disks: no path is taken that lies outside of them', () => {
    const path = fc.oneof(
      filePath(),
      fc
        .array(fc.constantFrom('/', '..', '.', 'a', '//', '\0', '/srv'), { maxLength: 8 })
        .map((parts) => parts.join('')),
    );
    return fc.assert(
      fc.asyncProperty(path, fc.boolean(), async (tail, isBelow) => {
        const storage = join(directory, 'storage');
        await mkdir(storage, { recursive: true });
        const paths = new FileStoragePaths({
          disks: new FakeDisks(),
          allowedPathsFile: await write('allowed', `${storage}\n`),
        });
        const isExpected = (error: unknown) =>
          error instanceof Error && error.name === 'FileStoragePathError';
        const accepted = await valueUnless(isExpected, () =>
          paths.accept(isBelow ? `${storage}${tail}` : tail),
        );
        if (accepted !== undefined) expect(accepted.startsWith(`${storage}/`)).to.equal(true);
        if (accepted !== undefined) expect(accepted.split('/')).not.to.include('..');
      }),
      { numRuns: 200 },
    );
  });

  it('/proc/meminfo: gives whole numbers, or is refused', () =>
    fc.assert(
      fc.asyncProperty(
        textOf(
          'MemTotal: 24684040 kB\n',
          'MemFree: 1 kB\n',
          'Active: 2\n',
          'processor\t: 0\n',
          'MemFree',
        ),
        async (text) => {
          const path = await write('meminfo', text);
          const isExpected = (error: unknown) => error instanceof HypervisorError;
          const paths = { meminfoPath: path, cpuinfoPath: path };
          const { memory } = GANETI_VERSIONS['3.0'];
          const info = (await valueUnless(isExpected, () => linuxNodeInfo(paths, memory))) ?? {};
          for (const figure of Object.values(info)) expect(Number.isInteger(figure)).to.equal(true);
        },
      ),
      RUNS,
    ));
});
