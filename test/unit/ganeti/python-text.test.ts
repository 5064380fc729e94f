import { inspect } from 'node:util';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { pythonFloat, pythonText } from '../../../src/ganeti/python-text.js';

describe('pythonText', () => {
  const renderings: readonly [unknown, string][] = [
    [true, 'True'],
    [false, 'False'],
    [null, 'None'],
    [undefined, 'None'],
    ['', ''],
    ['True', 'True'],
    [0, '0'],
    [16, '16'],
    [-1, '-1'],
    [2 ** 70, '1180591620717411303424'],
    [0.5, '0.5'],
    [['a', 1], '["a",1]'],
  ];
  for (const [value, text] of renderings)
    it(`renders ${inspect(value)} as ${text}`, () => {
      expect(pythonText(value)).to.equal(text);
    });
});

describe('pythonFloat', () => {
  const renderings: readonly [number, string][] = [
    [1795393038.787658, '1795393038.787658'],
    [1795393038, '1795393038.0'],
    [0, '0.0'],
    [-2.5, '-2.5'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e-10, '1e-10'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1e100, '1e+100'],
  ];
  for (const [value, text] of renderings)
    it(`renders ${String(value)} as ${text}`, () => {
      expect(pythonFloat(value)).to.equal(text);
    });
});
