import { plus, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { declaration } from '../../types/c-name.ts';
import { isTextual, readInteger } from '../../types/scalar.ts';
import { stringAt, type ValueEnvironment, type ValueStyle, valueText } from '../../types/value.ts';
import type { Target } from '../core/target.ts';
import {
  memberLine,
  type PlacedMember,
  placedText,
  placeOfMember,
  type StructAt,
} from './member-text.ts';
import { findVariable } from './variables.ts';

/** What is needed to follow the pointers of a structure. */
export interface PointerView {
  readonly target: Target;
  readonly environment: ValueEnvironment;
  readonly style: ValueStyle;
}

/**
 * A member as `struct -p` shows it: a pointer by its declaration and, on the lines below, its target. Other members,
 * and pointers in anonymous structures, are shown as without -p. Undefined when there is no such member.
 */
export function followedLine(view: PointerView, at: StructAt, path: string): string | undefined {
  const { environment, style } = view;
  const found = /[.[]/.test(path) ? undefined : placeOfMember(environment.types, at.struct, path);
  const lines = found && followed(view, at, found);
  return lines ?? memberLine(environment, at, path, style);
}

/** A whole structure with its pointers followed; unnamed members and bit fields as without -p. */
export function followedStruct(view: PointerView, at: StructAt): string {
  const { environment, style } = view;
  const { members } = at.struct;
  const lines = members.map((member, index) => {
    const last = index === members.length - 1;
    const placed = { member, level: 1, last };
    const lines = followed(view, at, placed);
    if (lines !== undefined) return lines;
    const name = member.name === '' ? '' : `${member.name} = `;
    return `  ${name}${placedText(environment, at, placed, style)}${last ? '' : ','}`;
  });
  return `{\n${lines.join('\n')}\n}`;
}

function followed(
  view: PointerView,
  at: StructAt,
  { member, level }: PlacedMember,
): string | undefined {
  const { types } = view.environment;
  const type = types.resolve(member.type);
  if (type.kind !== 'pointer' || level !== 1 || member.name === '') return undefined;
  const size = types.pointerSize;
  const place = plus(va(at.address), Math.floor(member.bitOffset / 8));
  const address = readInteger(at.read(place, size), 0, size, false);
  const head = `  ${declaration(types, member.type, member.name)} = 0x${address.toString(16)}`;
  return `${head}\n  -> ${targetText(view, member.type, type.target, address)}`;
}

/** The text after `->`: what the pointer points to. */
function targetText(view: PointerView, pointer: number, pointed: number, address: bigint): string {
  if (address === 0n) return 'NULL';
  const { types } = view.environment;
  const name = exactName(view.target, address);
  const symbol = name === undefined ? '' : `<${name}>`;
  const kind = types.resolve(pointed).kind;
  if (kind === 'func_proto') {
    // crash does not recognise a function through a typedef, and shows the value.
    const isNamed = types.get(pointer).kind === 'typedef' || types.get(pointed).kind === 'typedef';
    if (symbol === '') return '(unknown)';
    return isNamed ? `${symbol} ${valueAt(view, pointed, address)}` : symbol;
  }
  if (isTextual(types, pointed)) return textAt(view, address) ?? '(not accessible)';
  if (kind === 'void') return voidText(view, name, address);
  try {
    const text = valueAt(view, pointed, address).replaceAll('\n', '\n     ');
    return symbol === '' ? text : `${symbol} ${text}`;
  } catch (error) {
    if (error instanceof CrashError) return `${symbol === '' ? '' : `${symbol} `}(not accessible)`;
    throw error;
  }
}

/** A `void *` is shown by the type of the variable at its target, if there is one. */
function voidText(view: PointerView, name: string | undefined, address: bigint): string {
  if (name === undefined) {
    const readable = view.target.kernel.tryRead(va(address), 1) !== undefined;
    return readable ? '(unknown target type)' : '(not accessible)';
  }
  const type = findVariable(view.target, name)?.type;
  if (type === undefined) return `<${name}>`;
  try {
    return `<${name}> ${valueAt(view, type, address).replaceAll('\n', '\n     ')}`;
  } catch (error) {
    if (error instanceof CrashError) return `<${name}>`;
    throw error;
  }
}

function valueAt({ environment, style }: PointerView, type: number, address: bigint): string {
  const { kind } = environment.types.resolve(type);
  const size = kind === 'func_proto' ? 0 : environment.types.sizeOf(type);
  const bytes = size === 0 ? new Uint8Array(0) : environment.read(address, size);
  return valueText(environment, type, { bytes, offset: 0, address }, style);
}

/** The string at a `char *`'s target; undefined when its first byte cannot be read. */
function textAt({ environment, style }: PointerView, address: bigint): string | undefined {
  const text = stringAt(environment, address, style);
  return text.startsWith('<') ? undefined : text;
}

/** The symbol that begins at an address, as crash names it: no offset. */
function exactName(target: Target, address: bigint): string | undefined {
  try {
    if (!target.symbols.inRange(va(address))) return undefined;
    const found = target.symbols.at(va(address));
    return found?.offset === 0 && found.symbol.type !== 'm' ? found.symbol.name : undefined;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
