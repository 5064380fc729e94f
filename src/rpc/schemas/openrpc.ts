import type { CallSchema, CallSchemas, ParameterSchema } from './call-schemas.js';
import {
  type JsonSchema,
  mapSchema,
  referencedObject,
  tuplesOfDraft7,
  without,
  withoutConditions,
  withoutOddNames,
  withoutTypeLists,
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

/** 1.2.6 is the newest version that the clients of `@open-rpc/generator` compile with. */
const OPENRPC_VERSION = '1.2.6';

const DESCRIPTION = `A node daemon for Ganeti: the calls of ganeti-noded, and a few more.

The daemon validates parameters with stricter schemas than those in this document, which leave out two things that programs \
for OpenRPC cannot read: conditions (an instance whose hypervisor is \`chroot\` must have ChrootHvparams, one whose hypervisor \
is \`fake\` must have FakeHvparams, and a device with a \`dev_type\` must be a Disk), and recursion (the children of a Disk must \
be Disks).`;

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
    openrpc: OPENRPC_VERSION,
    info: {
      title: 'chroot-noded',
      description: DESCRIPTION,
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

/** Keywords that OpenRPC's programs do not know, each replaced by others. See docs/design/openrpc.md. */
const SIMPLIFICATIONS = [withoutConditions, withoutTypeLists, withoutOddNames, tuplesOfDraft7];

/**
 * A schema as it stands in the document: references lead to its components. Only here it becomes looser than the schema
 * that parameters are validated with, which `DESCRIPTION` says.
 */
function published(schemas: CallSchemas, schema: JsonSchema): JsonSchema {
  return mapSchema(without('$schema', schema), (node) => {
    const target = schemas.objects.get(referencedObject(node) ?? '');
    if (target === undefined)
      return SIMPLIFICATIONS.reduce((simpler, change) => change(simpler), node);
    // A program that replaces references by what they refer to never ends on recursion.
    if (target === schema) return { ...without('$ref', node), type: target['type'] };
    return { ...node, $ref: `#/components/schemas/${String(target['title'])}` };
  });
}
