import { expect } from 'chai';
import { describe, it } from 'mocha';
import { diskLock, done, instanceLock } from '../../../src/calls/call-row.js';
import { failureOf } from '../storage/fixtures.js';

describe('instanceLock', () => {
  it('is the same for the same name only', () => {
    expect(instanceLock({ name: 'inst1' })).to.equal(instanceLock({ name: 'inst1' }));
    expect(instanceLock({ name: 'inst1' })).not.to.equal(instanceLock({ name: 'inst10' }));
  });
});

describe('diskLock', () => {
  const lock = (dev_type: string, ...logical_id: unknown[]) => diskLock({ dev_type, logical_id });

  it('is the same for the same disk only', () => {
    expect(lock('file', 'loop', '/a')).to.equal(lock('file', 'loop', '/a'));
    const locks = [lock('file', 'loop', '/a'), lock('file', 'loop', '/b'), lock('plain', '/a')];
    expect(new Set([...locks, lock('file', 'loop,/a')]).size).to.equal(4);
  });

  it('is never that of an instance', () => {
    expect(lock('file', 'x')).not.to.equal(instanceLock({ name: 'file ["x"]' }));
  });
});

describe('done', () => {
  it('is null whatever the work gives, and fails as it does', async () => {
    expect(await done(Promise.resolve('text'))).to.be.null;
    expect((await failureOf(done(Promise.reject(new Error('no'))))).message).to.equal('no');
  });
});
