import fc from 'fast-check';
import { type JsonSchema, referencedObject } from '../../../src/rpc/schemas/json-schema.js';
import { matching } from './matching.js';

/** What is likely to be understood: values by the title of an object or the name of a member or parameter. */
export interface Vocabulary {
  /** Values that stand for whole objects of a title. */
  readonly objects: ReadonlyMap<string, readonly unknown[]>;
  /** Values by the name of a member or parameter. */
  readonly members: ReadonlyMap<string, readonly unknown[]>;
  /** For strings of any name. */
  readonly words: readonly string[];
}

export interface SchemaArbitraryParts {
  /** The objects that schemas refer to, by file name. */
  readonly objects: ReadonlyMap<string, JsonSchema>;
  readonly vocabulary: Vocabulary;
}

/** Where in a schema we are. */
interface Place {
  /** The name of the nearest member or parameter. */
  readonly name: string;
  /** Into how many objects we went: a disk has disks for children. */
  readonly depth: number;
}

const ANY_TYPE = ['object', 'string', 'integer', 'boolean', 'null'];
const MAX_DEPTH = 4;
const MAX_ITEMS = 3;
/** How often a word is taken that means something, and how often one that is made up. */
const KNOWN = { weight: 5, otherwise: 2 };
const SAFE = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

/**
 * Makes arbitraries of the JSON Schemas that rpc-schema is written in, so that a call is covered by having a schema.
 *
 * Values are meant to be valid; only what `not` and the like say would be overlooked, and is an error.
 */
export class SchemaArbitraries {
  readonly #parts: SchemaArbitraryParts;

  constructor(parts: SchemaArbitraryParts) {
    this.#parts = parts;
  }

  /** @param name of the parameter: it tells which words are likely */
  valuesOf(schema: JsonSchema, name: string): fc.Arbitrary<unknown> {
    return this.#of(schema, { name, depth: 0 });
  }

  #of(schema: JsonSchema, place: Place): fc.Arbitrary<unknown> {
    refuseUnknown(schema);
    const object = referencedObject(schema);
    if (object !== undefined) return this.#reference(object, place);
    if ('const' in schema) return fc.constant(schema['const']);
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
    const { anyOf } = schema as { anyOf?: readonly JsonSchema[] };
    if (anyOf !== undefined) return fc.oneof(...anyOf.map((one) => this.#of(one, place)));
    const types = [(schema['type'] ?? ANY_TYPE) as string | readonly string[]].flat();
    return fc.oneof(...types.map((type) => this.#ofType(type, schema, place)));
  }

  #reference(object: string, place: Place): fc.Arbitrary<unknown> {
    const schema = this.#parts.objects.get(object);
    if (schema === undefined) throw new Error(`No object ${object} in rpc-schema`);
    const made = this.#of(schema, { ...place, depth: place.depth + 1 });
    const known = this.#parts.vocabulary.objects.get(String(schema['title'])) ?? [];
    return preferring(known, made);
  }

  #ofType(type: string, schema: JsonSchema, place: Place): fc.Arbitrary<unknown> {
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
      case 'number':
        return this.#number(type === 'integer', schema, place);
      case 'string':
        return this.#string(schema, place);
      case 'array':
        return this.#array(schema, place);
      case 'object':
        return this.#object(schema, place);
      default:
        throw new Error(`Type ${type} is not known here`);
    }
  }

  #number(isInteger: boolean, schema: JsonSchema, { name }: Place): fc.Arbitrary<unknown> {
    const { minimum, maximum, exclusiveMinimum } = schema as Readonly<Record<string, number>>;
    const least = minimum ?? (exclusiveMinimum === undefined ? SAFE.min : exclusiveMinimum + 1);
    const most = maximum ?? SAFE.max;
    const fits = (value: unknown): boolean =>
      typeof value === 'number' && value >= least && value <= most;
    const known = (this.#parts.vocabulary.members.get(name) ?? []).filter(fits);
    const small = fc.integer({ min: Math.max(least, -2), max: Math.min(most, 64) });
    const any = isInteger
      ? fc.integer({ min: Math.ceil(least), max: Math.floor(most) })
      : fc.double({ min: least, max: most, noNaN: true });
    return preferring(known, fc.oneof({ weight: 3, arbitrary: small }, any));
  }

