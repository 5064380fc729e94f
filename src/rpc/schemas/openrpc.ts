import type { CallSchema, CallSchemas, ParameterSchema } from './call-schemas.js';
import {
  type JsonSchema,
  mapSchema,
  referencedObject,
  tuplesOfDraft7,
  without,
} from './json-schema.js';

/** A row of the table of JSON-RPC errors: the code and the message that stand for a kind of failure. */
export interface ErrorCode {
  readonly code: number;
  readonly kind: string;
  readonly message: string;
}

/** What describes a parameter or a result. */
interface ContentDescriptor {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

interface Method {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly paramStructure: 'either';
  readonly params: readonly ContentDescriptor[];
  readonly result: ContentDescriptor;
  readonly errors: readonly { code: number; message: string; data: { kind: string } }[];
  readonly 'x-source': string;
  readonly 'x-changes': boolean;
}

/** An OpenRPC document. */
export interface OpenRpcDocument {
  readonly openrpc: string;
  readonly info: { readonly title: string; readonly description: string; readonly version: string };
  readonly methods: readonly Method[];
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/**
 * Describes all calls that are served, for `rpc.discover`.
 *
 * Schemas are written in draft 7, as OpenRPC demands. Two extensions tell what it has no word for: `x-changes` says
 * whether a method changes anything, `x-source` where its behaviour comes from.
 */
export function openRpcDocument(
  schemas: CallSchemas,
  version: string,
  errorCodes: readonly ErrorCode[],
): OpenRpcDocument {
  const calls = schemas.names().flatMap((name) => schemas.get(name) ?? []);
  return {
    openrpc: '1.3.2',
    info: {
      title: 'chroot-noded',
      description: 'A node daemon for Ganeti: the calls of ganeti-noded, and a few more.',
      version,
    },
    methods: calls.map((call) => methodOf(schemas, call, errorCodes)),
    components: {
      schemas: Object.fromEntries(
        [...schemas.objects.values()].map((schema) => [
          String(schema['title']),
          published(schemas, schema),
        ]),
      ),
    },
  };
}

function methodOf(
  schemas: CallSchemas,
  call: CallSchema,
  errorCodes: readonly ErrorCode[],
): Method {
  return {
    name: call.name,
    summary: call.summary,
    ...(call.description !== undefined && { description: call.description }),
    paramStructure: 'either',
    params: call.params.map((param) => parameterOf(schemas, param)),
    result: {
      name: 'result',
      description: call.result.description,
      schema: published(schemas, call.result.schema),
    },
    errors: errorCodes
      .filter(({ kind }) => canFailWith(schemas, call, kind))
      .map(({ code, message, kind }) => ({ code, message, data: { kind } })),
    'x-source': call.source,
    'x-changes': call.changes,
  };
}

function parameterOf(schemas: CallSchemas, param: ParameterSchema): ContentDescriptor {
  return {
    name: param.name,
    description: param.description,
    required: !param.optional,
    schema: published(schemas, param.schema),
  };
}

function canFailWith(schemas: CallSchemas, call: CallSchema, kind: string): boolean {
  return (
    schemas.failures.get(kind)?.anyCall === true || call.errors.some((error) => error.kind === kind)
  );
}

/** A schema as it stands in the document: references lead to its components. */
function published(schemas: CallSchemas, schema: JsonSchema): JsonSchema {
  return mapSchema(without('$schema', schema), (node) => {
    const object = referencedObject(node);
    if (object === undefined) return tuplesOfDraft7(node);
    return {
      ...node,
      $ref: `#/components/schemas/${String(schemas.objects.get(object)?.['title'])}`,
    };
  });
}
