import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { fileInfo } from '../../../../src/node/files/file-info.js';

describe('fileInfo', () => {
  it('knows the size of a file', async () => {
    const path = fileURLToPath(import.meta.url);
    expect(await fileInfo(path)).to.deep.equal([true, { size: (await stat(path)).size }]);
  });

  it('knows nothing of what is not there', async () => {
    for (const path of ['/nonexistent', '/etc/passwd/x', 'etc/nonexistent', '/etc\0', ''])
      expect(await fileInfo(path)).to.deep.equal([false, {}]);
  });
});
