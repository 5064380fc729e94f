import { expect } from 'chai';
import { describe, it } from 'mocha';
import { BlockDeviceError } from '../../../src/base/errors.js';
import { DiskTemplates } from '../../../src/storage/disk-templates.js';
import { failureOf, fileDisk } from './fixtures.js';

describe('DiskTemplates', () => {
  for (const name of ['plain', 'drbd', 'rbd', 'diskless', 'no such', 'constructor', '__proto__'])
    it(`says that '${name}' is not served`, async () => {
      const templates = new DiskTemplates({});
      const disk = fileDisk('/srv/disk0', { dev_type: name });
      for (const work of [
        () => templates.create(disk, 1, false),
        () => templates.assemble(disk),
        () => templates.find(disk),
      ]) {
        const error = await failureOf(work());
        expect(error).to.be.instanceOf(BlockDeviceError);
        expect(error.message).to.equal(`Disk template '${name}' is not served`);
      }
    });
});
