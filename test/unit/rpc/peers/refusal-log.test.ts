import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RefusalLog } from '../../../../src/rpc/peers/refusal-log.js';
import { eventually } from '../../../../tools/kit/eventually.js';
import { type LogLine, recordingLogger } from '../fakes.js';

describe('RefusalLog', () => {
  const stranger = { remoteAddress: '10.9.9.9', reason: 'no certificate' };
  let lines: LogLine[];
  let log: RefusalLog;

  beforeEach(() => {
    const recording = recordingLogger();
    lines = recording.lines;
    log = new RefusalLog(recording.logger, { linesAtOnce: 1 });
  });
  afterEach(() => {
    log.close();
  });

  it('logs the first line at once, with all that is in it, and counts the same again', () => {
    for (let count = 0; count < 1000; count++)
      log.warn('peer refused', { ...stranger, digest: count });
    const first = { level: 'warn', message: 'peer refused', ...stranger, digest: 0 };
    expect(lines).to.deep.equal([first]);
    log.sumUp();
    const sum = { what: 'peer refused', ...stranger, count: 999 };
    expect(lines).to.deep.equal([first, { level: 'warn', message: 'the same again', ...sum }]);
  });

  it('logs the first ten of a kind one by one', () => {
    const { logger, lines: own } = recordingLogger();
    const patient = new RefusalLog(logger);
    for (let count = 0; count < 25; count++)
      patient.warn('peer refused', { ...stranger, digest: count });
    patient.close();
    const digests = own.map(({ digest }) => digest);
    expect(digests).to.deep.equal([...Array.from({ length: 10 }, (_, index) => index), undefined]);
    expect(own.at(-1)).to.include({ message: 'the same again', count: 15 });
  });

  it('tells apart messages, addresses and reasons', () => {
    log.info('connection ended', { remoteAddress: '10.9.9.9' });
    log.warn('peer refused', stranger);
    log.warn('peer refused', { ...stranger, reason: 'expired' });
    log.warn('peer refused', { ...stranger, remoteAddress: '10.9.9.8' });
    expect(lines.map(({ level }) => level)).to.deep.equal(['info', 'warn', 'warn', 'warn']);
  });

  it('goes on counting what goes on, and forgets what does not', () => {
    for (let count = 0; count < 3; count++) {
      log.warn('peer refused', stranger);
      log.warn('peer refused', stranger);
      log.sumUp();
    }
    expect(lines.map(({ count }) => count)).to.deep.equal([undefined, 1, 2, 2]);
    log.sumUp();
    log.warn('peer refused', stranger);
    expect(lines.map(({ count }) => count)).to.deep.equal([undefined, 1, 2, 2, undefined]);
  });

  it('remembers so many and no more, and counts the rest together', () => {
    for (let count = 0; count < 10_000; count++)
      log.warn('peer refused', { remoteAddress: `2001:db8::${count}` });
    expect(lines).to.have.length.below(300);
    log.sumUp();
    const rest = 10_000 - lines.length + 1;
    expect(lines.at(-1)).to.include({ what: 'others', remoteAddress: 'others', count: rest });
  });

  it('sums up by itself once in a while, and at the end', async () => {
    const { logger, lines: own } = recordingLogger();
    const quick = new RefusalLog(logger, { intervalMs: 5, linesAtOnce: 1 });
    quick.warn('peer refused', stranger);
    quick.warn('peer refused', stranger);
    await eventually(() => own.length === 2);
    quick.warn('peer refused', stranger);
    quick.close();
    expect(own).to.have.length.above(2);
  });
});
