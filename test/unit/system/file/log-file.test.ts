import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  constants,
  mkdir,
  mkdtemp,
  open as openHandle,
  readdir,
  readlink,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { LogFile } from '../../../../src/system/file/log-file.js';
import { eventually } from '../../../../tools/kit/eventually.js';

const run = promisify(execFile);

describe('LogFile', () => {
  let directory: string;
  let path: string;
  let lost: number[];
  let opened: LogFile[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
    path = join(directory, 'file');
    lost = [];
    opened = [];
  });
  afterEach(async () => {
    for (const file of opened) await file.close();
    await rm(directory, { recursive: true });
  });

  function open(at = path): LogFile {
    const file = new LogFile(at, { onLinesLost: (count) => lost.push(count) });
    opened.push(file);
    return file;
  }

  function text(at = path): string {
    return readFileSync(at, 'utf8');
  }

  /** What this process has open. */
  async function openFiles(): Promise<string[]> {
    const fds = await readdir('/proc/self/fd');
    return Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  }

  it('has each line in the file when `written` resolves, in order', async () => {
    const file = open();
    let expected = '';
    for (let round = 0; round < 20; round++) {
      for (let count = 0; count < 50; count++) {
        const line = `line ${round} ${count}\n`;
        file.write(line);
        expected += line;
      }
      await file.written();
      expect(text()).to.equal(expected);
    }
  });

  it('makes a file that others cannot read', async () => {
    open();
    expect((await stat(path)).mode & 0o137).to.equal(0);
  });

  it('fails at once when it cannot be opened', () => {
    expect(() => open(join(directory, 'none', 'file'))).to.throw('ENOENT');
  });

  it('closes the file', async () => {
    const file = open();
    file.write('last\n');
    await file.close();
    expect(text()).to.equal('last\n');
    await eventually(async () => !(await openFiles()).includes(path));
  });

  describe('reopen', () => {
    it('follows the path after the file was moved away, and closes that', async () => {
      const file = open();
      file.write('one\n');
      await rename(path, `${path}.1`);
      file.write('two\n');
      await file.reopen();
      file.write('three\n');
      await file.written();
      expect(text(`${path}.1`)).to.equal('one\ntwo\n');
      expect(text()).to.equal('three\n');
      await eventually(async () => !(await openFiles()).includes(`${path}.1`));
    });

    it('stays with the file of before when the path cannot be opened', async () => {
      const file = open();
      await rename(path, `${path}.1`);
      await mkdir(path);
      const error = await file.reopen().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(String(error)).to.include('EISDIR');
      file.write('kept\n');
      await file.written();
      expect(text(`${path}.1`)).to.equal('kept\n');
    });

    it('takes the place of a file that no longer takes lines', async () => {
      const pipe = join(directory, 'full');
      await run('ln', ['-s', '/dev/full', pipe]);
      const file = open(pipe);
      file.write('lost\n');
      await file.written();
      await rm(pipe);
      await file.reopen();
      file.write('kept\n');
      await file.written();
      expect(text(pipe)).to.equal('kept\n');
    });
  });

  describe('on a full disk', () => {
    it('lets nobody wait', async () => {
      const file = open('/dev/full');
      for (let count = 0; count < 100; count++) file.write('lost\n');
      await file.written();
      await file.written();
    });

    /** A limit of the size of files stands for the disk: it can be raised again. */
    const limitFiles = (bytes: string) =>
      run('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);

    it('goes on when there is room again, also when not one more line could wait', async () => {
      const file = open();
      // It would end the process where it is not ignored.
      const ignore = () => undefined;
      process.on('SIGXFSZ', ignore);
      await limitFiles('10000');
      try {
        for (let count = 0; count < 2_000; count++) file.write(`${'x'.repeat(999)}\n`);
        await file.written();
        // Not one byte more can wait now.
        for (let count = 0; count < 6_000; count++) file.write('y\n');
      } finally {
        await limitFiles('unlimited');
        process.off('SIGXFSZ', ignore);
      }
      expect(lost).to.deep.equal([]);
      file.write('z\n');
      await eventually(() => lost.length > 0);
      file.write('last\n');
      await file.written();
      expect(text().endsWith('\nlast\n')).to.equal(true);
    });
  });

  /** A named pipe that nobody reads stands for a disk that hangs: writes to it wait. */
  describe('on a disk that hangs', () => {
    it('waits once, keeps a bounded amount of lines, and says how many were lost when it goes on', async () => {
      const pipe = join(directory, 'pipe');
      await run('mkfifo', [pipe]);
      // For writing, too, or opening it would wait for a writer.
      const reader = await openHandle(pipe, constants.O_RDWR | constants.O_NONBLOCK);
      const read = () =>
        reader.read().then(
          ({ bytesRead }) => bytesRead,
          () => 0,
        );
      try {
        const file = open(pipe);
        for (let count = 0; count < 5_000; count++) file.write(`${'x'.repeat(999)}\n`);
        await file.written();
        await file.written();
        expect(lost).to.deep.equal([]);
        let keptBytes = 0;
        await eventually(async () => {
          for (let bytes; (bytes = await read()) > 0;) keptBytes += bytes;
          return lost.length > 0;
        });
        expect(lost).to.deep.equal([5_000 - keptBytes / 1_000]);
        expect(keptBytes).to.be.within(900_000, 1_200_000);
      } finally {
        await reader.close();
      }
    });
  });
});
