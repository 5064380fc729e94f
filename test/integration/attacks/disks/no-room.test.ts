import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, it } from 'mocha';
import { failureOf } from '../../../support/failure.js';
import { BrokenDirectories } from '../../../support/machine/broken-directories.js';
import { expectLogged } from '../../../support/node/logged.js';
import { describeAsRoot, useNode } from '../../../support/node/suite.js';
import { makeOs } from '../../../unit/os/fixtures.js';

const PLAIN = 0;
const OLD = 'old\n';
const NEW = 'new\n'.repeat(2_000);

/** Calls that replace a file below the directory of data. */
const REPLACING: [call: string, file: string, params: (path: string, text: string) => unknown[]][] =
  [
    [
      'upload_file',
      'known_hosts',
      (path, text) => [[path, [PLAIN, text], 0o600, 'root', 'root', null, null]],
    ],
    ['jobqueue_update', 'queue/job-1', (path, text) => [path, [PLAIN, text]]],
    [
      'write_ssconf_files',
      'ssconf_node_list',
      (_, text) => [{ node_list: text, cluster_tags: text }],
    ],
  ];

describeAsRoot('a daemon that can write nothing', () => {
  const directories = new BrokenDirectories();
  // Before those of the node, which looks for what is left.
  afterEach(() => directories.restore());
  const node = useNode();

  const troubles: [what: string, make: (path: string) => Promise<void>, words: RegExp][] = [
    ['full', (path) => directories.fill(path), /no space left/i],
    ['read-only', (path) => directories.makeReadOnly(path), /read-only/i],
  ];
  for (const [what, make, words] of troubles) {
    for (const [call, file, params] of REPLACING)
      it(`keeps the old file when its directory of data is ${what}: ${call}`, async () => {
        const path = join(node().stateDir, 'lib', file);
        await node().call(call, params(path, OLD));
        await make(join(node().stateDir, 'lib'));
        const before = await readdir(join(node().stateDir, 'lib'), { recursive: true });
        const error = await failureOf(node().call(call, params(path, NEW)));
        expect(error.message).to.match(words);
        await expectLogged(node(), call, error);
        expect(await readFile(path, 'utf8')).to.equal(OLD);
        expect(await readdir(join(node().stateDir, 'lib'), { recursive: true })).to.have.members(
          before,
        );
        await directories.restore();
        await node().call(call, params(path, NEW));
        expect(await readFile(path, 'utf8')).to.equal(NEW);
      });

    it(`installs nothing when its log directory is ${what}, and says why`, async () => {
      await makeOs(join(node().stateDir, 'os/busybox'), {
        create: '#!/bin/sh\necho installed >"$DISK_0_PATH"\n',
      });
      await mkdir(join(node().stateDir, 'file-storage/inst1'), { recursive: true });
      await writeFile(node().diskPath('inst1'), OLD);
      await make(join(node().stateDir, 'log'));
      const add = () => node().call('instance_os_add', [node().instance('inst1'), false, 0]);
      const error = await failureOf(add());
      expect(error.message).to.match(words);
      await expectLogged(node(), 'instance_os_add', error);
      expect(await readFile(node().diskPath('inst1'), 'utf8')).to.equal(OLD);
      await directories.restore();
      await add();
      expect(await readFile(node().diskPath('inst1'), 'utf8')).to.equal('installed\n');
    });
  }
});
