import { expect } from 'chai';
import { describe, it } from 'mocha';
import { checkProject } from '../../../../tools/supply-chain/project.js';

const PROJECT = new URL('../../../../../', import.meta.url).pathname;

describe('checkProject', () => {
  it('finds nothing wrong with this project', async () => {
    const checks = await checkProject(PROJECT);
    expect(checks.flatMap(({ problems }) => problems)).to.deep.equal([]);
    const licences = checks.find(({ title }) => title === 'licences at run time')?.summary;
    // The packages themselves were found, not only their names.
    expect(licences).to.match(/^\d\d packages: MIT \d\d, /);
  });
});
