import { Refusal } from '../../base/errors.js';

/** After how long a caller who was sent away may find a place: long calls last for minutes, most for a moment. */
const RETRY_AFTER_SECONDS = 5;

/**
 * There is too much to do, and nothing of what was asked has been begun: the caller may ask again. It is answered by HTTP
 * status 503 with `Retry-After`; on JSON-RPC the body has an error of the kind `busy` with `retryAfterSeconds` beside it.
 */
export class OverloadError extends Refusal {
  readonly retryAfterSeconds = RETRY_AFTER_SECONDS;

  constructor(message: string) {
    super('busy', message, { data: { retryAfterSeconds: RETRY_AFTER_SECONDS } });
  }
}
