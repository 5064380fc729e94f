import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  type Circumstances,
  headerLines,
  numberText,
  type Part,
  ratioText,
  type RowReport,
  tableLines,
} from '../../../../../tools/bench/report/report.js';

const FACTS: Circumstances = {
  machine: { processor: 'A processor', cores: 2, memoryMiB: 4096, kernel: '6.1.0', load: 0.1 },
  versions: { node: '20.19.0', ours: '0.1.0 (abc)' },
  date: '2026-01-02T03:04:05.000Z',
  command: 'scripts/bench --quick',
  quick: true,
};

describe('headerLines', () => {
  it('says on what, with what, when and how it was measured', () => {
    expect(headerLines(FACTS)).to.deep.equal([
      'machine   A processor, 2 cores, 4096 MiB, Linux 6.1.0',
      'versions  Node.js 20.19.0, chroot-noded 0.1.0 (abc)',
      'run       2026-01-02T03:04:05.000Z, scripts/bench --quick',
    ]);
  });

  it('warns when the machine had other work', () => {
    const busy = { ...FACTS, machine: { ...FACTS.machine, load: 3.14 } };
    expect(headerLines(busy).at(-1)).to.match(/^BUSY .*load 3\.1/);
  });
});

describe('tableLines', () => {
  const partOf = (...rows: RowReport[]): Part => ({ beside: 'Ganeti 3.0.2-3, Debian 12', rows });
  const throughput = {
    what: 'throughput',
    unit: 'calls/s',
    stock: 20,
    ours: 250,
    limit: 500,
    targets: [
      { text: '>= 8x of stock', holds: true },
      { text: '>= 85 % of the limit', holds: false },
    ],
  };
  const latency = {
    what: 'time of a call',
    unit: 'ms',
    ours: 1.234,
    p99: { ours: 12.345 },
    targets: [],
    note: 'stock has none',
  };
  const row = { name: 'version', what: 'a number', seconds: 1, figures: [throughput, latency] };

  it('shows each figure with its ratios and targets, and its note below', () => {
    const [beside, , , heading, first = '', second = '', note] = tableLines(partOf(row));
    expect(beside).to.equal('Ganeti 3.0.2-3, Debian 12');
    expect(heading).to.equal('version: a number');
    expect(first.trim().split(/ {2,}/)).to.deep.equal([
      'throughput',
      'calls/s',
      '20.0',
      '250',
      '500',
      '12.5x',
      '0.500x',
      'yes >= 8x of stock, NO >= 85 % of the limit',
    ]);
    expect(second).to.match(/ ms +- +1\.23 \(12\.3\) +- +- +-$/);
    expect(note?.trim()).to.equal('stock has none');
  });

  it('says of a target against stock that is missed what the limit reaches, and of no other', () => {
    const targets = [
      { text: '>= 40x of stock', holds: false, isAgainstStock: true },
      { text: '>= 8x of stock', holds: true, isAgainstStock: true },
      { text: '>= 85 % of the limit', holds: false },
    ];
    const [, , , , line] = tableLines(partOf({ ...row, figures: [{ ...throughput, targets }] }));
    expect(line).to.match(
      / NO >= 40x of stock \(the limit itself reaches 25\.0x\), yes >= 8x of stock, NO >= 85 % of the limit$/,
    );
  });

  it('counts the targets, held or not', () => {
    expect(tableLines(partOf(row))).to.include('1 of 2 targets hold.');
  });

  it('says what could not be measured', () => {
    const failed = { ...row, name: 'memory', figures: [], failure: 'no such process' };
    const lines = tableLines(partOf(row, failed));
    expect(lines).to.include('  COULD NOT BE MEASURED: no such process');
    expect(lines).to.include('1 of 2 targets hold; 1 of 2 rows could not be measured.');
  });
});

describe('numberText', () => {
  it('has three digits that count', () => {
    expect([1234.5, 123.45, 12.345, 1.2345, 0.12345].map(numberText)).to.deep.equal([
      '1235',
      '123',
      '12.3',
      '1.23',
      '0.123',
    ]);
  });

  it('shows nothing for what is no number', () => {
    expect(numberText(NaN)).to.equal('-');
  });
});

describe('ratioText', () => {
  it('is left out where there is nothing to divide by', () => {
    expect(ratioText(6, 3)).to.equal('2.00x');
    expect(ratioText(6, undefined)).to.equal('-');
    expect(ratioText(6, 0)).to.equal('-');
  });
});
