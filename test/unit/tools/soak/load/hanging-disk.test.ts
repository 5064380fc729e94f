import { expect } from 'chai';
import { describe, it } from 'mocha';
import { isAnswer } from '../../../../../tools/soak/load/hanging-disk.js';

describe('isAnswer', () => {
  const question = { method: 'blockdev_find', params: [], limits: 1 };
  const outcome = (ms: number, failure?: string) => ({
    ms,
    wasCutShort: false,
    ...(failure === undefined ? {} : { failure }),
  });
  const UNANSWERED = 'no answer from /s/file-storage/hanging within 3 s';

  it('tells an answer from a call that was given up', () => {
    expect(isAnswer(question, outcome(1))).to.equal(true);
    expect(isAnswer(question, outcome(3_500, UNANSWERED))).to.equal(false);
  });

  it('takes neither when it is too late', () => {
    const words = 'blockdev_find took 8001 ms while its disk was silent';
    expect(() => isAnswer(question, outcome(8_001))).to.throw(words);
    expect(() => isAnswer(question, outcome(8_001, UNANSWERED))).to.throw(words);
    expect(isAnswer({ ...question, limits: 3 }, outcome(8_001))).to.equal(true);
  });

  it('takes no other failure', () => {
    expect(() => isAnswer(question, outcome(1, 'it is broken'))).to.throw(
      'blockdev_find while its disk was silent: it is broken',
    );
  });
});
