const LINE = /^([^=\s]+)=((?:[0-9A-F]{2}:){19}[0-9A-F]{2})$/;

/**
 * Reads ssconf_master_candidates_certs: a line `<node uuid>=<SHA-1 digest of its certificate>` for each candidate.
 *
 * Deviation: Ganeti takes whatever has one `=` in each line. Here a file with a single line that is not whole says
 * nothing at all: it may have been cut short.
 *
 * @returns the digests by node; undefined when there is no file or nothing in it, as before a cluster has candidates
 * @throws when a line is not of that form
 */
export function parseCandidateMap(
  text: string | undefined,
): ReadonlyMap<string, string> | undefined {
  const content = text?.replace(/\n+$/, '') ?? '';
  if (content === '') return undefined;
  return new Map(content.split('\n').map(parseLine));
}

function parseLine(line: string, index: number): [string, string] {
  const [, node, digest] = LINE.exec(line) ?? [];
  if (node === undefined || digest === undefined)
    throw new Error(`Line ${String(index + 1)} is not <node>=<SHA-1 digest>`);
  return [node, digest];
}
