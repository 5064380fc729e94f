import { expect } from 'chai';
import { describe, it } from 'mocha';
import { isHelperKilled, isUnanswered, LogJudge } from '../../../../../tools/soak/load/excuses.js';

const KILLED = 'the helper that worked on /s/disk0 was ended by SIGKILL';

describe('isHelperKilled', () => {
  it('takes the failure of a job whose helper was killed, and of one that waited for a helper', () => {
    expect(isHelperKilled(`Can't mount the chroot dir: /s/disk0: ${KILLED}`)).to.equal(true);
    expect(isHelperKilled('a helper could not be started: was ended by SIGKILL')).to.equal(true);
  });

  it('takes no other failure of a helper', () => {
    for (const other of [
      'the helper that worked on /s/disk0 was ended by SIGSEGV',
      'the helper that worked on /s/disk0 exited with exit code 1',
      'a helper could not be started: exited with exit code 1',
      'no answer from /s/disk0 within 3 s, and SIGKILL has not ended the helper that waits for it',
      'no helper was free to look at /s/disk0',
      'script was ended by SIGKILL',
    ])
      expect(isHelperKilled(other), other).to.equal(false);
  });
});

describe('isUnanswered', () => {
  it('takes what names the disk that hangs, or its instance', () => {
    for (const failure of [
      'Failed to find device: no answer from /s/file-storage/hanging within 3 s',
      'no answer from /s/file-storage/hanging: a helper that was given up waits for it still',
      "Can't umount: no answer from /s/run/hanging.example.com within 3 s, and SIGKILL has not",
      'no answer from /s/file-storage/hanging/disk',
    ])
      expect(isUnanswered(failure), failure).to.equal(true);
  });

  it('takes no failure of another disk', () => {
    for (const failure of [
      'no answer from /s/file-storage/inst0/disk0 within 3 s',
      'no answer from /s/file-storage/hanging-not within 3 s',
      'all helpers wait for what does not answer: /s/file-storage/hanging',
      'can not open /s/file-storage/hanging/disk',
    ])
      expect(isUnanswered(failure), failure).to.equal(false);
  });
});

describe('LogJudge', () => {
  const line = (message: string, more: object = {}) => ({ level: 'error', message, ...more });
  const undo = (instance: string, reason: string) => line('undo failed', { instance, reason });
  const busy = "EBUSY: resource busy or locked, rmdir '/s/run/inst1'";
  const complaints = (...lines: ReturnType<typeof line>[]) => {
    const judge = new LogJudge();
    return lines.map((each) => judge.complaintOf(each));
  };

  it('complains of errors, and of what is no line of the log', () => {
    expect(complaints(line('what'), { level: 'stderr', message: 'a warning' })).to.deep.equal([
      '{"level":"error","message":"what"}',
      'a warning',
    ]);
    expect(complaints({ level: 'warn', message: 'what' })).to.deep.equal([undefined]);
  });

  it('excuses what could not be undone without a helper, and the directory that stays for that', () => {
    expect(complaints(undo('inst1', KILLED), undo('inst1', busy))).to.deep.equal([
      undefined,
      undefined,
    ]);
  });

  it('complains of a directory that stays though nothing went wrong before, or of another instance', () => {
    const found = complaints(
      undo('inst1', busy),
      undo('inst2', KILLED),
      undo('inst1', busy),
      undo('inst2', busy),
      undo('inst2', busy),
    );
    expect(found.map((complaint) => complaint !== undefined)).to.deep.equal([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('complains of what could not be undone for another reason, and of other errors with the same', () => {
    expect(complaints(undo('inst1', 'ENOSPC'), line(KILLED, { reason: KILLED }))).to.not.include(
      undefined,
    );
  });
});
