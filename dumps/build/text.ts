import {
  DIRECT_CALL,
  directCall,
  epilogueOf,
  fill,
  prologueOf,
  type SavedRegister,
  stackStep,
} from './instructions.ts';
import type { Machine } from './machine.ts';
import { framePointerEntry, type OrcShape, type OrcStyle, orcEntry } from './orc.ts';
import { bytesOf } from './ram.ts';

/**
 * A function of the kernel or of a module. Its code is a real prologue, no-ops with the calls that stacks mention, and an
 * epilogue; `code` puts other bytes where a story needs them.
 */
export interface FunctionSpec {
  /** Where it lies; behind those mentioned before it when left out. */
  readonly at?: bigint;
  /** Bytes; 1024 when left out, or as much as the first mention needs. */
  readonly size?: number;
  /** Callee-saved registers that it pushes, in order. Default: bp and bx. */
  readonly saves?: readonly SavedRegister[];
  /** Bytes of locals below them. Default 24. */
  readonly locals?: number;
  /** Hex bytes by offset, over what would be there: `{ 0x1a: '48 8b 47 08' }`. */
  readonly code?: Readonly<Record<number, string>>;
  /**
   * What ORC says of all of it, where it is assembly: `regs`: struct pt_regs lies at the stack pointer (entries);
   * `end`: nothing called it. Such functions have no prologue.
   */
  readonly orc?: 'regs' | 'end';
  /** nm's letter. Default T. */
  readonly type?: string;
}

/** A function that has its place. */
export interface BuiltFunction {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly saves: readonly SavedRegister[];
  /** Bytes between the return address and the stack pointer of its body. */
  readonly frame: number;
  /** Bytes of code that make the frame. */
  readonly prologue: number;
  readonly spec: FunctionSpec;
}

interface OrcRow {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** The code of an image: functions get their place when they are first mentioned, in that order. */
export class Text {
  readonly machine: Machine;
  readonly style: OrcStyle;
  readonly #functions = new Map<string, BuiltFunction>();
  /** Known code, by function and offset; an empty piece marks the start of an instruction. */
  readonly #pieces = new Map<string, Map<number, Uint8Array>>();
  readonly #callees = new Map<string, string>();
  readonly #specs = new Map<string, FunctionSpec>();

  constructor(machine: Machine, style: OrcStyle) {
    this.machine = machine;
    this.style = style;
  }

  /** Describes functions before stacks mention them. */
  describe(specs: Readonly<Record<string, FunctionSpec>>): void {
    for (const [name, spec] of Object.entries(specs)) this.#specs.set(name, spec);
  }

  /** Places a function at an address of a module's memory. */
  place(name: string, address: bigint, spec: FunctionSpec = {}): BuiltFunction {
    return this.#build(name, spec, address, spec.size ?? 1024);
  }

  /** The function of that name; placed in the kernel's text if need be, with room for `offset`. */
  get(name: string, offset = 0): BuiltFunction {
    const known = this.#functions.get(name);
    if (known) {
      if (offset >= known.size)
        throw new Error(
          `${name}+0x${offset.toString(16)} is beyond its ${known.size} bytes: give it a size`,
        );
      return known;
    }
    const spec = this.#specs.get(name) ?? {};
    const size = spec.size ?? Math.max(1024, Math.ceil((offset + 64) / 64) * 64);
    const address = spec.at ?? this.machine.room('code', size, 64);
    this.machine.addSymbol(name, address, spec.type ?? 'T');
    return this.#build(name, spec, address, size);
  }

  #build(name: string, spec: FunctionSpec, address: bigint, size: number): BuiltFunction {
    const bare = spec.orc !== undefined;
    const saves = bare ? [] : (spec.saves ?? ['bp', 'bx']);
    const frame = bare ? 0 : saves.length * 8 + (spec.locals ?? 24);
    const head = bare ? '' : prologueOf(saves, frame);
    const built = { name, address, size, saves, frame, prologue: head.length / 2, spec };
    this.#functions.set(name, built);
    const tail = bare ? '' : epilogueOf(saves, frame);
    this.#pieces.set(name, new Map([[size - tail.length / 2, bytesOf(tail)]]));
    this.#put(name, 0, bytesOf(head));
    for (const [at, hex] of Object.entries(spec.code ?? {}))
      this.#put(name, Number(at), bytesOf(hex));
    return built;
  }

  /** `schedule+0x5e` as an address. */
  resolve(place: string): bigint {
    const { name, offset } = parsePlace(place);
    const { address } = this.get(name, offset);
    // An instruction begins there.
    if (!this.#pieces.get(name)?.has(offset)) this.#put(name, offset, new Uint8Array(0));
    return address + BigInt(offset);
  }

  /**
   * Puts a call before a return address. A callee of undefined is a call through a register, as ops tables make; so is
   * one that two stacks say went to different functions.
   */
  call(place: string, callee: string | undefined): bigint {
    const { name, offset } = parsePlace(place);
    const caller = this.get(name, offset);
    const returns = caller.address + BigInt(offset);
    const key = `${name}+${offset}`;
    const known = this.#callees.get(key);
    const isDirect = callee !== undefined && (known === undefined || known === callee);
    this.#callees.set(key, isDirect ? callee : 'several');
    const site = isDirect ? directCall(returns, this.get(callee).address) : bytesOf('ffd0');
    if (offset < caller.prologue + site.length) {
      throw new Error(
        `no call fits before ${place}: its first ${caller.prologue} bytes make the frame`,
      );
    }
    this.#pieces.get(name)?.delete(offset - DIRECT_CALL);
    this.#put(name, offset - site.length, site);
    return returns;
  }

  #put(name: string, offset: number, bytes: Uint8Array): void {
    this.#pieces.get(name)?.set(offset, bytes);
  }

