import { expect } from 'chai';
import { afterEach, describe, it } from 'mocha';
import { onStep, type Step, stepDone } from '../../../../src/system/kernel/steps.js';

describe('onStep', () => {
  let stop: () => void = () => undefined;
  afterEach(() => {
    stop();
  });

  it('tells of each step at once, until it is ended', () => {
    const heard: Step[] = [];
    stepDone('too early', '/a');
    stop = onStep((step) => heard.push(step));
    stepDone('file replaced', '/b');
    expect(heard).to.deep.equal([{ name: 'file replaced', subject: '/b' }]);
    stop();
    stepDone('too late', '/c');
    expect(heard).to.have.lengthOf(1);
  });
});
