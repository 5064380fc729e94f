import { NodeError } from '../../base/errors.js';

/** Keys could not be changed as asked (Ganeti: errors.SshUpdateError). */
export class SshUpdateError extends NodeError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('failed', message, options);
  }
}
