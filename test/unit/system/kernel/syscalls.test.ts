import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  hasChanged,
  ioctl,
  isMountPoint,
  linkCount,
  locate,
  locateUnless,
  lockExclusively,
  openPathBelow,
  openUnless,
  pidfdOpen,
  pidfdSendSignal,
  SyscallError,
} from '../../../../src/system/kernel/syscalls.js';
import { mountAt, parseMountinfo } from '../../../../src/system/proc/mount-table.js';

/** More than there are process numbers. */
const NO_PID = 2 ** 31 - 1;

describe('pidfdOpen and pidfdSendSignal', () => {
  it('reach a process', () => {
    const pidfd = pidfdOpen(process.pid);
    // SIGWINCH is ignored by default.
    pidfdSendSignal(pidfd, 'SIGWINCH');
    closeSync(pidfd);
  });

  it('fail for one that there is not', () => {
    expect(() => pidfdOpen(NO_PID))
      .to.throw(SyscallError, 'pidfd_open: ESRCH')
      .with.property('code', 'ESRCH');
  });
});

describe('locate', () => {
  it('tells the mount, as mountinfo numbers it, and the device', () => {
    const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1'));
    const proc = mountAt(mounts, '/proc');
    expect(locate('/proc/version')).to.deep.equal({ mountId: proc?.id, device: proc?.device });
  });

  it('follows links', () => {
    expect(locate('/proc/self/cwd/.')).to.deep.equal(locate(process.cwd()));
  });

  it('fails for what is not there', () => {
    expect(() => locate('/no/such/file')).to.throw(SyscallError, 'statx: ENOENT');
  });
});

describe('locateUnless', () => {
  it('is what locate is, or nothing for an error that is expected', () => {
    expect(locateUnless('/proc/version', [])).to.deep.equal(locate('/proc/version'));
    expect(locateUnless('/no/such/file', ['ESRCH', 'ENOENT'])).to.be.undefined;
  });

  it('fails for any other', () => {
    expect(() => locateUnless('/no/such/file', ['ESRCH'])).to.throw('statx: ENOENT');
  });
});

describe('isMountPoint', () => {
  it('tells a mount from what lies on it, and from nothing', () => {
    expect(['/proc', '/proc/self/', '/no/such/file'].map(isMountPoint)).to.deep.equal([
      true,
      false,
      false,
    ]);
  });
});

describe('openPathBelow', () => {
  it('opens a directory several steps away, and follows no link on the way', () => {
    const proc = openSync('/proc', 'r');
    try {
      const opened = openPathBelow(proc, Buffer.from(`${process.pid}/task/${process.pid}`));
      closeSync(opened);
      for (const name of ['self/task', `${process.pid}/cwd`, `${process.pid}/root/proc`])
        expect(() => openPathBelow(proc, Buffer.from(name)), name).to.throw('openat2: ELOOP');
    } finally {
      closeSync(proc);
    }
  });
});

describe('hasChanged', () => {
  it('is not misled by signals', async function () {
    this.timeout(20_000);
    const ignore = () => undefined;
    process.on('SIGWINCH', ignore);
    const signals = `for (;;) process.kill(${process.pid}, 'SIGWINCH')`;
    const worker = new Worker(signals, { eval: true });
    const fd = openSync('/proc/self/mountinfo', 'r');
    try {
      await once(worker, 'online');
      const end = performance.now() + 500;
      while (performance.now() < end) hasChanged(fd);
    } finally {
      closeSync(fd);
      await worker.terminate();
      process.off('SIGWINCH', ignore);
    }
  });
});

describe('linkCount', () => {
  it('counts the threads of a process, as its directory of threads has two links more', () => {
    const threads = readdirSync('/proc/self/task').length;
    expect(linkCount('/proc/self/task')).to.equal(2 + threads);
    expect(linkCount(`/proc/${NO_PID}/task`)).to.be.undefined;
  });
});

describe('openUnless', () => {
  it('opens for reading, and not for programs that we start', () => {
    const fd = openUnless('/proc/self/fdinfo', []);
    if (fd === undefined) throw new Error('not open');
    const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    closeSync(fd);
    expect(parseInt(flags ?? '', 8) & 0o2000003).to.equal(0o2000000);
  });

  it('is nothing for an error that is expected, and fails for any other', () => {
    expect(openUnless('/no/such/file', ['ENOENT'])).to.be.undefined;
    expect(() => openUnless('/no/such/file', [])).to.throw(SyscallError, 'open: ENOENT');
  });
});

describe('ioctl', () => {
  it('fails with the code of the kernel', () => {
    const fd = openSync('/dev/null', 'r');
    expect(() => ioctl(fd, 0x4c82, 0)).to.throw(SyscallError, 'ioctl: ENOTTY');
    closeSync(fd);
  });
});

describe('lockExclusively', () => {
  it('fails for a descriptor that is not open', () => {
    expect(() => {
      lockExclusively(NO_PID);
    }).to.throw(SyscallError, 'flock: EBADF');
  });
});
