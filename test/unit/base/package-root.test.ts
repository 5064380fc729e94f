import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../src/base/package-root.js';

describe('packageRoot', () => {
  it('is found from deeper directories', () => {
    expect(packageRoot(join(packageRoot(), 'dist/src/rpc'))).to.equal(packageRoot());
  });

  it('fails where there is none', () => {
    const directory = mkdtempSync(join(tmpdir(), 'no-package-'));
    try {
      expect(() => packageRoot(directory)).to.throw(`No package.json in ${directory} or above`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
