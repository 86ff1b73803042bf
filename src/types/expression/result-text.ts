import { integerText, type ValueEnvironment, type ValueStyle, valueText } from '../value.ts';
import type { Value } from './value.ts';

/** Memory and symbols for the text; the types are those of the value. */
export type ResultEnvironment = Omit<ValueEnvironment, 'types'>;

/**
 * A value as `p` shows it after `$1 = `: with `(type *) ` before a pointer that is no plain string. Lines are not indented.
 * Throws ReadError when the value cannot be read.
 */
export function resultText(
  value: Value,
  environment: ResultEnvironment,
  style: ValueStyle = {},
): string {
  const { types } = value;
  const full: ValueEnvironment = {
    types,
    symbolize: (address) => environment.symbolize(address),
    read: (address, length) => environment.read(address, length),
  };
  if (value.bits !== undefined) {
    return integerText(full, value.type, value.asInteger(), value.bits.size, style);
  }
  const place = {
    bytes: hasBytes(value) ? value.bytes : new Uint8Array(0),
    offset: 0,
    address: value.address ?? 0n,
  };
  const text = valueText(full, value.type, place, style);
  return value.isPointer && namesItsType(value, style)
    ? `(${types.nameOf(value.type)}) ${text}`
    : text;
}

const hasBytes = (value: Value): boolean => !value.isFunction && value.resolved.kind !== 'void';

/** Whether the text shows its type by itself: `char *` by its quotes. A format letter drops the type. */
function namesItsType(value: Value, style: ValueStyle): boolean {
  if (style.letter !== undefined && style.letter !== 's') return false;
  const { types } = value;
  const pointer = types.get(value.type);
  if (pointer.kind !== 'pointer') return true;
  let target = types.get(pointer.target);
  while (target.kind === 'const' || target.kind === 'volatile' || target.kind === 'type_tag') {
    target = types.get(target.target);
  }
  return !(target.kind === 'int' && target.name === 'char');
}

/**
 * The whole answer of `p`: `$1 = 0`, `jiffies = $1 = 42`. crash puts an array or function that it names on a line
 * of its own.
 */
export function answerText(index: number, name: string | undefined, text: string): string {
  if (name === undefined) return `$${index} = ${text}`;
  const apart = text.startsWith('{') && !text.startsWith('{\n');
  return `${name} = $${index} = ${apart ? '\n ' : ''}${text}`;
}
