import type { Schema } from '../../src/build/record-schemas.ts';

/** A JSON Schema with the definitions that it refers to by `#/...`. */
export type RootSchema = Schema & { readonly $defs: unknown };

/** What of a value is not as a schema has it: one line for each place; none when all is well. */
export function faults(value: unknown, schema: Schema, root: RootSchema, place = '$'): string[] {
  if (schema.$ref) return faults(value, resolve(schema.$ref, root), root, place);
  if (schema.anyOf) return faultsOfBest(value, schema.anyOf, root, place);
  if ('const' in schema && value !== schema.const) {
    return [`${place}: ${JSON.stringify(value)} is not ${JSON.stringify(schema.const)}`];
  }
  if (schema.enum && !schema.enum.includes(value)) {
    return [`${place}: ${JSON.stringify(value)} is none of ${JSON.stringify(schema.enum)}`];
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOf(value, type))) {
    return [`${place}: ${JSON.stringify(value)} is no ${types.join(' or ')}`];
  }
  if (typeof value === 'string' && schema.pattern && !new RegExp(schema.pattern).test(value)) {
    return [`${place}: ${JSON.stringify(value)} does not match ${schema.pattern}`];
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, at) => faults(item, items, root, `${place}[${at}]`)) : [];
  }
  return isObject(value) ? faultsOfObject(value, schema, root, place) : [];
}

function faultsOfObject(
  value: Readonly<Record<string, unknown>>,
  { properties = {}, required = [], additionalProperties }: Schema,
  root: RootSchema,
  place: string,
): string[] {
  const found = required
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => `${place}: ${name} is missing`);
  for (const [name, member] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (schema === false) found.push(`${place}: ${name} is not declared`);
    else if (typeof schema === 'object') {
      found.push(...faults(member, schema, root, `${place}.${name}`));
    }
  }
  return found;
}

/** Of several schemas none of which fits the faults are told of the nearest. */
function faultsOfBest(
  value: unknown,
  schemas: readonly Schema[],
  root: RootSchema,
  place: string,
): string[] {
  let best: string[] | undefined;
  for (const schema of schemas) {
    const found = faults(value, schema, root, place);
    if (found.length === 0) return [];
    if (!best || found.length < best.length) best = found;
  }
  return best ?? [`${place}: nothing may be here`];
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `#/$defs/records/bt` */
function resolve(reference: string, root: RootSchema): Schema {
  let part: unknown = root;
  for (const step of reference.slice(2).split('/')) {
    part = isObject(part) && Object.hasOwn(part, step) ? part[step] : undefined;
  }
  if (!isObject(part)) throw new Error(`no definition ${reference}`);
  return part as Schema;
}
