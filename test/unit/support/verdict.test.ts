import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { FuzzRequest } from '../../../tools/fuzz/requests/requests.js';
import { judgeLog, judgeReply, Violation } from '../../../tools/fuzz/verdict.js';

function judge(path: string, status: number, body: string) {
  const request: FuzzRequest = {
    wire: path === '/jsonrpc' ? 'json-rpc' : 'ganeti',
    method: 'POST',
    path,
    headers: {},
    body: '',
    isBinary: false,
    change: 'valid',
  };
  return judgeReply(request, { status, contentType: 'application/json', body });
}

const rpc = (rest: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, ...rest });
const error = (code: number, kind: string, message: string) =>
  rpc({ error: { code, message, data: { kind } } });

describe('The verdict on a fuzzed reply', () => {
  for (const [outcome, path, status, body] of [
    ['done', '/version', 200, '[true, 1]\n'],
    ['refused', '/version', 200, '[false, "no such disk"]\n'],
    ['done', '/jsonrpc', 200, rpc({ result: null })],
    ['hotplug', '/jsonrpc', 200, error(-32003, 'hotplug', 'no such disk')],
    ['batch', '/jsonrpc', 200, `[${rpc({ result: 1 })}]`],
    ['notification', '/jsonrpc', 204, ''],
    ['HTTP 404', '/none', 404, '<html>'],
  ] as const)
    it(`is ${outcome} for ${status} ${body.trim()}`, () => {
      expect(judge(path, status, body).outcome).to.equal(outcome);
    });

  for (const [path, status, body] of [
    ['/version', 200, '[true, 1]'],
    ['/version', 200, '[true, "ü"]\n'],
    ['/version', 200, '[false, ""]\n'],
    ['/version', 200, '[false, "internal error"]\n'],
    ['/version', 200, `[false, ${JSON.stringify('no\n    at run (/a/b.js:1:2)')}]\n`],
    ['/version', 200, '{}\n'],
    ['/version', 500, 'x'],
    ['/version', 404, ''],
    ['/version', 204, ''],
    ['/jsonrpc', 200, rpc({})],
    ['/jsonrpc', 200, rpc({ result: 1, error: {} })],
    ['/jsonrpc', 200, rpc({ result: 1, id: {} })],
    ['/jsonrpc', 200, error(-32603, 'internal', 'Internal error')],
    ['/jsonrpc', 200, error(-32000, 'hotplug', 'wrong code')],
    ['/jsonrpc', 200, error(-32000, 'failed', ' ')],
    ['/jsonrpc', 200, error(-32000, 'failed', 'x.map is not a function')],
    ['/jsonrpc', 200, '[]'],
    ['/jsonrpc', 200, 'not JSON'],
  ] as const)
    it(`is a violation for ${status} ${JSON.stringify(body)} from ${path}`, () => {
      expect(() => judge(path, status, body)).to.throw(Violation);
    });

  it('is a violation when the daemon has made a mistake, and none when a call has failed', () => {
    const failed = { level: 'warn', message: 'call failed', kind: 'failed' };
    judgeLog([failed]);
    for (const line of [
      { ...failed, kind: 'internal' },
      { level: 'stderr', message: '(node:1) Warning: something' },
      { level: 'error', message: 'unhandledRejection' },
      { level: 'error', message: 'reply failed' },
    ])
      expect(() => {
        judgeLog([failed, line]);
      }, JSON.stringify(line)).to.throw(Violation);
  });
});
