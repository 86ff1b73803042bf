/**
 * The numbers of BTF. Documentation/bpf/btf.rst and include/uapi/linux/btf.h. Kinds up to 19 as of Linux 6.0;
 * 20 to 22, the wider `vlen` and `kind` fields, and the layout section are later (7.x), and since the bits they
 * took were zero before, one reading serves all.
 */

/** The first two bytes of a little-endian blob. */
export const BTF_MAGIC = 0xeb9f;
/** struct btf_header up to str_len; newer headers are longer and say so in hdr_len. */
export const BTF_HEADER_BYTES = 24;

/** BTF_KIND_*: kinds of types by name. */
export const KIND = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
  LOC_PARAM: 20,
  LOC_PROTO: 21,
  LOCSEC: 22,
} as const;

/** `struct btf_type` (name_off, info, size|type) in 32-bit words. */
export const TYPE_WORDS = 3;

/** Words that follow struct btf_type: [once, per vlen]. Index is the kind. */
const TRAILERS: readonly (readonly [number, number])[] = [
  [-1, 0], // 0 is no kind
  [1, 0], // INT
  [0, 0], // PTR
  [3, 0], // ARRAY
  [0, 3], // STRUCT
  [0, 3], // UNION
  [0, 2], // ENUM
  [0, 0], // FWD
  [0, 0], // TYPEDEF
  [0, 0], // VOLATILE
  [0, 0], // CONST
  [0, 0], // RESTRICT
  [0, 0], // FUNC: its vlen is the linkage, not a count
  [0, 2], // FUNC_PROTO
  [1, 0], // VAR
  [0, 3], // DATASEC
  [0, 0], // FLOAT
  [1, 0], // DECL_TAG
  [0, 0], // TYPE_TAG
  [0, 3], // ENUM64
  [1, 1], // LOC_PARAM
  [0, 1], // LOC_PROTO
  [0, 3], // LOCSEC
];

/** Kinds are 7 bits wide. */
export const KINDS = 128;

/** The trailer sizes as two flat tables, in words; -1 in `once` marks a kind of unknown size. */
export function trailerTables(): { once: Int32Array; each: Int32Array } {
  const once = new Int32Array(KINDS).fill(-1);
  const each = new Int32Array(KINDS);
  TRAILERS.forEach(([fixed, perEntry], kind) => {
    once[kind] = fixed;
    each[kind] = perEntry;
  });
  return { once, each };
}

/** A parsed struct btf_header. */
export interface BtfHeader {
  /** Byte offsets from the start of the blob. */
  readonly typeStart: number;
  readonly typeBytes: number;
  readonly stringStart: number;
  readonly stringBytes: number;
  /** struct btf_layout[] (one per kind: sizes of its trailer); 0 bytes before 7.x. */
  readonly layoutStart: number;
  readonly layoutBytes: number;
}
