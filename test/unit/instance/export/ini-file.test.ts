import { expect } from 'chai';
import { describe, it } from 'mocha';
import { RpcFailure } from '../../../../src/base/errors.js';
import { formatIni, parseIni, writeIni } from '../../../../src/instance/export/ini-file.js';

function sections(options: Record<string, string>) {
  return new Map([['os', new Map(Object.entries(options))]]);
}

describe('formatIni', () => {
  it("writes as Python's ConfigParser does", () => {
    const text = formatIni(sections({ Name: 'a', empty: '', long: 'one\ntwo' }));
    expect(text).to.equal('[os]\nname = a\nempty = \nlong = one\n\ttwo\n\n');
  });

  it('doubles percent signs, which ConfigParser would fill in', () => {
    expect(formatIni(sections({ a: '50% of %(b)s' }))).to.include('a = 50%% of %%(b)s\n');
  });

  for (const name of ['', 'a=b', 'a:b', 'a\nb', '#a', ';a', '[a]', ' a', 'a '])
    it(`refuses an option named ${JSON.stringify(name)}`, () => {
      expect(() => formatIni(sections({ [name]: 'x' }))).to.throw(RpcFailure, 'name of an option');
    });
});

describe('parseIni', () => {
  it('reads what writeIni writes, whatever is in it', () => {
    const text = '[export]\nversion = 0\n\n[os]\na = 50%%\nb = one\n\ttwo\n\t\n\tthree\nc = \n\n';
    const parsed = parseIni(text);
    expect(parsed.get('os')?.get('b')).to.equal('one\ntwo\n\nthree');
    expect(writeIni(parsed)).to.equal(text);
  });

  it('reads files that people have edited', () => {
    const parsed = parseIni('# note\r\n[A b]\r\nKEY: x = y\n  ; note\n   more\n\n\n[A b]\nk=\n');
    expect([...parsed.keys()]).to.deep.equal(['A b']);
    expect([...(parsed.get('A b') ?? [])]).to.deep.equal([
      ['key', 'x = y\nmore'],
      ['k', ''],
    ]);
  });

  it('takes no other line break than the usual for the end of a line', () => {
    for (const value of ['one\rtwo = 2', 'one\u2028[two]', 'one\u2029two: 2'])
      expect(parseIni(formatIni(sections({ a: value })))).to.deep.equal(sections({ a: value }));
  });

  it('names the line that it cannot read', () => {
    expect(() => parseIni('a = 1')).to.throw(RpcFailure, /^Line 1 is neither/);
    expect(() => parseIni('[a]\n\nnonsense')).to.throw(RpcFailure, /^Line 3 is neither/);
  });
});
