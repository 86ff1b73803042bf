/** A pointer in a line of output, and its label. */
export interface Pointer {
  readonly address: bigint;
  /** A register's name; '' where the place in the line is enough. */
  readonly label: string;
}

interface Shape {
  /** Form of the whole line. */
  readonly line: RegExp;
  /** The pointers of such a line: the groups `address` and, where there are several to tell apart, `label`. */
  readonly pointers: RegExp;
  /** Place in the line where they begin. */
  from(line: string): number;
  /** A pointer without a note keeps its place among the notes. */
  readonly columns: boolean;
}

const WORD = '(?:[0-9a-f]{16}|[0-9a-f]{8})';
const fromStart = (): number => 0;

/**
 * Lines whose pointers have notes. Tables (`ps`, `kmem -s`) and lines that name their addresses (`bt`, `dis`) are left
 * out.
 */
const SHAPES: readonly Shape[] = [
  {
    // rd, bt -f, search: an address, its words, and perhaps the same as characters.
    line: new RegExp(`^ *${WORD}: {1,2}${WORD}(?= |$)`),
    pointers: new RegExp(`(?<address>${WORD})(?: (?=${WORD}(?: |$))|.*$)`, 'g'),
    from: (line) => line.indexOf(':') + 1,
    columns: true,
  },
  {
    // Registers. RIP is named in the line before, EIP's function in the line after.
    line: /^ +(?:[A-Z][A-Z0-9_]+: +[0-9a-f]{4,16}(?: +|$))+$/,
    pointers: /\b(?![RE]IP)(?<label>[A-Z][A-Z0-9_]+): +(?<address>[0-9a-f]{8,16})\b/g,
    from: fromStart,
    columns: false,
  },
  {
    // struct, p, list -s: members and elements; gdb itself names function pointers.
    line: /^[^"'<]* ?(?:= |\{)[^"'<]*\b0x[0-9a-f]{8,16}\b/,
    pointers: /(?:[={,] ?|\) )(?<address>0x[0-9a-f]{8,16})\b(?! <)/g,
    from: fromStart,
    columns: false,
  },
  {
    // list, tree: a line for each.
    line: /^ *[0-9a-f]{8,16}$/,
    pointers: /(?<address>[0-9a-f]{8,16})$/g,
    from: fromStart,
    columns: false,
  },
];

/** The pointers of a line, and whether their order alone tells them apart. */
export function pointersOf(line: string): {
  readonly pointers: readonly Pointer[];
  readonly columns: boolean;
} {
  const shape = SHAPES.find((each) => each.line.test(line));
  if (!shape) return { pointers: [], columns: false };
  const found = [...line.slice(shape.from(line)).matchAll(shape.pointers)].map(({ groups }) => ({
    address: BigInt(`0x${groups?.address?.replace(/^0x/, '')}`),
    label: groups?.label ?? '',
  }));
  return { pointers: found, columns: shape.columns };
}
