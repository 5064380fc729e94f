import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Log, LOG_FILE_NAME, logFileIn, type LogOptions, openLog } from '../../src/logging.js';
import { Commands } from '../../src/system/command/command.js';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chroot-noded-'));
  file = join(directory, 'node-daemon.log');
});
afterEach(() => rm(directory, { recursive: true }));

function open(options: Partial<LogOptions> = {}): Log {
  const to = { file, isOnConsole: false, syslog: undefined };
  return openLog({ format: 'text', level: 'info', ...to, ...options });
}

function lines(path = file): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

/** A syslog that keeps what it gets. */
function syslog(): { stream: Writable; received: string[] } {
  const received: string[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    received.push(chunk.toString());
    done();
  };
  return { stream: new Writable({ write }), received };
}

describe('openLog, text', () => {
  it('writes one line an event: time, level, message, data', async () => {
    const log = open();
    log.logger.warn('call failed', { call: 'instance_start', ms: 12, reason: 'no such "file"' });
    await log.close();
    const [line = '', ...others] = lines();
    expect(line).to.match(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN {2}call failed call=instance_start ms=12 reason="no such \\"file\\""$/,
    );
    expect(others).to.deep.equal([]);
  });

  it('leaves out what is undefined, and shows lists and objects', async () => {
    const log = open();
    log.logger.info('x', { a: undefined, b: [1], c: { d: null }, e: '', f: 'a=b', g: 'a b' });
    await log.close();
    expect(lines()[0]).to.match(/ x b=\[1\] c=\{"d":null\} e="" f="a=b" g="a b"$/);
  });

  it('adds the data of a child', async () => {
    const log = open();
    log.logger.child({ request: 'r1' }).info('x', { a: 1 });
    await log.close();
    expect(lines()[0]).to.include('request=r1').and.to.include('a=1');
  });

  it('lets nobody fake a line or steer a terminal', async () => {
    const log = open();
    const evil = 'a\n2020 INFO fake\r\x1b[2J\x9b31m\u2028\x00\x7f';
    log.logger.info(evil, { name: evil, [evil]: evil, nested: [evil] });
    await log.close();
    expect(lines()).to.have.length(1);
    expect(lines()[0]).to.include('INFO  a\\n2020 INFO fake\\x0d\\x1b[2J');
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(lines()[0]).not.to.match(/[\x00-\x1f\x7f-\x9f\u2028]/);
  });

  it('logs what is important enough', async () => {
    const log = open({ level: 'warn' });
    for (const level of ['error', 'warn', 'info', 'debug']) log.logger.log(level, level);
    await log.close();
    expect(lines().map((line) => line.split(' ').at(-1))).to.deep.equal(['error', 'warn']);
  });
});

describe('openLog, json', () => {
  it('writes one object a line', async () => {
    const log = open({ format: 'json', level: 'debug' });
    log.logger.debug('call failed', { call: 'x', nested: { a: [1] } });
    await log.close();
    expect(lines()).to.have.length(1);
    expect(JSON.parse(lines()[0] ?? '')).to.include({ level: 'debug', message: 'call failed' });
    expect(JSON.parse(lines()[0] ?? '')).to.deep.include({ call: 'x', nested: { a: [1] } });
  });

  it('lets nobody fake a line or steer a terminal, and loses nothing', async () => {
    const log = open({ format: 'json' });
    const evil = 'a\n\r\x1b[2J\x9b31m\u2028\u2029\x00\x7f';
    log.logger.info('x', { name: evil });
    await log.close();
    expect(lines()).to.have.length(1);
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(lines()[0]).not.to.match(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    expect(JSON.parse(lines()[0] ?? '')).to.include({ name: evil });
  });
});

describe('openLog, where to', () => {
  it('makes a file that others cannot read', async () => {
    await open().close();
    expect((await stat(file)).mode & 0o137).to.equal(0);
  });

  it('adds to a file that is there', async () => {
    for (const word of ['first', 'second']) {
      const log = open();
      log.logger.info(word);
      await log.close();
    }
    expect(lines()).to.have.length(2);
  });

  it('writes no file unless it is told to', async () => {
    const log = open({ file: undefined });
    log.logger.info('x');
    await log.reopen();
    await log.close();
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('leaves standard output alone: the console is standard error', async () => {
    const program = `
      import { openLog } from '${import.meta.resolve('../../src/logging.js')}';
      const log = openLog({ format: 'text', level: 'debug', isOnConsole: true });
      for (const level of ['error', 'warn', 'info', 'debug']) log.logger.log(level, level);
      await log.close();
    `;
    const argv = [process.execPath, '--input-type=module', '--eval', program] as const;
    const { stdout, stderr } = await new Commands().run(argv, { timeoutMs: 30_000 });
    expect(stdout).to.equal('');
    expect(stderr.match(/\w+$/gm)).to.deep.equal(['error', 'warn', 'info', 'debug']);
  });

  it('keeps what is for debugging out of syslog', async () => {
    const { stream, received } = syslog();
    const log = open({ level: 'debug', syslog: stream });
    log.logger.debug('for debugging');
    log.logger.info('for all');
    await log.close();
    expect(received).to.have.length(1);
    expect(received[0]).to.match(/ for all\n$/);
    expect(lines()).to.have.length(2);
  });

  it('fails at once when the file cannot be opened', () => {
    expect(() => open({ file: join(directory, 'no/such/directory') })).to.throw('ENOENT');
    expect(() => open({ file: directory })).to.throw('EISDIR');
  });
});

describe('Log.reopen', () => {
  it('follows a file that was moved away, and loses nothing', async () => {
    const log = open();
    for (let count = 0; count < 500; count++) log.logger.info(`line ${count}`);
    await rename(file, `${file}.1`);
    for (let count = 500; count < 1_000; count++) log.logger.info(`line ${count}`);
    await log.reopen();
    for (let count = 1_000; count < 1_500; count++) log.logger.info(`line ${count}`);
    await log.close();
    const all = [...lines(`${file}.1`), ...lines()].map((line) => line.replace(/^.* /, ''));
    expect(all).to.deep.equal(Array.from({ length: 1_500 }, (_, count) => `${count}`));
    expect(lines()).to.have.length.of.at.least(500);
  });
});

describe('Log.written', () => {
  it('resolves when each line so far is in the file', async () => {
    const log = open();
    for (let count = 1; count <= 200; count++) {
      log.logger.child({ request: 'r1' }).info('line', { count });
      await log.written();
      expect(lines()).to.have.length(count);
    }
    await log.close();
  });

  it('resolves where there is no file, and where it takes nothing', async () => {
    for (const path of [undefined, '/dev/full']) {
      const log = open({ file: path });
      log.logger.info('line');
      await log.written();
      await log.close();
    }
  });
});

describe('Log.close', () => {
  it('ends when all that was logged is written', async () => {
    const log = open({ format: 'json' });
    for (let count = 0; count < 5_000; count++) log.logger.info('line', { count });
    await log.close();
    expect(lines()).to.have.length(5_000);
  });

  it('ends also when nothing can be written, and syslog gets it all the same', async () => {
    const { stream, received } = syslog();
    const log = open({ file: '/dev/full', syslog: stream });
    for (let count = 0; count < 500; count++) log.logger.info('line', { count });
    await log.close();
    expect(received).to.have.length(500);
  });
});

describe('logFileIn', () => {
  it("is Ganeti's file", () => {
    expect(LOG_FILE_NAME).to.equal('node-daemon.log');
    expect(logFileIn('/var/log/ganeti')).to.equal('/var/log/ganeti/node-daemon.log');
  });
});
