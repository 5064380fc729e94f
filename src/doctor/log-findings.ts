import type { Logger } from 'winston';
import { type Examination, examine } from './examine.js';

/**
 * Logs what this machine lacks, a line each, or one line when nothing is missing. Never fails.
 *
 * @param isStopped asked before anything is logged: the log may be closed by then
 */
export async function logFindings(
  examination: Examination,
  logger: Logger,
  isStopped: () => boolean,
): Promise<void> {
  try {
    const lacking = (await examine(examination)).filter(({ status }) => status !== 'ok');
    if (isStopped()) return;
    for (const { check, status, found, advice } of lacking)
      logger.warn(
        status === 'missing' ? 'chroots lack something here' : 'something needs attention',
        { check, found, advice },
      );
    if (lacking.length === 0) logger.info('nothing that chroots need is missing');
  } catch (error) {
    if (!isStopped()) logger.warn("can't examine this machine", { reason: String(error) });
  }
}
