import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { packageRoot } from '../../../src/base/package-root.js';

describe('packageRoot', () => {
  it('is found from deeper folders', () => {
    expect(packageRoot(join(packageRoot(), 'dist/src/rpc'))).to.equal(packageRoot());
  });

  it('fails where there is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'no-package-'));
    try {
      expect(() => packageRoot(folder)).to.throw(`No package.json in ${folder} or above`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