  #string(schema: JsonSchema, { name }: Place): fc.Arbitrary<string> {
    const { vocabulary } = this.#parts;
    const { pattern, minLength = 0, maxLength = Infinity } = schema as StringRules;
    const rule = pattern === undefined ? undefined : new RegExp(pattern, 'u');
    const fits = (value: unknown): value is string =>
      typeof value === 'string' &&
      value.length >= minLength &&
      value.length <= maxLength &&
      rule?.test(value) !== false;
    const made = rule === undefined ? fc.string({ unit: 'grapheme' }) : matching(rule);
    const named = (vocabulary.members.get(name) ?? []).filter(fits);
    return preferring(named, preferring(vocabulary.words.filter(fits), made.filter(fits)));
  }

  #array(schema: JsonSchema, place: Place): fc.Arbitrary<unknown[]> {
    const { prefixItems = [], items, maxItems = MAX_ITEMS } = schema as ArrayRules;
    const prefix = fc.tuple(...prefixItems.map((item) => this.#of(item, place)));
    if (items === false || items === undefined) return prefix;
    const maxLength = place.depth > MAX_DEPTH ? 0 : Math.min(maxItems, MAX_ITEMS);
    const rest = fc.array(this.#of(items, deeper(place)), { maxLength });
    return fc.tuple(prefix, rest).map(([first, more]) => [...first, ...more]);
  }

  #object(schema: JsonSchema, place: Place): fc.Arbitrary<object> {
    const { allOf, ...base } = schema as { allOf?: readonly JsonSchema[] };
    if (allOf !== undefined)
      return fc.oneof(...allOf.map((one) => this.#conditional({ ...base, ...one }, place)));
    if ('if' in schema) return this.#conditional(schema, place);
    const { properties = {}, required = [], additionalProperties } = schema as ObjectRules;
    const names = Object.keys(properties).filter(
      (name) => required.includes(name) || place.depth <= MAX_DEPTH,
    );
    const members = fc.record(
      Object.fromEntries(
        names.map((name) => [name, this.#of(properties[name] ?? {}, { ...deeper(place), name })]),
      ),
      { requiredKeys: required.filter((name) => names.includes(name)), noNullPrototype: true },
    );
    if (typeof additionalProperties !== 'object') return members;
    const more = this.#dictionary(schema, additionalProperties, place);
    return fc.tuple(more, members).map(([some, known]) => ({ ...some, ...known }));
  }

  #dictionary(schema: JsonSchema, values: JsonSchema, place: Place): fc.Arbitrary<object> {
    const keys = this.#string(this.#resolved((schema['propertyNames'] ?? {}) as JsonSchema), {
      ...place,
      name: `${place.name} key`,
    }).filter((key) => key !== '__proto__');
    return fc.dictionary(keys, this.#of(values, deeper(place)), {
      maxKeys: MAX_ITEMS,
      noNullPrototype: true,
    });
  }

  /** What meets the condition and what follows from it. */
  #conditional(schema: JsonSchema, place: Place): fc.Arbitrary<object> {
    const { if: condition = {}, then: consequence = {}, else: alternative, ...base } = schema;
    const whole = (...schemas: readonly unknown[]) =>
      this.#object(merged(base, ...schemas.map((one) => this.#resolved(one as JsonSchema))), place);
    const meeting = whole(condition, consequence);
    return alternative === undefined ? meeting : fc.oneof(meeting, whole(alternative));
  }

  #resolved(schema: JsonSchema): JsonSchema {
    const object = referencedObject(schema);
    return object === undefined ? schema : (this.#parts.objects.get(object) ?? {});
  }
}

interface StringRules {
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
}

interface ArrayRules {
  readonly prefixItems?: readonly JsonSchema[];
  readonly items?: JsonSchema | false;
  readonly maxItems?: number;
}

interface ObjectRules {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  `$schema $ref title description examples type enum const anyOf allOf if then else properties required propertyNames
  additionalProperties items prefixItems minItems maxItems minimum maximum exclusiveMinimum pattern minLength
  maxLength`.split(/\s+/),
);

/** A rule that is overlooked would make all values wrong that break it. */
function refuseUnknown(schema: JsonSchema): void {
  const unknown = Object.keys(schema).filter((keyword) => !KEYWORDS.has(keyword));
  if (unknown.length > 0) throw new Error(`No values are made for ${unknown.join(', ')} yet`);
}

function deeper(place: Place): Place {
  return { ...place, depth: place.depth + 1 };
}

function preferring<T>(known: readonly T[], other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  if (known.length === 0) return other;
  return fc.oneof(
    { weight: KNOWN.weight, arbitrary: fc.constantFrom(...known) },
    { weight: KNOWN.otherwise, arbitrary: other },
  );
}

/** One object schema that says what all of them say; of a member that two describe, what the last says. */
function merged(...schemas: readonly JsonSchema[]): JsonSchema {
  return schemas.reduce<JsonSchema>(
    (all, one) => ({
      ...all,
      ...one,
      properties: { ...(all['properties'] as object), ...(one['properties'] as object) },
      required: [...new Set([...names(all), ...names(one)])],
    }),
    {},
  );
}

function names({ required = [] }: ObjectRules): readonly string[] {
  return required;
}
