import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type IallocatorsParts, runIallocator } from '../../../../src/node/programs/iallocators.js';
import { Commands } from '../../../../src/system/command/command.js';
import { failureOf } from '../../storage/fixtures.js';
import { recordedParams } from '../fixtures.js';

describe('runIallocator', () => {
  let root: string;
  let allocators: IallocatorsParts;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    for (const name of ['first', 'second', 'tmp']) await mkdir(join(root, name));
    allocators = make(10_000);
  });
  afterEach(() => rm(root, { recursive: true }));

  function make(timeoutMs: number): IallocatorsParts {
    return {
      iallocatorSearchPath: ['missing', 'first', 'second'].map((name) => join(root, name)),
      temporaryDir: join(root, 'tmp'),
      commands: new Commands(),
      scriptTimeoutMs: timeoutMs,
    };
  }

  async function program(path: string, script: string): Promise<void> {
    await writeFile(join(root, path), `#!/bin/sh\n${script}\n`);
    await chmod(join(root, path), 0o755);
  }

  it('gives the program its question in a file that is gone afterwards', async () => {
    await program('second/hail', 'stat -c %a "$1"; cat "$1"');
    const [[, input] = []] = recordedParams('iallocator_runner');
    expect(await runIallocator(allocators, 'hail', String(input), {})).to.equal(
      `600\n${String(input)}`,
    );
    expect(await readdir(join(root, 'tmp'))).to.be.empty;
  });

  it('takes the first program in the search path, and passes options on', async () => {
    await program('first/hail', 'shift; echo "$@"');
    await program('second/hail', 'echo no');
    expect(
      await runIallocator(allocators, 'hail', '', { verbose: null, limit: '$(x) 1' }),
    ).to.equal('--verbose --limit=$(x) 1\n');
  });

  it('gives a long answer whole', async () => {
    await program('first/hail', 'head -c 1000000 /dev/zero | tr "\\0" x');
    expect(await runIallocator(allocators, 'hail', '', {})).to.have.lengthOf(1_000_000);
  });

  it('fails in the words of Ganeti', async () => {
    await program('first/hail', 'echo "bad\\033[0m"; echo input >&2; exit 2');
    expect((await failureOf(runIallocator(allocators, 'hail', '', {}))).message).to.equal(
      "iallocator module 'hail' failed: exited with exit code 2, output 'bad\\x1b[0m\ninput\n'",
    );
    await program('first/hail', 'sleep 60');
    expect((await failureOf(runIallocator(make(200), 'hail', '', {}))).message).to.equal(
      "iallocator module 'hail' failed: timed out after 0.2 s, output ''",
    );
    expect(await readdir(join(root, 'tmp'))).to.be.empty;
    for (const name of ['', 'none', '..', '../first/hail', 'hail\n', 'a'.repeat(256)])
      expect((await failureOf(runIallocator(allocators, name, '', {}))).message).to.equal(
        `iallocator module '${name}' not found in the search path`,
      );
  });
});
