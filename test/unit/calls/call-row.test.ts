import { expect } from 'chai';
import { describe, it } from 'mocha';
import { diskLocks, done, instanceLock } from '../../../src/calls/call-row.js';
import { failureOf } from '../storage/fixtures.js';

describe('instanceLock', () => {
  it('is the same for the same name only', () => {
    expect(instanceLock({ name: 'inst1' })).to.equal(instanceLock({ name: 'inst1' }));
    expect(instanceLock({ name: 'inst1' })).not.to.equal(instanceLock({ name: 'inst10' }));
  });
});

describe('diskLocks', () => {
  const locks = (dev_type: string, ...logical_id: unknown[]) => diskLocks({ dev_type, logical_id });

  it('go by the path of a file or a device, whatever the template or the driver', () => {
    for (const [template, driver] of [
      ['file', 'loop'],
      ['file', 'blktap2'],
      ['sharedfile', 'loop'],
      ['blockdev', 'manual'],
    ] as const)
      expect(locks(template, driver, '/a')).to.deep.equal([{ path: '/a' }]);
  });

  it('go by the name of a volume, and by its device', () => {
    expect(locks('plain', 'vg', 'a')).to.deep.equal([
      'disk plain ["vg","a"]',
      { path: '/dev/vg/a' },
    ]);
  });

  it('go by the name of all else, which is never that of an instance', () => {
    const names = [locks('ext', 'p', 'x'), locks('ext', 'p,x'), locks('plain', 1), locks('ext', 1)];
    expect(new Set(names.flat()).size).to.equal(4);
    expect(names.flat()).not.to.include(instanceLock({ name: 'ext ["p","x"]' }));
  });
});

describe('done', () => {
  it('is null whatever the work gives, and fails as it does', async () => {
    expect(await done(Promise.resolve('text'))).to.be.null;
    expect((await failureOf(done(Promise.reject(new Error('no'))))).message).to.equal('no');
  });
});
