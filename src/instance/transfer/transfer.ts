import type { ImportExportEnd, ImportExportOptions, Instance } from '../../generated/objects.js';

export type TransferMode = 'import' | 'export';

/** The other node, for a sender; a receiver waits for it. */
export interface Peer {
  readonly host: string;
  readonly port: number;
}

/** A disk or a file on its way from one node to another. */
export interface Transfer {
  readonly mode: TransferMode;
  readonly options: ImportExportOptions;
  readonly peer: Peer | undefined;
  readonly instance: Instance;
  /** Part of the instance, such as "disk0". */
  readonly component: string;
  /** Our end. */
  readonly end: ImportExportEnd;
}
