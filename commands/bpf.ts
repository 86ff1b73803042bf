import { hex } from '../src/base/address.ts';
import { type BpfMap, type BpfProgram, bpfMaps, bpfPrograms } from '../src/kernel/bpf.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { memoryView } from '../src/kernel/mm/read-memory.ts';
import { type CodeLine, disassemble } from '../src/kernel/text/disassembly.ts';
import { codeLineText } from '../src/output/task/code-lines.ts';
import { dateText } from '../src/output/text/dates.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { center } from '../src/output/text/justify.ts';
import { CommandError, defineCommand, type Out } from '../src/session/command/command.ts';
import { byKind, titleOnce } from '../src/session/command/printing.ts';
import { isDecimal } from '../src/session/line/numbers.ts';
import type { Session } from '../src/session/state/session.ts';

type Row =
  | ({ readonly kind: 'program' } & BpfProgram)
  | ({ readonly kind: 'map' } & BpfMap)
  | ({ readonly kind: 'instruction' } & CodeLine);

const ADDRESS = 16;
const PROGRAMS = ' ID     BPF_PROG       BPF_PROG_AUX   BPF_PROG_TYPE       TAG        USED_MAPS';
const MAPS = ' ID     BPF_MAP       BPF_MAP_TYPE   MAP_FLAGS';

export default defineCommand({
  name: 'bpf',
  group: 'kernel',
  summary: 'extended Berkeley Packet Filter (eBPF)',
  synopsis: '[[-p ID | -P] [-tTj]] [[-m ID] | -M] [-s] [-xd]',
  flags: {
    p: { value: 'text', help: 'one program, with its sizes, name and time' },
    P: { help: 'every program so' },
    m: { value: 'text', help: 'one map, with its sizes and name' },
    M: { help: 'every map so' },
    j: { help: 'with -p or -P: the machine code' },
    t: { help: 'with -p or -P: the byte code (not supported)', hidden: true },
    T: { help: 'with -p or -P: the byte code (not supported)', hidden: true },
    s: { help: 'the structures themselves (not supported)', hidden: true },
    x: { help: 'with -s: in hexadecimal', hidden: true },
    d: { help: 'with -s: in decimal', hidden: true },
  },
  operands: [{ name: 'words', kind: 'text', arity: '*', help: 'none' }],
  help: 'Shows the eBPF programs and maps that are loaded.',
  examples: [{ run: 'bpf -P', on: '', shows: 'every program, with who loaded it when' }],

  *run({ flags, operands }, { target, session }): Generator<Row> {
    const hasProgram = flags.p !== undefined || flags.P === true;
    for (const letter of ['j', 't', 'T'] as const) {
      if (flags[letter] && !hasProgram) {
        throw new CommandError(`-${letter} option only applicable with -p or -P`);
      }
    }
    const extra = operands.words.words[0];
    if (extra !== undefined) {
      throw new CommandError(`invalid argument: ${extra}`, {
        fault: { kind: 'text', word: extra },
      });
    }
    if (flags.t || flags.T || flags.s) {
      throw new CommandError('-t, -T and -s are not supported: see struct bpf_prog, and bpf -j');
    }
    const wantsMaps = flags.m !== undefined || flags.M === true;
    if (hasProgram || !wantsMaps) {
      for (const program of chosen(bpfPrograms(target), flags.p, 'program')) {
        yield { kind: 'program', ...program };
        if (!flags.j) continue;
        for (const code of machineCode(target, program, session)) {
          yield { kind: 'instruction', ...code };
        }
      }
    }
    if (!wantsMaps && hasProgram) return;
    for (const map of chosen(bpfMaps(target), flags.m, 'map')) yield { kind: 'map', ...map };
  },

  printer({ flags }) {
    const isWhole = [flags.p, flags.P, flags.m, flags.M].some((flag) => flag !== undefined);
    const programTitle = titleOnce(PROGRAMS);
    // A blank line separates the two lists, even when one is empty.
    const mapTitle = isWhole ? titleOnce(MAPS) : titleOnce('', MAPS);
    let hasMaps = false;
    const print = byKind<Row>({
      program(program, out) {
        programTitle(out);
        printProgram(program, isWhole, out);
      },
      map(map, out) {
        hasMaps = true;
        mapTitle(out);
        printMap(map, isWhole, out);
      },
      instruction(code, out) {
        out.line(codeLineText(code, { radix: 10, plain: true }));
      },
    });
    const end = (out: Out): void => {
      if (!isWhole && !hasMaps) out.line();
    };
    return Object.assign(print, { end });
  },
});

/** All of them, or the requested one. */
function* chosen<T extends { readonly id: number }>(
  all: Iterable<T>,
  asked: string | undefined,
  what: string,
): Generator<T, void> {
  if (asked === undefined) {
    yield* all;
    return;
  }
  const id = isDecimal(asked) ? Number(asked) : Number.parseInt(asked, 16);
  for (const each of all) {
    if (each.id !== id) continue;
    yield each;
    return;
  }
  throw new CommandError(`invalid ${what} ID: ${asked}`, {
    fault: { kind: 'text', word: asked, note: '"bpf" lists them' },
  });
}

function* machineCode(
  target: Target,
  { machineCode: { address, size } }: BpfProgram,
  session: Session,
): Generator<CodeLine, void> {
  if (address === 0n || size === 0) return;
  const memory = memoryView(target, 'kernel', () => session.task);
  yield* disassemble(target, address, { memory }, address + BigInt(size));
}

function printProgram(program: BpfProgram, isWhole: boolean, out: Out): void {
  const columns = [
    String(program.id).padStart(3),
    hex(program.address).padStart(ADDRESS),
    hex(program.aux).padStart(ADDRESS),
    center(program.type, 13),
    program.tag,
    center(program.maps.join(','), 9),
  ];
  out.line(columns.join(' '));
  if (!isWhole) return;
  const { translatedSize, machineCode, loaded, isGpl, name, uid } = program;
  out.line(`     XLATED: ${translatedSize}  JITED: ${machineCode.size}  MEMLOCK: (unknown)`);
  out.line(`     LOAD_TIME: ${dateText(loaded)}`);
  out.line(
    `     GPL_COMPATIBLE: ${isGpl ? 'yes' : 'no'}  NAME: ${quoted(name)}  UID: ${uid ?? '(unknown)'}`,
  );
}

function printMap(map: BpfMap, isWhole: boolean, out: Out): void {
  const flags = hex(map.flags).padStart(8, '0');
  const columns = [
    String(map.id).padStart(3),
    hex(map.address).padStart(ADDRESS),
    center(map.type, 15),
    center(flags, 10),
  ];
  out.line(columns.join(' '));
  if (!isWhole) return;
  const { keySize, valueSize, maxEntries, name, uid } = map;
  out.line(
    `     KEY_SIZE: ${keySize}  VALUE_SIZE: ${valueSize}  MAX_ENTRIES: ${maxEntries}  MEMLOCK: (unknown)`,
  );
  out.line(`     NAME: ${quoted(name)}  UID: ${uid ?? '(unknown)'}`);
}

const quoted = (name: string): string => (name === '' ? '(unused)' : `"${displayBytes(name)}"`);
