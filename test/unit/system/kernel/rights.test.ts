import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  canGiveFilesAway,
  hasCapability,
  isInUserNamespace,
  maxOpenFiles,
  missingMountRight,
} from '../../../../src/system/kernel/rights.js';

const ALL = '000001ffffffffff';
const WITHOUT_ADMIN = '000001ffffdfffff';
const INITIAL = '         0          0 4294967295\n';

let self: string;
beforeEach(() => {
  self = mkdtempSync(join(tmpdir(), 'noded-rights-'));
});
afterEach(() => {
  rmSync(self, { recursive: true });
});

function process(effective: string, uidMap = INITIAL): void {
  writeFileSync(join(self, 'status'), `Name:\tnode\nCapPrm:\t${ALL}\nCapEff:\t${effective}\n`);
  writeFileSync(join(self, 'uid_map'), uidMap);
}

describe('hasCapability', () => {
  it('looks at what is in effect', () => {
    process(WITHOUT_ADMIN);
    expect(hasCapability('CAP_SYS_ADMIN', self)).to.be.false;
    expect(hasCapability('CAP_SYS_CHROOT', self)).to.be.true;
    process('0000000000200000');
    expect(hasCapability('CAP_SYS_ADMIN', self)).to.be.true;
    expect(hasCapability('CAP_SYS_CHROOT', self)).to.be.false;
  });
});

describe('isInUserNamespace', () => {
  it('is true unless every user is itself', () => {
    process(ALL);
    expect(isInUserNamespace(self)).to.be.false;
    for (const map of ['0 65534 1\n', '0 100000 65536\n', '0 0 1000\n1000 101000 1000\n', '']) {
      process(ALL, map);
      expect(isInUserNamespace(self), map).to.be.true;
    }
  });
});

describe('canGiveFilesAway', () => {
  it('is for root of the machine', () => {
    process(ALL);
    expect(canGiveFilesAway(self)).to.be.true;
    process('000001fffffffffe');
    expect(canGiveFilesAway(self)).to.be.false;
    process(ALL, '0 1000 1\n');
    expect(canGiveFilesAway(self)).to.be.false;
  });
});

describe('missingMountRight', () => {
  it('is nothing for root of the machine', () => {
    process(ALL);
    expect(missingMountRight(self)).to.be.undefined;
  });

  it('names the capability, and the user namespace', () => {
    process(WITHOUT_ADMIN);
    expect(missingMountRight(self)).to.equal('CAP_SYS_ADMIN is missing');
    process(ALL, '0 1000 1\n');
    expect(missingMountRight(self)).to.equal('in a user namespace the kernel mounts no disks');
  });
});

describe('maxOpenFiles', () => {
  const limits = (soft: string) => {
    const heads = 'Limit                     Soft Limit           Hard Limit           Units\n';
    writeFileSync(
      join(self, 'limits'),
      `${heads}Max open files            ${soft}  524288  files\n`,
    );
  };

  it('is the limit that is in force', () => {
    limits('1024');
    expect(maxOpenFiles(self)).to.equal(1024);
    expect(maxOpenFiles()).to.be.above(16);
  });

  it('is without end where there is none', () => {
    limits('unlimited');
    expect(maxOpenFiles(self)).to.equal(Infinity);
  });
});
