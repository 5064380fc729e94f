/** Ganeti's wire itself: what comes before a call, and what is wrong with a request. */
import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { type HttpAnswer, send } from '../unit/rpc/http-client.js';
import { ContractNode } from './support/contract-node.js';
import type { Reply } from './support/exchanges.js';

describe("Ganeti's wire", () => {
  let node: ContractNode;
  before(async () => {
    node = await ContractNode.start();
  });
  after(() => node.close());

  const request = (path: string, body = '[]', method = 'POST'): Promise<HttpAnswer> =>
    send({ ...node.tcp, path, method }, body);

  async function expectReply(answer: Promise<HttpAnswer>, success: boolean, payload: unknown) {
    const { status, headers, body } = await answer;
    expect(status).to.equal(200);
    expect(headers['content-type']).to.match(/^application\/json/);
    const [succeeded, said] = JSON.parse(body) as Reply;
    expect(succeeded).to.equal(success);
    if (payload instanceof RegExp) expect(said).to.match(payload);
    else expect(said).to.deep.equal(payload);
  }

  it('answers with a pair on a line of its own', async () => {
    expect(await request('/version')).to.include({ status: 200, body: '[true,3000000]\n' });
  });

  it('writes nothing but ASCII', async () => {
    const { body } = await request('/instance_info', '["inst1.lab.test", "ümläut", {}]');
    expect(body).to.match(/^[ -~]*\n$/);
    expect((JSON.parse(body) as Reply)[1]).to.match(/Unknown hypervisor type 'ümläut'/);
  });

  for (const method of ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS'])
    it(`takes no ${method}`, async () => {
      for (const path of ['/version', '/no_such_call', '/'])
        expect(await request(path, '', method)).to.include({ status: 400 });
    });

  for (const path of ['/no_such_call', '/', '/constructor', '/__proto__', '/version/', '/Version'])
    it(`has no call ${path}`, async () => {
      expect(await request(path)).to.include({ status: 404 });
    });

  for (const [what, body] of Object.entries({
    'nothing at all': '',
    'half an array': '["inst1.lab.test"',
    'a trailing comma': '[1,]',
    'what follows the value': '[] []',
    'a number that JSON has not': '[NaN]',
  }))
    it(`answers ${what} with a failure`, () =>
      expectReply(
        request('/test_delay', body),
        false,
        /^Error while executing backend function: /,
      ));

  for (const [what, body] of Object.entries({
    'an object by name': '{"duration": 0}',
    null: 'null',
    'a bare value': '0',
  }))
    it(`refuses ${what} where an array belongs`, () =>
      expectReply(
        request('/test_delay', body),
        false,
        "The parameters of 'test_delay' must be an array",
      ));

  it('refuses too few and too many parameters', async () => {
    for (const body of ['[]', '[0, 0]'])
      await expectReply(
        request('/test_delay', body),
        false,
        /^Invalid parameters for test_delay: expected 1 parameter \(duration\), got [02]$/,
      );
  });

  it('refuses a parameter of another type, and names it', () =>
    expectReply(
      request('/test_delay', '["0"]'),
      false,
      'Invalid parameters for test_delay: /duration must be number',
    ));

  it('takes the whole body as the only parameter where Ganeti does', async () => {
    await expectReply(request('/instance_console_info', '{}'), true, {});
    await expectReply(request('/instance_console_info', '[{}]'), false, /^Invalid parameters/);
  });

  it('is not spoken on the Unix socket', async () => {
    for (const path of ['/version', '/no_such_call'])
      expect(await send({ ...node.unix, path }, '[]')).to.include({ status: 404 });
  });
});
