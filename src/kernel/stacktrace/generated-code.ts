import { type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { byStart, lastFrom } from '../../base/sorted.ts';
import { ftraceTrampolines } from '../core/ftrace-trampolines.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';

/** A piece of code that the kernel made while it ran, and no symbol table knows. */
export interface GeneratedCode {
  /** As /proc/kallsyms names it: `bpf_prog_6deef7357e7b4530_trace_open`, `bpf_trampoline_6442494411`. */
  readonly name: string;
  readonly start: VAddr;
  /** Exclusive. */
  readonly end: bigint;
}

/** The generated code that an address lies in. Its lists are read when the first such address is met. */
export function generatedCodeAt(target: Target, address: VAddr): GeneratedCode | undefined {
  const found = lastFrom(target.memo(generatedCode), address, startOf);
  return found && address < found.end ? found : undefined;
}
const startOf = ({ start }: GeneratedCode): VAddr => start;

/** More programs than any machine has. */
const MAX_PROGRAMS = 100_000;
/** More than a million instructions of a program can be in machine code. */
const MAX_CODE = 64n << 20n;

function generatedCode(target: Target): readonly GeneratedCode[] {
  const found: GeneratedCode[] = [];
  for (const source of [bpfCode, tracerCode]) {
    try {
      for (const code of source(target)) {
        const size = code.end - code.start;
        if (size > 0n && size <= MAX_CODE) found.push(code);
      }
    } catch (error) {
      // An address that stays without a name is shown as one.
      if (!(error instanceof CrashError)) throw error;
    }
  }
  return found.sort(byStart(startOf));
}

/**
 * Programs, trampolines and dispatchers of eBPF: bpf_kallsyms, a list of struct bpf_ksym since 5.7
 * (535911c80ad4, bpf: Add struct bpf_ksym); before, of struct bpf_prog_aux. Throws ReadError, BrokenListError.
 */
function* bpfCode(target: Target): Generator<GeneratedCode> {
  const head = target.findSymbol('bpf_kallsyms');
  if (head === undefined) return;
  if (!target.types.has('bpf_ksym')) {
    yield* programsOfAux(target, head);
    return;
  }
  const link = BigInt(target.types.member('bpf_ksym', 'lnode').offset);
  for (const entry of walkList(target.kernel, head, MAX_PROGRAMS)) {
    const symbol = target.object('bpf_ksym', va(entry - link));
    yield {
      name: symbol.string('name'),
      start: symbol.pointer('start'),
      end: symbol.pointer('end'),
    };
  }
}

/** Bytes before a program's first instruction: struct bpf_binary_header, whose first member counts its pages. */
function* programsOfAux(target: Target, head: VAddr): Generator<GeneratedCode> {
  const link = BigInt(target.types.member('bpf_prog_aux', 'ksym_lnode').offset);
  for (const entry of walkList(target.kernel, head, MAX_PROGRAMS)) {
    const aux = target.object('bpf_prog_aux', va(entry - link));
    const program = aux.follow('prog', 'bpf_prog');
    if (!program) continue;
    const start = program.pointer('bpf_func');
    const header = va(start - (start % BigInt(target.pageSize)));
    const tag = [...program.bytes('tag')].map((byte) => byte.toString(16).padStart(2, '0'));
    const name = aux.has('name') ? aux.string('name') : '';
    yield {
      name: `bpf_prog_${tag.join('')}${name && `_${name}`}`,
      start,
      end: header + BigInt(target.kernel.u32(header) * target.pageSize),
    };
  }
}

function* tracerCode(target: Target): Generator<GeneratedCode> {
  for (const { start, end } of ftraceTrampolines(target)) {
    yield { name: 'ftrace_trampoline', start, end };
  }
}
