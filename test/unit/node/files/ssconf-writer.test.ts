import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { SSCONF_FORMS } from '../../../../src/node/files/ssconf-forms.js';
import { SsconfFiles, type SsconfValue } from '../../../../src/node/files/ssconf-writer.js';
import { parseCandidateMap } from '../../../../src/rpc/peers/candidate-map.js';
import { withFileLock } from '../../../../src/system/file/file-lock.js';
import { failureOf } from '../../storage/fixtures.js';
import { recordedParams } from '../fixtures.js';

const forms = { ...SSCONF_FORMS, master_candidates_certs: parseCandidateMap };

describe('SsconfFiles.write', () => {
  let root: string;
  let directory: string;
  let files: SsconfFiles;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'lib');
    await mkdir(directory);
    files = new SsconfFiles({ directory, lockFile: join(root, 'lock'), forms, lockTimeoutMs: 50 });
  });
  afterEach(() => rm(root, { recursive: true }));

  function read(key: string): Promise<string> {
    return readFile(join(directory, `ssconf_${key}`), 'utf8');
  }

  it('writes all that was recorded', async () => {
    for (const [values] of recordedParams('write_ssconf_files')) {
      await files.write(values as Record<string, SsconfValue>);
      expect(await readdir(directory)).to.have.lengthOf(Object.keys(values as object).length);
    }
    expect(await read('node_list')).to.equal('node1.lab.test\nnode2.lab.test\nnode3.lab.test\n');
    expect(await read('cluster_tags')).to.equal('');
    expect(await read('master_candidates_certs')).to.match(/^[0-9a-f-]+=[0-9A-F:]+\n/);
    expect((await stat(join(directory, 'ssconf_node_list'))).mode & 0o777).to.equal(0o444);
  });

  it('ends each text with one line break', async () => {
    await files.write({ cluster_name: 'a', master_ip: 'b\n', networks: '', uid_pool: ['', ''] });
    const all = ['cluster_name', 'master_ip', 'networks', 'uid_pool'].map(read);
    expect(await Promise.all(all)).to.deep.equal(['a\n', 'b\n', '', '\n']);
  });

  it('writes nothing when one name is unknown or one value too long', async () => {
    for (const key of ['../server.pem', 'nosuch', '__proto__', 'cluster_name\n'])
      expect((await failureOf(files.write({ master_ip: 'x', [key]: 'x' }))).message).to.equal(
        `Invalid key requested from SSConf: '${key}'`,
      );
    const long = 'x'.repeat(128 * 1024);
    expect((await failureOf(files.write({ master_ip: 'x', node_list: [long] }))).message).to.equal(
      "Value 'node_list' has a length of 131073 bytes, but only up to 131072 are allowed",
    );
    expect(await readdir(directory)).to.be.empty;
  });

  const DIGEST = Array.from({ length: 20 }, () => 'AB').join(':');
  const UNREADABLE: [key: string, value: SsconfValue, problem: string][] = [
    ['master_candidates_certs', 'garbage', 'Line 1 is not <node>=<SHA-1 digest>'],
    ['master_candidates_certs', [`node-1=${DIGEST}`, 'node-2='], 'Line 2 is not <node>='],
    ['master_candidates_certs', ' ', 'Line 1 is not <node>=<SHA-1 digest>'],
    ['master_node', '', '""'],
    ['cluster_name', 'two words', '"two words"'],
    ['node_primary_ips', ['node1 10.0.0.1', 'node2'], '"node2"'],
    ['node_secondary_ips', 'node1', '"node1"'],
    ['primary_ip_family', 'IPv6', '"IPv6"'],
    ['ssh_ports', 'node1=ssh', '"node1=ssh"'],
  ];
  for (const [key, value, problem] of UNREADABLE)
    it(`refuses ${JSON.stringify(value)} as ${key}, which the daemon itself could not read`, async () => {
      const { message } = await failureOf(files.write({ master_ip: 'x', [key]: value }));
      expect(message).to.contain(`Value '${key}' is not valid: ${problem}`);
      expect(await readdir(directory)).to.be.empty;
    });

  it('takes a cluster that has no candidates yet, and one that is just being destroyed', async () => {
    await files.write({ master_candidates_certs: [], master_node: 'NO MASTER' });
    expect(await read('master_candidates_certs')).to.equal('');
    expect(await read('master_node')).to.equal('NO MASTER\n');
  });

  it('says why when it cannot be locked', async () => {
    const broken = new SsconfFiles({ directory, lockFile: join(root, 'no', 'lock'), forms });
    const error = await failureOf(broken.write({ cluster_name: 'x' }));
    expect(error.message).to.equal("Can't write ssconf files: No such file or directory");
  });

  it('writes nothing while another program writes', async () => {
    await withFileLock(join(root, 'lock'), { timeoutMs: 0 }, async () => {
      expect(await failureOf(files.write({ master_ip: 'x' }))).to.have.property('kind', 'busy');
    });
    expect(await readdir(directory)).to.be.empty;
    await files.write({ master_ip: 'x' });
  });
});
