import { expect } from 'chai';
import { beforeEach, describe, it } from 'mocha';
import { CommandError } from '../../../../src/system/command/command.js';
import { Mounter, UnmountError } from '../../../../src/system/mount/mounter.js';
import { FakeCommands } from '../../../support/fakes/fake-commands.js';
import { FakeMountTable } from '../../../support/fakes/fake-mount-table.js';
import { failureOf } from '../../storage/fixtures.js';

const ROOT = '/roots/inst1';

let table: FakeMountTable;
let commands: FakeCommands;
let mounter: Mounter;
beforeEach(() => {
  table = new FakeMountTable();
  commands = new FakeCommands();
  mounter = new Mounter({ commands, timeoutMs: 500, table });
});

/** The arguments of the program that unmounts whole trees, if it was run. */
function treeArguments(): readonly string[] | undefined {
  const found = commands.argvs.find(([, script = '']) => script.endsWith('unmount-tree-main.js'));
  return found?.slice(2);
}

describe('Mounter.mount', () => {
  it('mounts privately, without helper programs, within the time limit', async () => {
    await mounter.mount('/dev/loop7', ROOT, { isReadOnly: false });
    const [run] = commands.runs;
    expect(run?.argv).to.deep.equal([
      'mount',
      '-n',
      '-i',
      '--make-private',
      '--',
      '/dev/loop7',
      ROOT,
    ]);
    expect(run?.options).to.deep.equal({ timeoutMs: 500 });
  });

  it('mounts read-only', async () => {
    await mounter.mount('/dev/loop7', ROOT, { isReadOnly: true });
    expect(commands.argvs[0]?.join(' ')).to.include(' -o ro -- /dev/loop7 ');
  });

  it('fails as the program does', async () => {
    commands.end = () => ({ exitCode: 32, stderr: 'wrong fs type' });
    const error = await failureOf(mounter.mount('/dev/loop7', ROOT, { isReadOnly: false }));
    expect(error).to.be.instanceOf(CommandError).with.property('output', 'wrong fs type');
  });
});

describe('Mounter.unmountTree', () => {
  it('does nothing when nothing is mounted there', async () => {
    table.add('/roots/inst10').add('/roots/inst10/proc').add('/roots');
    await mounter.unmountTree(ROOT);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(commands.runs).to.deep.equal([]);
  });

  it('unmounts a single mount itself', async () => {
    table.add(ROOT);
    await mounter.unmountTree(ROOT);
    expect(commands.argvs).to.deep.equal([['umount', '-n', '-i', '-c', ROOT]]);
  });

  it('keeps the root when it is told to', async () => {
    table.add(ROOT);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(commands.runs).to.deep.equal([]);
  });

  it('has a program of its own unmount what others have named', async () => {
    table.add(ROOT).add(`${ROOT}/proc`);
    await mounter.unmountTree(ROOT);
    expect(treeArguments()).to.deep.equal([ROOT, 'all']);
    for (const { options } of commands.runs) expect(options.timeoutMs).to.equal(500);
  });

  it('has it unmount only what is below', async () => {
    table.add(ROOT).add(`${ROOT}/proc`);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(treeArguments()).to.deep.equal([ROOT, 'below']);
  });

  it('has it unmount what is over the root that stays', async () => {
    table.add(ROOT).add(ROOT);
    await mounter.unmountTree(ROOT, { keepRoot: true });
    expect(treeArguments()).to.deep.equal([ROOT, 'below']);
  });

  it('has it unmount what is mounted over the root', async () => {
    table.add(ROOT).add(ROOT);
    await mounter.unmountTree(ROOT);
    expect(treeArguments()).to.deep.equal([ROOT, 'all']);
  });

  it('names what is left, each with its reason', async () => {
    table.add(ROOT).add(`${ROOT}/a`).add(`${ROOT}/b`);
    const leftovers = [
      { mountPoint: `${ROOT}/a`, reason: 'EBUSY' },
      { mountPoint: `${ROOT}/b`, reason: 'hidden by another mount, or moved' },
    ];
    commands.end = ([program]) =>
      program === 'mount' ? {} : { exitCode: 3, stdout: JSON.stringify(leftovers) };
    const error = await failureOf(mounter.unmountTree(ROOT));
    expect(error).to.be.instanceOf(UnmountError).with.deep.property('leftovers', leftovers);
    expect(error.message).to.equal(
      `${ROOT}/a: EBUSY; ${ROOT}/b: hidden by another mount, or moved`,
    );
  });

  it('says why a single mount is left', async () => {
    table.add(ROOT);
    const leftovers = [{ mountPoint: ROOT, reason: `EBUSY (/dev/loop3 is over ${ROOT}/image)` }];
    commands.end = ([program]) =>
      program === 'umount'
        ? { exitCode: 32, stderr: 'umount: target is busy.\n' }
        : { exitCode: 3, stdout: JSON.stringify(leftovers) };
    const error = await failureOf(mounter.unmountTree(ROOT));
    expect(error).to.be.instanceOf(UnmountError);
    expect(error.message).to.equal(`${ROOT}: EBUSY (/dev/loop3 is over ${ROOT}/image)`);
  });

  it('fails when it takes too long', async () => {
    table.add(ROOT);
    commands.end = () => ({ timedOut: true });
    expect(await failureOf(mounter.unmountTree(ROOT))).to.be.instanceOf(CommandError);
    table.add(`${ROOT}/a`);
    expect(await failureOf(mounter.unmountTree(ROOT))).to.be.instanceOf(CommandError);
  });

  it('fails when the program breaks', async () => {
    table.add(ROOT).add(`${ROOT}/a`);
    commands.end = ([program]) =>
      program === 'mount' ? {} : { exitCode: 1, stderr: 'TypeError: a mistake' };
    const error = await failureOf(mounter.unmountTree(ROOT));
    expect(error).to.be.instanceOf(CommandError).with.property('output', 'TypeError: a mistake');
  });
});
