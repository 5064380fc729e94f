import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FailureKind } from '../../base/errors.js';
import { packageRoot } from '../../base/package-root.js';
import type { JsonSchema } from './json-schema.js';

/** A parameter of a call: its name for programs that send them by name, its place for those that do not. */
export interface ParameterSchema {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
  /** See `exampleOf`. */
  readonly example?: unknown;
  /** May be left out. Only the last parameters of a call may be. */
  readonly optional?: true;
}

/** One call: the content of rpc-schema/calls/<call>.json (see rpc-schema/call.schema.json). */
export interface CallSchema {
  readonly name: string;
  readonly family: string;
  readonly summary: string;
  readonly description?: string;
  /** The place in Ganeti which it behaves like, or `chroot-noded`. */
  readonly source: string;
  /** Whether the call changes anything on the node. */
  readonly changes: boolean;
  /** What a body is on Ganeti's wire: an array of the parameters, or the only parameter itself. */
  readonly body: 'array' | 'whole';
  readonly params: readonly ParameterSchema[];
  readonly result: {
    readonly description: string;
    readonly schema: JsonSchema;
    /** See `exampleOf`. */
    readonly example?: unknown;
  };
  readonly errors: readonly { readonly kind: FailureKind; readonly when: string }[];
}

/** A kind of failure: an entry of rpc-schema/errors.json. */
export interface FailureSchema {
  /** The code over JSON-RPC. */
  readonly code: number;
  /** A word for programs and documents. */
  readonly name: string;
  /** What the code means, in a few words. */
  readonly message: string;
  readonly description: string;
  /** What ends in it: calls that name it as one of their errors, any call, or a request before its call is known. */
  readonly from: 'some calls' | 'any call' | 'wire';
}

/**
 * All that rpc-schema says, read once.
 *
 * Everything is kept in maps: the names come from the network, and a plain object would also answer to `constructor`.
 */
export class CallSchemas {
  /** The objects that parameters and results are made of, by file name: `instance`, `disk`, … */
  readonly objects: ReadonlyMap<string, JsonSchema>;
  /** All kinds of failures. */
  readonly failures: ReadonlyMap<string, FailureSchema>;
  readonly #calls: ReadonlyMap<string, CallSchema>;

  private constructor(directory: string) {
    this.#calls = readSchemas(join(directory, 'calls'), withDefaults);
    this.objects = readSchemas(join(directory, 'objects'), (schema) => schema as JsonSchema);
    this.failures = readMap(join(directory, 'errors.json'));
  }

  /** Reads all files at once, synchronously: meant for the start of a program. */
  static load(directory: URL | string = join(packageRoot(), 'rpc-schema')): CallSchemas {
    return new CallSchemas(typeof directory === 'string' ? directory : fileURLToPath(directory));
  }

  get(name: string): CallSchema | undefined {
    return this.#calls.get(name);
  }

  /** The calls that are served, sorted. */
  names(): string[] {
    return [...this.#calls.keys()];
  }
}

function withDefaults(schema: unknown): CallSchema {
  return { body: 'array', ...(schema as Omit<CallSchema, 'body'>) };
}

function readSchemas<T>(
  directory: string,
  convert: (schema: unknown) => T,
): ReadonlyMap<string, T> {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort();
  return new Map(
    files.map((file) => [basename(file, '.json'), convert(readJson(join(directory, file)))]),
  );
}

function readMap<K extends string, V>(file: string): ReadonlyMap<K, V> {
  return new Map(Object.entries(readJson(file) as Record<K, V>) as [K, V][]);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
