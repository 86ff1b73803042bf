import { CorruptError, MissingError } from '../base/errors.ts';
import { KIND, TYPE_WORDS } from './btf-format.ts';
import type { BtfScan } from './btf-scan.ts';
import type { CType, EnumType, Member } from './types.ts';

/** What decoding needs of the blob: its words, its strings, and type numbers as callers see them. */
export interface TypeSource {
  readonly scan: BtfScan;
  string(offset: number): string;
  outside(id: number): number;
}

interface RawType {
  readonly source: TypeSource;
  readonly id: number;
  readonly name: string;
  readonly kind: number;
  readonly flag: boolean;
  /** Members, parameters, values: their number. */
  readonly count: number;
  /** Bytes, or a type number. */
  readonly sizeOrType: number;
  /** The word after struct btf_type. */
  readonly at: number;
}

/** Decodes type number `own` (from 0) of a blob; it is `id` to the callers. Throws CorruptError. */
export function decodeBtfType(source: TypeSource, own: number, id: number): CType {
  const { words, starts } = source.scan;
  const start = starts[own]!;
  const info = words[start + 1]!;
  const raw: RawType = {
    source,
    id,
    name: source.string(words[start]!),
    kind: (info >>> 24) & 0x7f,
    flag: info >>> 31 !== 0,
    count: info & 0xffffff,
    sizeOrType: words[start + 2]!,
    at: start + TYPE_WORDS,
  };
  const decode = DECODERS[raw.kind];
  if (decode === undefined) {
    throw new MissingError(
      'type',
      `#${id}`,
      `type #${id} is of BTF kind ${raw.kind}, which has no C type`,
    );
  }
  return decode(raw);
}

const target = (raw: RawType): number => raw.source.outside(raw.sizeOrType);
const word = (raw: RawType, index: number): number => raw.source.scan.words[raw.at + index]!;

function decodeInt(raw: RawType): CType {
  const encoding = word(raw, 0) >>> 24;
  if (raw.sizeOrType === 0 || raw.sizeOrType > 16) {
    throw new CorruptError(`BTF: int type #${raw.id} of ${raw.sizeOrType} bytes`);
  }
  return {
    kind: 'int',
    id: raw.id,
    name: raw.name,
    size: raw.sizeOrType,
    signed: (encoding & 1) !== 0,
    // pahole marks no type as char; a one-byte `char` is recognised by name.
    char: (encoding & 2) !== 0 || (raw.sizeOrType === 1 && /\bchar\b/.test(raw.name)),
    bool: (encoding & 4) !== 0,
  };
}

function decodeStruct(raw: RawType): CType {
  const members: Member[] = [];
  const { words } = raw.source.scan;
  for (let i = 0, at = raw.at; i < raw.count; i++, at += 3) {
    const place = words[at + 2]!;
    const name = raw.source.string(words[at]!);
    const type = raw.source.outside(words[at + 1]!);
    // Without kind_flag no member is a bit field (the narrow ints of 4.18 to 4.20 were in no vmlinux).
    const bitOffset = raw.flag ? place & 0xffffff : place;
    members.push({ name, type, bitOffset, bitSize: raw.flag ? place >>> 24 : 0 });
  }
  const kind = raw.kind === KIND.UNION ? 'union' : 'struct';
  return { kind, id: raw.id, name: raw.name, size: raw.sizeOrType, members };
}

function decodeEnum(raw: RawType): CType {
  const { words } = raw.source.scan;
  const wide = raw.kind === KIND.ENUM64;
  const values: { name: string; value: bigint }[] = [];
  let signed = raw.flag;
  if (!wide && !signed) signed = looksSigned(raw);
  for (let i = 0, at = raw.at; i < raw.count; i++, at += wide ? 3 : 2) {
    const low = words[at + 1]!;
    let value = BigInt(low);
    if (wide) value |= BigInt(words[at + 2]!) << 32n;
    if (signed) value = BigInt.asIntN(wide ? 64 : 32, value);
    values.push({ name: raw.source.string(words[at]!), value });
  }
  if (![1, 2, 4, 8].includes(raw.sizeOrType)) {
    throw new CorruptError(`BTF: enum type #${raw.id} of ${raw.sizeOrType} bytes`);
  }
  const type: EnumType = {
    kind: 'enum',
    id: raw.id,
    name: raw.name,
    size: raw.sizeOrType,
    signed,
    values,
  };
  return type;
}

