import { eventually } from '../../../tools/kit/eventually.js';
import type { TestNode } from './test-node.js';

/** Waits until the log says of the call that failed last what its caller was told. */
export async function expectLogged(node: TestNode, call: string, error: Error): Promise<void> {
  await eventually(() => {
    const line = node.log.findLast(({ message }) => message === 'call failed');
    return line?.['call'] === call && line['reason'] === error.message;
  });
}
