import { resolve } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseOptions, USAGE, UsageError } from '../../../src/config/options.js';

const DEFAULTS = {
  isForeground: false,
  isDebug: false,
  syslog: 'no',
  port: 1811,
  bindAddress: undefined,
  bindInterface: undefined,
  hasSsl: true,
  sslKey: undefined,
  sslCert: undefined,
  maxClients: undefined,
  configFile: undefined,
  stateDir: undefined,
  logFormat: undefined,
  isVersion: false,
  isHelp: false,
};

/** What each option changes of the defaults. */
const OPTIONS: readonly (readonly [args: string, changes: Partial<typeof DEFAULTS> | object])[] = [
  ['', {}],
  ['-f', { isForeground: true }],
  ['--foreground', { isForeground: true }],
  ['-d', { isDebug: true }],
  ['--debug', { isDebug: true }],
  ['-fd', { isForeground: true, isDebug: true }],
  ['--syslog no', { syslog: 'no' }],
  ['--syslog yes', { syslog: 'yes' }],
  ['--syslog=only', { syslog: 'only' }],
  ['-p 1812', { port: 1812 }],
  ['--port=0', { port: 0 }],
  ['--port 65535', { port: 65_535 }],
  ['-b 127.0.0.1', { bindAddress: '127.0.0.1' }],
  ['--bind ::1', { bindAddress: '::1' }],
  ['-i eth0', { bindInterface: 'eth0' }],
  ['--interface eth0', { bindInterface: 'eth0' }],
  ['--no-ssl', { hasSsl: false }],
  ['-K /k', { sslKey: '/k' }],
  ['--ssl-key /k', { sslKey: '/k' }],
  ['-C /c', { sslCert: '/c' }],
  ['--ssl-cert /c', { sslCert: '/c' }],
  ['--no-mlock', {}],
  ['--max-clients 20', { maxClients: 20 }],
  ['--version', { isVersion: true }],
  ['--config /c', { configFile: '/c' }],
  ['--state-dir /s', { stateDir: '/s' }],
  ['--log-format json', { logFormat: 'json' }],
  ['--log-format text', { logFormat: 'text' }],
  ['-h', { isHelp: true }],
  ['--help', { isHelp: true }],
  ['-p 1 -p 2', { port: 2 }],
  ['--state-dir s --config ./c', { stateDir: resolve('s'), configFile: resolve('c') }],
  ['-K ../k -C c', { sslKey: resolve('../k'), sslCert: resolve('c') }],
];

/** Mistakes, and what is said of them. */
const MISTAKES: readonly (readonly [args: string, message: string | RegExp])[] = [
  ['start', "chroot-noded takes no arguments, but got 'start'"],
  ['a b', "chroot-noded takes no arguments, but got 'a b'"],
  ['-- -f', "chroot-noded takes no arguments, but got '-f'"],
  ['-b 127.0.0.1 -i lo', "Can't specify both, bind address (127.0.0.1) and bind interface (lo)"],
  ['--syslog maybe', "--syslog takes one of no, yes, only, not 'maybe'"],
  ['--log-format xml', "--log-format takes one of text, json, not 'xml'"],
  ['-p http', "--port takes a number from 0 to 65535, not 'http'"],
  ['-p 65536', "--port takes a number from 0 to 65535, not '65536'"],
  ['-p 1e3', "--port takes a number from 0 to 65535, not '1e3'"],
  ['--port=-1', "--port takes a number from 0 to 65535, not '-1'"],
  ['--max-clients 0', "--max-clients takes a number from 1 to 65535, not '0'"],
  ['--max-clients 1.5', "--max-clients takes a number from 1 to 65535, not '1.5'"],
  ['--unknown', /Unknown option '--unknown'/],
  ['-x', /Unknown option '-x'/],
  ['-p', /argument missing|value/],
  ['--config', /argument missing|value/],
  ['--foreground=yes', /does not take an argument/],
];

function parse(args: string) {
  return parseOptions(args.split(' ').filter(Boolean));
}

function mistakeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).to.be.instanceOf(UsageError).with.property('name', 'UsageError');
    return (error as UsageError).message;
  }
  throw new Error('no mistake was found');
}

describe('parseOptions', () => {
  for (const [args, changes] of OPTIONS)
    it(`understands "${args}"`, () => {
      expect(parse(args)).to.deep.equal({ ...DEFAULTS, ...changes });
    });

  for (const [args, message] of MISTAKES)
    it(`refuses "${args}"`, () => {
      const mistake = mistakeOf(() => parse(args));
      if (typeof message === 'string') expect(mistake).to.equal(message);
      else expect(mistake).to.match(message);
    });

  it('refuses no value where there must be one', () => {
    for (const option of ['--state-dir', '--config', '--bind', '--interface', '--port'])
      expect(mistakeOf(() => parseOptions([`${option}=`]))).to.equal(
        `${option} requires a non-empty value`,
      );
  });
});

describe('USAGE', () => {
  it('tells of every option', () => {
    for (const [args] of OPTIONS)
      for (const option of args.match(/--[a-z-]+/g) ?? []) expect(USAGE).to.include(option);
  });
});
