/**
 * Records as JSON, one a line. Addresses and other big integers are strings `"0x..."`, bytes are a hex
 * string, sets and maps become arrays and objects; what cannot be said in JSON is left out.
 */

/** Deeper than any record; a graph that is deeper is cut rather than followed. */
const MAX_DEPTH = 32;

export function toJson(value: unknown): string {
  return JSON.stringify(plainValue(value, 0)) ?? 'null';
}

function plainValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'bigint':
      return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      return value === null || depth > MAX_DEPTH ? null : plainObject(value, depth + 1);
    default:
      return undefined;
  }
}

function plainObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => plainValue(item, depth) ?? null);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Set) return [...value].map((item) => plainValue(item, depth) ?? null);
  if (value instanceof Error) return { error: value.message };
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  const plain: Record<string, unknown> = {};
  for (const [key, item] of entries) {
    const one = plainValue(item, depth);
    if (one !== undefined)
      plain[typeof key === 'bigint' ? `0x${key.toString(16)}` : String(key)] = one;
  }
  return plain;
}
