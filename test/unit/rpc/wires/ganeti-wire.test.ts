import { expect } from 'chai';
import { describe, it } from 'mocha';
import { HypervisorError, RpcFailure } from '../../../../src/base/errors.js';
import { OverloadError } from '../../../../src/rpc/admission/overload-error.js';
import { GanetiWire } from '../../../../src/rpc/wires/ganeti-wire.js';
import { context, fakeDispatcher, recordingLogger } from '../fakes.js';

function wireOver(execute: (call: string, params: unknown[]) => Promise<unknown>) {
  const { logger, lines } = recordingLogger();
  const dispatcher = fakeDispatcher(execute);
  const wire = new GanetiWire({ dispatcher, logger, limits: { maxJsonDepth: 8 } });
  const answer = async (path: string, body: string | Buffer) => {
    const reply = await wire.answer(path, Buffer.from(body), context());
    return {
      ...reply,
      json: reply.status === 200 ? (JSON.parse(reply.body ?? '') as unknown) : '',
    };
  };
  return { wire, answer, lines };
}

const echo = (_call: string, params: unknown[]) => Promise.resolve(params);

describe('GanetiWire.refusalOf', () => {
  const { wire } = wireOver(echo);

  it('lets known calls pass', () => {
    expect(wire.refusalOf('POST', '/version')).to.be.undefined;
    expect(wire.refusalOf('POST', 'version')).to.be.undefined;
  });

  for (const method of ['GET', 'PUT', 'HEAD', 'DELETE', ''])
    it(`answers ${method || 'no method'} with 400, whatever the path`, () => {
      for (const path of ['/version', '/nil'])
        expect(wire.refusalOf(method, path)).to.include({ status: 400, contentType: 'text/html' });
    });

  for (const path of [
    '/',
    '/nil',
    '//version',
    '/version?',
    '/Version',
    '/constructor',
    '/__proto__',
  ])
    it(`answers ${path} with 404`, () => {
      expect(wire.refusalOf('POST', path)).to.include({ status: 404, contentType: 'text/html' });
    });
});

describe('GanetiWire.answer', () => {
  it('answers with true and the payload', async () => {
    const { answer } = wireOver(echo);
    const reply = await answer('/subtract', '[5, 3]');
    expect(reply).to.include({ status: 200, contentType: 'application/json' });
    expect(reply.json).to.deep.equal([true, [5, 3]]);
  });

  it('answers 503, and when to come again, while there is too much to do', async () => {
    const { answer } = wireOver(() => Promise.reject(new OverloadError('Too many <calls>')));
    const reply = await answer('/subtract', '[5, 3]');
    expect(reply).to.include({ status: 503, contentType: 'text/html', retryAfterSeconds: 5 });
    expect(reply.body).to.contain('Message: Too many &lt;calls&gt;.');
  });

  it('answers nothing with null', async () => {
    const { answer } = wireOver(() => Promise.resolve(undefined));
    expect((await answer('/version', '[]')).body).to.equal('[true,null]\n');
  });

  it('hands over a whole body', async () => {
    const { answer } = wireOver(echo);
    expect((await answer('/console_info', '{"a":1}')).json).to.deep.equal([true, [{ a: 1 }]]);
  });

  it('answers in ASCII', async () => {
    const text = 'é\u2028😀\u007f\ud800';
    const { answer } = wireOver(() => Promise.resolve(text));
    const reply = await answer('/version', '[]');
    expect(reply.body).to.match(/^[\0-\x7f]*$/);
    expect(reply.json).to.deep.equal([true, text]);
  });

  it('sends a failure on purpose bare', async () => {
    const { answer } = wireOver(() => Promise.reject(new RpcFailure('No such disk')));
    expect((await answer('/version', '[]')).json).to.deep.equal([false, 'No such disk']);
  });

  it('sends any other failure in Ganeti’s words', async () => {
    const { answer } = wireOver(() => Promise.reject(new HypervisorError('No root')));
    expect((await answer('/version', '[]')).json).to.deep.equal([
      false,
      'Error while executing backend function: No root',
    ]);
  });

  it('says of a payload that is not JSON that this is our mistake', async () => {
    const { answer } = wireOver(() => Promise.resolve(10n));
    expect((await answer('/version', '[]')).body).to.match(
      /^\[false,"Error while executing backend function: .*BigInt/,
    );
  });

  for (const body of [
    '',
    '[',
    '[[[[[[[[[]]]]]]]]]',
    '{"a":1,"a":2}',
    Buffer.from([0x22, 0xff, 0x22]),
  ])
    it(`answers the body ${JSON.stringify(body.toString())} as Ganeti does, and logs it`, async () => {
      const { answer, lines } = wireOver(echo);
      const reply = await answer('/version', body);
      expect(reply).to.include({ status: 200 });
      expect(reply.body).to.match(/^\[false,"Error while executing backend function: /);
      expect(lines[0]).to.include({ level: 'warn', message: 'body refused', call: 'version' });
    });

  it('answers an unknown call with 404', async () => {
    expect(await wireOver(echo).answer('/nil', '[]')).to.include({ status: 404 });
  });
});
