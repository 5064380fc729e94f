import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import {
  exportInfo,
  type ExportsParts,
  finalizeExport,
  listExports,
  removeExport,
} from '../../../../src/instance/export/exports.js';
import { failureOf, fileDisk, instanceWith } from '../../storage/fixtures.js';

describe('finalizeExport and its like', () => {
  let root: string;
  let directory: string;
  let exports: ExportsParts;
  const disk = fileDisk('/srv/disk0');
  const instance = instanceWith([disk], { beparams: { maxmem: 16, minmem: 16, vcpus: 1 } });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    directory = join(root, 'export');
    exports = {
      exportDir: directory,
      clock: { wallTime: () => new Date(0) },
    };
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  async function arrive(text: string): Promise<void> {
    await mkdir(join(directory, 'inst1.lab.test.new'), { recursive: true });
    await writeFile(join(directory, 'inst1.lab.test.new', 'dump'), text);
  }

  it('puts a new export in the place of the older one, all of it', async () => {
    await arrive('old');
    await writeFile(join(directory, 'inst1.lab.test.new', 'only-in-old'), '');
    await finalizeExport(exports, instance, [disk]);
    await arrive('new');
    await finalizeExport(exports, instance, [disk]);
    expect(await readdir(directory)).to.deep.equal(['inst1.lab.test']);
    expect((await readdir(join(directory, 'inst1.lab.test'))).sort()).to.deep.equal([
      'config.ini',
      'dump',
    ]);
    expect(await readFile(join(directory, 'inst1.lab.test/dump'), 'utf8')).to.equal('new');
    const { mode } = await stat(join(directory, 'inst1.lab.test/config.ini'));
    expect(mode & 0o777).to.equal(0o600);
  });

  it('goes on after it was killed while it replaced one', async () => {
    await mkdir(join(directory, '.inst1.lab.test.old'), { recursive: true });
    await writeFile(join(directory, '.inst1.lab.test.old/dump'), '');
    await arrive('new');
    await finalizeExport(exports, instance, [disk]);
    expect(await readdir(directory)).to.deep.equal(['inst1.lab.test']);
  });

  it('writes into no directory that is a link', async () => {
    await mkdir(directory);
    await mkdir(join(root, 'victim'));
    await symlink(join(root, 'victim'), join(directory, 'inst1.lab.test.new'));
    expect((await failureOf(finalizeExport(exports, instance, [disk]))).message).to.include(
      'is not a directory',
    );
    expect(await readdir(join(root, 'victim'))).to.deep.equal([]);
  });

  it('changes nothing when the instance lacks something', async () => {
    await arrive('new');
    await failureOf(finalizeExport(exports, { ...instance, beparams: {} }, [disk]));
    expect(await readdir(join(directory, 'inst1.lab.test.new'))).to.deep.equal(['dump']);
  });

  it('lists what is not hidden, sorted', async () => {
    expect((await failureOf(listExports(exports))).message).to.equal('No exports directory');
    for (const name of ['b', 'a', '.hidden'])
      await mkdir(join(directory, name), { recursive: true });
    expect(await listExports(exports)).to.deep.equal(['a', 'b']);
  });

  it('removes an export, and says why it could not', async () => {
    await arrive('x');
    await removeExport(exports, 'inst1.lab.test.new');
    expect(await listExports(exports)).to.deep.equal([]);
    const error = await failureOf(removeExport(exports, 'inst1.lab.test.new'));
    expect(error.message).to.match(/^Error while removing the export: No such file or directory/i);
    for (const name of ['..', '.', '', 'a/b', 'a\0b'])
      expect(await failureOf(removeExport(exports, name))).to.be.instanceOf(RpcFailure);
  });

  it('tells of an export only when it is whole', async () => {
    await arrive('x');
    const file = join(directory, 'inst1.lab.test.new', 'config.ini');
    const path = join(directory, 'inst1.lab.test.new');
    for (const text of ['', '[export]\n', '[instance]\nname = x\n']) {
      await writeFile(file, text);
      expect((await failureOf(exportInfo(exports, path))).message).to.equal(
        "Export info file doesn't have the required fields",
      );
    }
    await writeFile(file, '[export]\nos=x\n[instance]\n');
    expect(await exportInfo(exports, path)).to.equal('[export]\nos = x\n\n[instance]\n\n');
  });

  it('says why an export cannot be read', async () => {
    await mkdir(directory);
    const error = await failureOf(exportInfo(exports, join(directory, 'a'.repeat(256))));
    expect(error).to.be.instanceOf(RpcFailure);
    expect(error.message).to.match(/^Can't read the export's file: Name too long$/i);
  });
});
