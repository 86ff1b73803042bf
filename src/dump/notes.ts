import { cString, viewOf } from './source.ts';
import type { CpuRegisters } from './types.ts';

/** Contents of a dump's ELF notes. */
export interface DumpNotes {
  readonly vmcoreinfo: string | undefined;
  readonly cpus: readonly CpuRegisters[];
}

/** Notes are at most a few hundred bytes a CPU; more than this is a damaged header. */
export const MAX_NOTES_BYTES = 64 << 20;
/** The kernel's vmcoreinfo is one page (kernel/vmcore_info.c, VMCOREINFO_BYTES); a generous limit for larger ones. */
export const MAX_VMCOREINFO_BYTES = 1 << 20;

const NT_PRSTATUS = 1;

/** One record of a note segment. */
export interface Note {
  /** Without its NUL; of a long one the beginning. */
  readonly name: string;
  readonly type: number;
  readonly desc: Uint8Array;
}

/** Elf32_Nhdr/Elf64_Nhdr records (both are three u32) until the end or the first impossible one. */
export function* notesIn(bytes: Uint8Array): Generator<Note, void> {
  const view = viewOf(bytes);
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const nameAt = at + 12;
    const descAt = nameAt + align4(nameSize);
    if (descAt + size > bytes.length) return;
    yield {
      name: cString(bytes, nameAt, Math.min(nameSize, 32)),
      type: view.getUint32(at + 8, true),
      desc: bytes.subarray(descAt, descAt + size),
    };
    at = descAt + align4(size);
  }
}

/** What a dump's notes say of its CPUs and its kernel. */
export function parseNotes(bytes: Uint8Array, machine: string | undefined): DumpNotes {
  const cpus: CpuRegisters[] = [];
  const count = { prstatus: 0, qemu: 0 };
  let vmcoreinfo: string | undefined;
  for (const { name, type, desc } of notesIn(bytes)) {
    if (name === 'CORE' && type === NT_PRSTATUS) {
      cpus.push(parsePrstatus(desc, count.prstatus++, machine));
    } else if (name === 'QEMU' && isQemuState(desc)) {
      cpus.push(parseQemuState(desc, count.qemu++));
    } else if (name === 'VMCOREINFO') {
      vmcoreinfo ??= textOf(desc);
    }
  }
  return { vmcoreinfo, cpus };
}

/** The text of a VMCOREINFO note, without its padding. */
export const textOf = (bytes: Uint8Array): string =>
  cString(bytes, 0, Math.min(bytes.length, MAX_VMCOREINFO_BYTES));

const align4 = (size: number) => Math.ceil(size / 4) * 4;

/** struct elf_prstatus (include/linux/elfcore.h): offsets of pr_pid and pr_reg, and elf_gregset_t by name. */
interface PrstatusLayout {
  readonly pid: number;
  readonly registersAt: number;
  readonly wordSize: 4 | 8;
  readonly names: readonly string[];
}

const words = (text: string) => text.split(' ');

const PRSTATUS: Readonly<Record<string, PrstatusLayout>> = {
  // arch/x86/include/asm/user_64.h, struct user_regs_struct
  x86_64: {
    pid: 32,
    registersAt: 112,
    wordSize: 8,
    names: words(
      'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss fs_base gs_base ds es fs gs',
    ),
  },
  // arch/x86/include/asm/user_32.h
  i386: {
    pid: 24,
    registersAt: 72,
    wordSize: 4,
    names: words('bx cx dx si di bp ax ds es fs gs orig_ax ip cs flags sp ss'),
  },
  // arch/arm64/include/uapi/asm/ptrace.h, struct user_pt_regs
  aarch64: {
    pid: 32,
    registersAt: 112,
    wordSize: 8,
    names: [...Array.from({ length: 31 }, (_, i) => `x${i}`), 'sp', 'pc', 'pstate'],
  },
};

function parsePrstatus(desc: Uint8Array, cpu: number, machine: string | undefined): CpuRegisters {
  const layout = PRSTATUS[machine ?? ''] ?? guessPrstatus(desc.length);
  const registers: Record<string, bigint> = {};
  if (layout === undefined || desc.length < layout.pid + 4) {
    return { cpu, pid: 0, source: 'prstatus', registers };
  }
  const view = viewOf(desc);
  for (const [i, name] of layout.names.entries()) {
    const at = layout.registersAt + i * layout.wordSize;
    if (at + layout.wordSize > desc.length) break;
    registers[name] =
      layout.wordSize === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  }
  return { cpu, pid: view.getInt32(layout.pid, true), source: 'prstatus', registers };
}

/** The three elf_prstatus differ in size, which tells them apart where the container names no machine. */
const guessPrstatus = (size: number): PrstatusLayout | undefined =>
  ({ 336: PRSTATUS.x86_64, 144: PRSTATUS.i386, 392: PRSTATUS.aarch64 })[size];

/** QEMUCPUState, version 1 (QEMU target/i386/arch_dump.c): registers, ten segments, control registers. */
const QEMU_VERSION = 1;
const QEMU_SIZE = 432;
const QEMU_WORDS = words('ax bx cx dx si di sp bp r8 r9 r10 r11 r12 r13 r14 r15 ip flags');
const QEMU_SEGMENTS = words('cs ds es fs gs ss ldt tr gdt idt');

const isQemuState = (desc: Uint8Array): boolean =>
  desc.length >= QEMU_SIZE && viewOf(desc).getUint32(0, true) === QEMU_VERSION;

function parseQemuState(desc: Uint8Array, cpu: number): CpuRegisters {
  const view = viewOf(desc);
  const registers: Record<string, bigint> = {};
  let at = 8;
  for (const name of QEMU_WORDS) {
    registers[name] = view.getBigUint64(at, true);
    at += 8;
  }
  for (const name of QEMU_SEGMENTS) {
    registers[name] = BigInt(view.getUint32(at, true));
    registers[`${name}_limit`] = BigInt(view.getUint32(at + 4, true));
    registers[`${name}_base`] = view.getBigUint64(at + 16, true);
    at += 24;
  }
  registers.gdt = registers.gdt_base ?? 0n;
  registers.idt = registers.idt_base ?? 0n;
  for (let i = 0; i < 5; i++, at += 8) registers[`cr${i}`] = view.getBigUint64(at, true);
  // kernel_gs_base was appended later; the length tells whether it is there.
  if (desc.length >= at + 8) registers.kernel_gs_base = view.getBigUint64(at, true);
  return { cpu, pid: 0, source: 'qemu', registers };
}
