import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BlockDeviceError } from '../../../../src/base/errors.js';
import { extEnvironment } from '../../../../src/storage/ext/environment.js';
import { extDisk } from './fixtures.js';

const VOLUME = { provider: 'pvdr1', name: 'vol0' };

describe('extEnvironment', () => {
  it('has the volume and its parameters, and only what else is given', () => {
    expect(extEnvironment(VOLUME, extDisk('vol0', { name: null }), {})).to.deep.equal({
      VOL_NAME: 'vol0',
      VOL_UUID: '1519f3e4',
      EXTP_PROVIDER: 'pvdr1',
      EXTP_FROMSNAP: 'old',
    });
  });

  it('has all details, in the words that Python has for them', () => {
    const disk = extDisk('vol0', { name: 'data', params: { a: true, b: null, c: 5 } });
    const details = {
      sizeMiB: 8,
      newSizeMiB: 10,
      metadata: 'originstname+inst1',
      snapshotName: 'vol0.snap',
      snapshotSizeMiB: 4,
      exclusive: false,
    };
    expect(extEnvironment(VOLUME, disk, details)).to.deep.equal({
      VOL_NAME: 'vol0',
      VOL_CNAME: 'data',
      VOL_UUID: '1519f3e4',
      VOL_SIZE: '8',
      VOL_NEW_SIZE: '10',
      VOL_METADATA: 'originstname+inst1',
      VOL_SNAPSHOT_NAME: 'vol0.snap',
      VOL_SNAPSHOT_SIZE: '4',
      VOL_OPEN_EXCLUSIVE: 'False',
      EXTP_A: 'True',
      EXTP_B: 'None',
      EXTP_C: '5',
    });
  });

  it('refuses what no environment can carry', () => {
    for (const params of [{ 'a=b': 'x' }, { a: 'x\0y' }])
      expect(() => extEnvironment(VOLUME, extDisk('vol0', { params }), {})).to.throw(
        BlockDeviceError,
        'cannot be passed to a script',
      );
  });
});