  /** Writes the code of all functions: the known pieces of each, and harmless instructions between them. */
  #finishCode(): void {
    for (const { name, address, size } of this.functions) {
      const body = new Uint8Array(size);
      let end = 0;
      const pieces = [...(this.#pieces.get(name) ?? [])].sort(([a], [b]) => a - b);
      for (const [offset, bytes] of pieces) {
        fill(body, end, offset);
        body.set(bytes, offset);
        end = Math.max(end, offset + bytes.length);
      }
      fill(body, end, size);
      this.machine.write(address, body);
    }
  }

  get functions(): readonly BuiltFunction[] {
    return [...this.#functions.values()];
  }

  /** Writes the code; then .orc_unwind_ip, .orc_unwind and orc_lookup of the kernel's own text, with their symbols. */
  finish(): void {
    this.#finishCode();
    const { machine } = this;
    const end = machine.codeEnd;
    machine.addSymbol('_etext', end, 'T');
    const rows = this.#rows(machine.text, end);
    this.writeTable(rows, (name, address) => machine.addSymbol(name, address, 'R'));
    const blocks = Number((end - machine.text) >> 8n) + 1;
    const lookup = new Uint32Array(blocks + 1);
    let row = 0;
    for (let block = 0; block <= blocks; block++) {
      const at = machine.text + BigInt(block * 256);
      while (row + 1 < rows.length && (rows[row + 1] as OrcRow).address <= at) row++;
      lookup[block] = row;
    }
    const table = machine.room('constants', lookup.byteLength, 16);
    machine.write(table, new Uint8Array(lookup.buffer));
    machine.addSymbol('orc_lookup', table, 'D');
    machine.addSymbol('orc_lookup_end', table + BigInt(lookup.byteLength), 'D');
    const example = machine.room('constants', 8);
    machine.write(example, framePointerEntry(this.style));
    machine.addSymbol('orc_fp_entry', example, 'r');
  }

  /** The ORC tables of a module's functions: addresses of ip words and of entries, and their count. */
  moduleOrc(from: bigint, to: bigint): { ips: bigint; entries: bigint; count: number } {
    let places: [bigint, bigint] = [0n, 0n];
    const rows = this.#rows(from, to);
    this.writeTable(rows, (name, address) => {
      if (name === '__start_orc_unwind_ip') places = [address, places[1]];
      if (name === '__start_orc_unwind') places = [places[0], address];
    });
    return { ips: places[0], entries: places[1], count: rows.length };
  }

  writeTable(rows: readonly OrcRow[], symbol: (name: string, address: bigint) => void): void {
    const { machine } = this;
    const ips = machine.room('constants', rows.length * 4, 16);
    const entries = machine.room('constants', rows.length * 6, 16);
    const words = new Int32Array(
      rows.map(({ address }, i) => Number(address - ips - BigInt(4 * i))),
    );
    machine.write(ips, new Uint8Array(words.buffer));
    machine.write(entries, Buffer.concat(rows.map(({ bytes }) => bytes)));
    symbol('__start_orc_unwind_ip', ips);
    symbol('__stop_orc_unwind_ip', ips + BigInt(rows.length * 4));
    symbol('__start_orc_unwind', entries);
    symbol('__stop_orc_unwind', entries + BigInt(rows.length * 6));
  }

  #rows(from: bigint, to: bigint): OrcRow[] {
    const rows: OrcRow[] = [];
    const own = this.functions.filter(({ address }) => address >= from && address < to);
    own.sort((a, b) => (a.address < b.address ? -1 : 1));
    for (const built of own) {
      const add = (offset: number, shape: OrcShape) => {
        rows.push({ address: built.address + BigInt(offset), bytes: orcEntry(this.style, shape) });
      };
      if (built.spec.orc) {
        add(0, { kind: built.spec.orc, cfa: 0 });
        continue;
      }
      let offset = 5;
      let bp: number | undefined;
      add(0, { kind: 'call', cfa: 8 });
      for (const [i, name] of built.saves.entries()) {
        offset += name === 'bp' || name === 'bx' ? 1 : 2;
        if (name === 'bp') bp = -16 - 8 * i;
        add(offset, { kind: 'call', cfa: 16 + 8 * i, ...(bp === undefined ? {} : { bp }) });
      }
      if (built.frame > built.saves.length * 8) {
        add(offset + stackStep('ec', built.frame - built.saves.length * 8).length / 2, {
          kind: 'call',
          cfa: 8 + built.frame,
          ...(bp === undefined ? {} : { bp }),
        });
      }
    }
    return rows;
  }
}

/** `schedule+0x5e` -> name and offset. */
export function parsePlace(place: string): { name: string; offset: number } {
  const found = /^([\w.]+)(?:\+(0x[0-9a-f]+|\d+))?$/.exec(place);
  if (!found?.[1]) throw new Error(`"${place}" is no place in code: write function+0x12`);
  return { name: found[1], offset: Number(found[2] ?? 0) };
}
