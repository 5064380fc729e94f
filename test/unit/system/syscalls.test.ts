import { expect } from 'chai';
import { describe, it } from 'mocha';
import { closeSync, openSync, readFileSync } from 'node:fs';
import {
  ioctl,
  locate,
  lockExclusively,
  pidfdOpen,
  pidfdSendSignal,
  SyscallError,
} from '../../../src/system/syscalls.js';
import { mountAt, parseMountinfo } from '../../../src/system/mount-table.js';

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