/**
 * Before 6.0 (6089fb325cf7, bpf: Add btf enum64 support) BTF does not say which enums are signed: small negative values
 * tell.
 */
function looksSigned(raw: RawType): boolean {
  const { scan } = raw.source;
  let negative = false;
  for (let i = 0; i < raw.count && !negative; i++) negative = word(raw, i * 2 + 1) >= 0xffff0000;
  if (!negative) return false;
  if (!scan.marksSignedEnums) scan.finish();
  return !scan.marksSignedEnums;
}

function decodePrototype(raw: RawType): CType {
  const parameters: { name: string; type: number }[] = [];
  let variadic = false;
  for (let i = 0; i < raw.count; i++) {
    const name = raw.source.string(word(raw, i * 2));
    const type = raw.source.outside(word(raw, i * 2 + 1));
    // A last parameter without name and type stands for `...`.
    if (type === 0 && name === '' && i === raw.count - 1) variadic = true;
    else parameters.push({ name, type });
  }
  return { kind: 'func_proto', id: raw.id, returns: target(raw), parameters, variadic };
}

function decodeDatasec(raw: RawType): CType {
  const variables = Array.from({ length: raw.count }, (_, i) => ({
    type: raw.source.outside(word(raw, i * 3)),
    offset: word(raw, i * 3 + 1),
    size: word(raw, i * 3 + 2),
  }));
  return { kind: 'datasec', id: raw.id, name: raw.name, size: raw.sizeOrType, variables };
}

const qualified =
  (kind: 'const' | 'volatile' | 'restrict' | 'type_tag') =>
  (raw: RawType): CType => ({ kind, id: raw.id, name: raw.name, target: target(raw) });

const DECODERS: Readonly<Record<number, (raw: RawType) => CType>> = {
  [KIND.INT]: decodeInt,
  [KIND.PTR]: (raw) => ({ kind: 'pointer', id: raw.id, target: target(raw) }),
  [KIND.ARRAY]: (raw) => ({
    kind: 'array',
    id: raw.id,
    element: raw.source.outside(word(raw, 0)),
    count: word(raw, 2),
  }),
  [KIND.STRUCT]: decodeStruct,
  [KIND.UNION]: decodeStruct,
  [KIND.ENUM]: decodeEnum,
  [KIND.ENUM64]: decodeEnum,
  [KIND.FWD]: (raw) => ({ kind: 'fwd', id: raw.id, name: raw.name, union: raw.flag }),
  [KIND.TYPEDEF]: (raw) => ({ kind: 'typedef', id: raw.id, name: raw.name, target: target(raw) }),
  [KIND.VOLATILE]: qualified('volatile'),
  [KIND.CONST]: qualified('const'),
  [KIND.RESTRICT]: qualified('restrict'),
  [KIND.TYPE_TAG]: qualified('type_tag'),
  [KIND.FUNC]: (raw) => ({ kind: 'func', id: raw.id, name: raw.name, proto: target(raw) }),
  [KIND.FUNC_PROTO]: decodePrototype,
  [KIND.VAR]: (raw) => ({
    kind: 'var',
    id: raw.id,
    name: raw.name,
    type: target(raw),
    isStatic: word(raw, 0) === 0,
  }),
  [KIND.DATASEC]: decodeDatasec,
  [KIND.FLOAT]: (raw) => ({ kind: 'float', id: raw.id, name: raw.name, size: raw.sizeOrType }),
  [KIND.DECL_TAG]: (raw) => ({
    kind: 'decl_tag',
    id: raw.id,
    name: raw.name,
    target: target(raw),
    component: word(raw, 0) | 0,
  }),
};
