/** Properties of texts that we write for others to read: shells, Python, terminals, and our own readers. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { RpcFailure } from '../../../src/base/errors.js';
import { escapeControl, safeEncode } from '../../../src/base/text.js';
import { pythonText } from '../../../src/ganeti/python-text.js';
import { shellCommand } from '../../../src/ganeti/shell-quote.js';
import { formatIni, parseIni, writeIni } from '../../../src/instance/export/ini-file.js';
import { decodedContent, type EncodedContent } from '../../../src/node/files/encoded-content.js';
import { fileName, textOf, valueUnless } from './texts.js';

const run = promisify(execFile);
const isFailure = (error: unknown) => error instanceof RpcFailure;

describe('texts for others', () => {
  it('shell: every word arrives as it is', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fileName(), { minLength: 1, maxLength: 20 }), async (words) => {
        const { stdout } = await run('sh', ['-c', `printf '%s\\0' ${shellCommand(words)}`]);
        expect(stdout.split('\0').slice(0, -1)).to.deep.equal(words);
      }),
      { numRuns: 20 },
    ));

  it('INI files: values come back, and no value becomes a section or an option', () => {
    const value = textOf('[evil]', 'evil = 1', '%', '%(name)s', 'x').filter(isKept);
    const options = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), value, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(options, (made) => {
        const sections = new Map([['instance', new Map(Object.entries(made))]]);
        expect(parseIni(writeIni(sections))).to.deep.equal(sections);
        const [[name, read] = ['', new Map<string, string>()]] = [...parseIni(formatIni(sections))];
        expect([name, [...read.keys()]]).to.deep.equal(['instance', Object.keys(made)]);
      }),
      { numRuns: 500 },
    );
  });

  it('INI files: any value is kept within its option', () => {
    fc.assert(
      fc.property(textOf('[evil]', 'evil = 1', '\n', '\r\n', '\n\n'), (value) => {
        const text = formatIni(new Map([['instance', new Map([['name', value]])]]));
        const read = parseIni(text);
        expect([...read.keys()]).to.deep.equal(['instance']);
        expect([...(read.get('instance')?.keys() ?? [])]).to.deep.equal(['name']);
      }),
      { numRuns: 1000 },
    );
  });

  it('INI files: are read, or refused by line, whatever they say', () =>
    fc.assert(
      fc.asyncProperty(textOf('[export]\n', 'version = 0\n', '[', ']', ' ', ';'), async (text) => {
        const sections = await valueUnless(isFailure, () => parseIni(text));
        if (sections !== undefined) await valueUnless(isFailure, () => writeIni(sections));
      }),
      { numRuns: 1000 },
    ));

  it('terminals: nothing but line breaks steers them', () => {
    fc.assert(
      fc.property(textOf('\x1b[31m', '\x7f', '\x85', '\x9b', '\u2028', 'text'), (text) => {
        expect(escapeControl(text)).to.match(/^(?:[^\p{Cc}\u2028\u2029]|\n)*$/u);
        expect(safeEncode(text)).to.match(/^[ -~]*$/);
      }),
    );
  });

  it('Python: numbers are those that it would write, and read', () => {
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    fc.assert(
      fc.property(number, (value) => {
        expect(Number(pythonText(value))).to.equal(value === 0 ? 0 : value);
      }),
    );
  });

  it('contents of files: arrive whole, and what is broken is refused', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array(), textOf('eJw=', 'AAAA', '+/'), async (bytes, garbage) => {
        const packed = deflateSync(bytes).toString('base64');
        expect(await opened([1, packed])).to.deep.equal(Buffer.from(bytes));
        expect(await opened([0, garbage])).to.deep.equal(Buffer.from(garbage));
        await valueUnless(isFailure, () => opened([1, garbage]));
      }),
    ));
});

/** As in Python's ConfigParser: white space around lines, blank lines and comments between them are lost. */
function isKept(value: string): boolean {
  const [first = '', ...more] = value.split('\n');
  return (
    first.trim() === first && more.every((line) => line.trim() === line && /^[^#;]/.test(line))
  );
}

async function opened(content: EncodedContent): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of decodedContent(content)) pieces.push(piece);
  return Buffer.concat(pieces);
}
