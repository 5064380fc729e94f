import type { CallSchema, CallSchemas, ParameterSchema } from './call-schemas.js';
import { exampleOf } from './examples.js';
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

/** What describes a parameter or a result. */
interface ContentDescriptor {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

/** A request and its result. */
interface ExamplePairing {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly value: unknown }[];
  readonly result: { readonly name: string; readonly value: unknown };
}

interface Method {
  readonly name: string;
  readonly tags: readonly { readonly name: string }[];
  readonly summary: string;
  readonly description?: string;
  readonly paramStructure: 'either';
  readonly params: readonly ContentDescriptor[];
  readonly result: ContentDescriptor;
  readonly errors: readonly { code: number; message: string; data: { kind: string } }[];
  readonly examples: readonly ExamplePairing[];
  readonly 'x-source': string;
  readonly 'x-changes': boolean;
}

/** An OpenRPC document. */
export interface OpenRpcDocument {
  readonly openrpc: string;
  readonly info: {
    readonly title: string;
    readonly description: string;
    readonly version: string;
    readonly license: { readonly name: string; readonly url: string };
  };
  readonly servers: readonly object[];
  readonly externalDocs: { readonly description: string; readonly url: string };
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

const LICENSE = { name: 'BSD-2-Clause', url: 'https://spdx.org/licenses/BSD-2-Clause.html' };

const EXTERNAL_DOCS = {
  description: 'Ganeti, whose master calls the daemon.',
  url: 'https://docs.ganeti.org/',
};

/** Where JSON-RPC is answered with the default options. */
const SERVERS = [
  {
    name: 'node',
    summary: 'A node of a cluster. It asks for the certificate of a master candidate.',
    url: 'https://${node}:${port}/jsonrpc',
    variables: {
      node: { default: 'localhost', description: 'Name or IP address of the node.' },
      port: { default: '1811', description: 'Port of the daemon.' },
    },
  },
];

/**
 * Describes all calls that are served, for `rpc.discover`.
 *
 * Schemas are written in draft 7, as OpenRPC demands. Two extensions tell what it has no word for: `x-changes` says
 * whether a method changes anything, `x-source` where its behaviour comes from.
 */
export function openRpcDocument(schemas: CallSchemas, version: string): OpenRpcDocument {
  const calls = schemas.names().flatMap((name) => schemas.get(name) ?? []);
  return {
    openrpc: OPENRPC_VERSION,
    info: {
      title: 'chroot-noded',
      description: DESCRIPTION,
      version,
      license: LICENSE,
    },
    servers: SERVERS,
    externalDocs: EXTERNAL_DOCS,
    methods: calls.map((call) => methodOf(schemas, call)),
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

function methodOf(schemas: CallSchemas, call: CallSchema): Method {
  return {
    name: call.name,
    tags: [{ name: call.family }],
    summary: call.summary,
    ...(call.description !== undefined && { description: call.description }),
    paramStructure: 'either',
    params: call.params.map((param) => parameterOf(schemas, param)),
    result: {
      name: 'result',
      description: call.result.description,
      schema: published(schemas, call.result.schema),
    },
    errors: [...schemas.failures]
      .filter(([kind, { from }]) => from === 'any call' || namesError(call, kind))
      .map(([kind, { code, message }]) => ({ code, message, data: { kind } })),
    examples: [exampleOfCall(schemas, call)],
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

function exampleOfCall(schemas: CallSchemas, { name, params, result }: CallSchema): ExamplePairing {
  return {
    name,
    params: params.map((param) => ({ name: param.name, value: exampleOf(schemas, param) })),
    result: { name: 'result', value: exampleOf(schemas, result) },
  };
}

function namesError({ errors }: CallSchema, kind: string): boolean {
  return errors.some((error) => error.kind === kind);
}

/** Keywords that OpenRPC's programs do not know, each replaced by others. See docs/design/openrpc.md. */
const SIMPLIFICATIONS = [withoutConditions, withoutTypeLists, withoutOddNames, tuplesOfDraft7];

/**
 * A schema as it stands in the document: references lead to its components. Only here it becomes looser than the schema
 * that parameters are validated with, which `DESCRIPTION` says.
 */
function published(schemas: CallSchemas, schema: JsonSchema): JsonSchema {
  return mapSchema(without('examples', without('$schema', schema)), (node) => {
    const target = schemas.objects.get(referencedObject(node) ?? '');
    if (target === undefined)
      return SIMPLIFICATIONS.reduce((simpler, change) => change(simpler), node);
    // A program that replaces references by what they refer to never ends on recursion.
    if (target === schema) return { ...without('$ref', node), type: target['type'] };
    return { ...node, $ref: `#/components/schemas/${String(target['title'])}` };
  });
}
