import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from '../../../src/base/package-root.js';
import type { CallSchema } from '../../../src/rpc/schemas/call-schemas.js';

/** What a daemon of Ganeti's answers: whether it went well, and the payload or the message. */
export type Reply = readonly [success: boolean, payload: unknown];

/** What is there before a request comes, as far as it is not the usual. */
export interface Scene {
  /** Names of instances that run; usually none. */
  readonly runs?: readonly string[];
  /** The disks that the request names: with a chroot in them, which is usual, or not. */
  readonly disks?: 'installed' | 'blank' | 'missing';
  readonly directories?: readonly string[];
  /** Empty ones, where there are none. */
  readonly files?: readonly string[];
  /** Files with their text, also in place of those that are usually there. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Scripts with their text. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Whether LVM has disks; usually it has none. */
  readonly hasVolumes?: boolean;
}

/** One request and its reply. */
export interface Exchange {
  /** Where it stands: `corpus/version.jsonl:1`. */
  readonly id: string;
  readonly call: string;
  /** Which node of the cluster was asked. */
  readonly node?: string;
  readonly params: unknown;
  readonly reply: Reply;
  readonly scene?: Scene;
}

/** The two collections: recorded between a master and nodes of Ganeti 3.0.2, and written by hand. */
export const COLLECTIONS = ['corpus', 'exchanges'] as const;
type Collection = (typeof COLLECTIONS)[number];

/** The calls of which a collection has exchanges. */
export function callsIn(collection: Collection): string[] {
  return readdirSync(directoryOf(collection))
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => basename(file, '.jsonl'))
    .sort();
}

/** All that a collection has of one call. */
export function exchangesOf(collection: Collection, call: string): Exchange[] {
  const file = join(directoryOf(collection), `${call}.jsonl`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line, index) => {
    const id = `${collection}/${call}.jsonl:${index + 1}`;
    return { ...(JSON.parse(line) as Omit<Exchange, 'id' | 'call'>), id, call };
  });
}

/** The parameters of a recorded body, in order. Ganeti's Haskell programs send an object when there are none. */
export function positional({ body }: CallSchema, params: unknown): unknown[] {
  if (body === 'whole') return [params];
  return Array.isArray(params) ? params : [];
}

/** `value` with these paths changed, wherever they stand in a text. */
export function relocated<T>(value: T, moves: Readonly<Record<string, string>>): T {
  let text = JSON.stringify(value);
  for (const [from, to] of Object.entries(moves)) text = text.replaceAll(from, to);
  return JSON.parse(text) as T;
}

/** All objects within `value`, at any depth, that `isWanted`. */
export function objectsIn<T extends object>(
  value: unknown,
  isWanted: (found: object) => found is T,
): T[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((member) => objectsIn(member, isWanted));
  return isWanted(value) ? [value, ...inner] : inner;
}

function directoryOf(collection: Collection): string {
  return join(packageRoot(), 'test/data', collection);
}
