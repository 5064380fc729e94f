import { expect } from 'chai';
import { describe, it } from 'mocha';
import { SPARE_CONNECTIONS, withinDescriptors } from '../../../src/rpc/limits.js';

describe('withinDescriptors', () => {
  const limits = { maxConnections: 4096, other: 1 };

  it('keeps the limits where there is room', () => {
    for (const files of [524_288, 20_000, Infinity])
      expect(withinDescriptors(limits, files)).to.deep.equal(limits);
  });

  it('leaves half of the descriptors to the work of the daemon', () => {
    for (const files of [1024, 2048, 4096]) {
      const { maxConnections } = withinDescriptors(limits, files);
      expect(2 * (maxConnections + SPARE_CONNECTIONS)).to.equal(files / 2);
    }
  });

  it('lets a few connections in whatever the limit is', () => {
    expect(withinDescriptors(limits, 64).maxConnections).to.equal(16);
    expect(withinDescriptors({ maxConnections: 5 }, 64).maxConnections).to.equal(5);
  });
});
