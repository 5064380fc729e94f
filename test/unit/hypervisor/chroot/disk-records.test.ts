import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { HypervisorError } from '../../../../src/base/errors.js';
import { DiskRecords, ROOT } from '../../../../src/hypervisor/chroot/disk-records.js';
import { failureOf } from '../../storage/fixtures.js';

const LOOP = { path: '/dev/loop7', sequence: '123' };
const FIRST = { role: ROOT, path: '/srv/disk0', identity: 'file 8:1 12' };
const SECOND = { role: 'uuid', path: '/dev/dm-3', identity: 'device 253:3', loop: LOOP };

describe('DiskRecords', () => {
  let directory: string;
  let records: DiskRecords;
  const file = () => join(directory, 'records/inst1.json');
  const ofBoot = (boot: string) => new DiskRecords({ directory: join(directory, 'records'), boot });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    records = ofBoot('this one');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('keeps one entry a role for another daemon to read', async () => {
    await records.put('inst1', FIRST);
    await records.put('inst1', SECOND);
    await records.put('inst1', { ...FIRST, loop: LOOP });
    expect(await ofBoot('this one').read('inst1')).to.deep.equal([
      SECOND,
      { ...FIRST, loop: LOOP },
    ]);
    await records.remove('inst1', ROOT);
    expect(await records.read('inst1')).to.deep.equal([SECOND]);
    expect(await records.read('inst10')).to.deep.equal([]);
    await records.clear('inst1');
    await records.clear('inst1');
    expect(await readdir(join(directory, 'records'))).to.deep.equal([]);
  });

  it('has nothing of another boot, when a device may have the number of another', async () => {
    await records.put('inst1', SECOND);
    const later = ofBoot('later');
    expect(await later.read('inst1')).to.deep.equal([]);
    await later.put('inst1', FIRST);
    expect(await later.read('inst1')).to.deep.equal([FIRST]);
  });

  it('names the file that it cannot read, or that is not its own', async () => {
    await records.put('inst1', FIRST);
    const record = { instance: 'inst1', boot: 'this one', disks: [SECOND] };
    for (const text of [
      '',
      '{"instance": "ins',
      'null',
      '[]',
      JSON.stringify({ ...record, instance: 'inst10' }),
      JSON.stringify({ ...record, disks: {} }),
      JSON.stringify({ ...record, disks: [null] }),
      JSON.stringify({ ...record, disks: [{ ...SECOND, identity: 1 }] }),
      JSON.stringify({ ...record, disks: [{ ...SECOND, loop: null }] }),
      JSON.stringify({ ...record, disks: [{ ...SECOND, loop: { ...LOOP, path: '/dev/sda' } }] }),
    ]) {
      await writeFile(file(), text);
      const error = await failureOf(records.read('inst1'));
      expect(error, text).to.be.instanceOf(HypervisorError);
      expect(error.message).to.include(`Can't read what disks are in use from ${file()}: `);
    }
    await records.clear('inst1');
    expect(await records.read('inst1')).to.deep.equal([]);
  });

  it('names the file that it cannot write', async () => {
    await writeFile(join(directory, 'records'), '');
    const error = await failureOf(records.put('inst1', FIRST));
    expect(error).to.be.instanceOf(HypervisorError);
    expect(error.message).to.include(file());
  });
});
