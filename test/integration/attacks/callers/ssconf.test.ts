import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { beforeEach, it } from 'mocha';
import { failureOf } from '../../../support/failure.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';

describeAsRoot('a map of candidates that nobody could read', () => {
  const node = useNode({}, () => ({ hasSsl: true }));
  const path = () => join(node().stateDir, 'lib/ssconf_master_candidates_certs');
  let map: string;
  beforeEach(async () => {
    const { fingerprint } = new X509Certificate(await readFile(node().certificate));
    map = `node-1=${fingerprint}\n`;
    await writeFile(path(), map);
  });

  it('is refused over both wires, and callers stay who they were', async () => {
    const values = { master_candidates_certs: 'garbage', cluster_name: 'cluster.example.com' };
    const said = "Value 'master_candidates_certs' is not valid: Line 1 is not";
    const [succeeded, message] = await node().ganeti('write_ssconf_files', [values]);
    expect(succeeded).to.equal(false);
    expect(JSON.stringify(message)).to.contain(said);
    const error = await failureOf(node().call('write_ssconf_files', [values]));
    expect(error.message).to.contain(said);
    expect(await readFile(path(), 'utf8')).to.equal(map);
    expect(await node().ganeti('version', [])).to.deep.equal([true, 3_000_000]);
  });
});
