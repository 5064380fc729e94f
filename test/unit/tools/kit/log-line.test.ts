import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseLogLine } from '../../../../tools/kit/log-line.js';

describe('parseLogLine', () => {
  it('reads a line of the format json', () => {
    const line = { level: 'info', message: 'listening', port: 1811, timestamp: 'now' };
    expect(parseLogLine(JSON.stringify(line))).to.deep.equal(line);
  });

  it('reads a line of the format text, with data in quotes and without', () => {
    const line = String.raw`2026-11-29T12:00:00.000Z WARN  peer refused reason="no \"certificate\"" port=1811`;
    expect(parseLogLine(line)).to.deep.equal({
      level: 'warn',
      message: 'peer refused',
      reason: String.raw`"no \"certificate\""`,
      port: '1811',
    });
  });

  it('reads a line of the format text without data', () => {
    expect(parseLogLine('2026-11-29T12:00:00.000Z ERROR it fails')).to.deep.equal({
      level: 'error',
      message: 'it fails',
    });
  });

  it('takes any other line as it is', () => {
    const line = '(node:1) Warning: something is deprecated';
    expect(parseLogLine(line)).to.deep.equal({ level: 'stderr', message: line });
  });
});
