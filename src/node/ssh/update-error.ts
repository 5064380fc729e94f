import { BackendError } from '../../base/errors.js';

/** Keys could not be changed as asked (Ganeti: errors.SshUpdateError). */
export class SshUpdateError extends BackendError {}
