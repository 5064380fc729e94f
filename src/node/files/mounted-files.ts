import type { Logger } from 'winston';

/** Is told of a file that was written in place because it is a mount point. */
export type WhenMounted = (path: string) => void;

/** Warns of each such file once: it is one as long as the container lives. */
export function warnWhenMounted(logger: Logger): WhenMounted {
  const known = new Set<string>();
  return (path) => {
    if (known.has(path)) return;
    known.add(path);
    logger.warn('file is a mount point and is written in place, which is not atomic', { path });
  };
}
