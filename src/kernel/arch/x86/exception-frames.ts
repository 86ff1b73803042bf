import { plus, type VAddr, va } from '../../../base/address.ts';
import { readPtRegs } from '../../../unwind/pt-regs.ts';
import {
  type RegisterName,
  registersSize,
  type SavedRegisters,
  type Stack,
} from '../../../unwind/types.ts';
import type { Target } from '../../core/target.ts';
import { regionOf } from '../../mm/address-map.ts';
import { stackWords } from '../../task/stack.ts';
import { I386_ABI, X86_64_ABI } from './stack-abi.ts';

/** Bits of RFLAGS that are always zero, and the one that is always one: Intel SDM 1, 3.4.3. */
const FLAGS_ZERO = 0xffff_ffff_ffc0_8028n;
const FLAGS_ONE = 2n;
const areFlags = (flags: bigint): boolean =>
  (flags & FLAGS_ZERO) === 0n && (flags & FLAGS_ONE) !== 0n;

/** Selectors of arch/x86/include/asm/segment.h. */
const KERNEL_CS = 0x10n;
const KERNEL_SS = 0x18n;
const USER_CS = [0x33n, 0x23n];
const USER_SS = 0x2bn;

/** The places on a stack where a `struct pt_regs` may lie, by the form of the words that the processor pushes. */
export function findRegistersOfX8664(target: Target, stack: Stack): readonly SavedRegisters[] {
  const words = stackWords(target, stack);
  const { registers: names, wordSize } = X86_64_ABI;
  const place = Object.fromEntries(names.map((name, i) => [name, i])) as Record<
    RegisterName,
    number
  >;
  const found: SavedRegisters[] = [];
  for (let i = 0; i + names.length <= words.length; i++) {
    const word = (name: RegisterName): bigint => words[i + place[name]]!;
    if (!areFlags(word('flags'))) continue;
    const at = plus(stack.base, i * wordSize);
    const raw = { at, cs: word('cs'), ss: word('ss'), ip: word('ip'), sp: word('sp') };
    if (!isUserFrame(target, raw) && !isKernelFrame(target, stack, raw)) continue;
    const saved = readPtRegs((address) => target.kernel.tryWord(address), at, X86_64_ABI);
    if (saved) found.push(saved);
  }
  return found;
}

interface RawFrameWords {
  readonly at: VAddr;
  readonly cs: bigint;
  readonly ss: bigint;
  readonly ip: bigint;
  readonly sp: bigint;
}

const isUserFrame = ({ arch }: Target, { cs, ss, ip, sp }: RawFrameWords): boolean =>
  USER_CS.includes(cs) && ss === USER_SS && arch.isUser(va(ip)) && arch.isUser(va(sp));

/** A kernel frame's saved stack pointer is the value before the entry: right above the frame, up to alignment. */
function isKernelFrame(
  target: Target,
  stack: Stack,
  { at, cs, ss, ip, sp }: RawFrameWords,
): boolean {
  if (cs !== KERNEL_CS) return false;
  const kernelSp = sp >= target.arch.kernelStart;
  const above = sp - at - BigInt(registersSize(X86_64_ABI));
  const text = target.symbols.isText(va(ip));
  if (ss === KERNEL_SS && ((text && kernelSp) || above === 0n)) return true;
  if (text && kernelSp && (above === 0n || above === 8n || stack.kind === 'exception')) return true;
  return (
    kernelSp &&
    regionOf(target, va(ip)) === 'vmalloc' &&
    target.kernel.translate(va(ip)) !== undefined
  );
}

/** Selectors of arch/x86/include/asm/segment.h for 32 bits; grsecurity's kernels use another code segment. */
const KERNEL_CS_32 = [0x60n, 0xf0n];
const USER_CS_32 = 0x73n;
const USER_SS_32 = 0x7bn;

/** The same on i386, by code segment, flags, and an address that fits the segment. */
export function findRegistersOfI386(target: Target, stack: Stack): readonly SavedRegisters[] {
  const found: SavedRegisters[] = [];
  for (let at = stack.base; at < stack.top; at = plus(at, I386_ABI.wordSize)) {
    const saved = readPtRegs((address) => target.kernel.tryWord(address), at, I386_ABI);
    if (!saved) break;
    const { registers, user } = saved;
    const { cs = 0n, ss = 0n, ip, sp, flags = 0n } = registers;
    if (!areFlags(flags)) continue;
    const isFrame = user
      ? cs === USER_CS_32 && ss === USER_SS_32 && target.arch.isUser(va(ip)) && sp > 0n
      : KERNEL_CS_32.includes(cs) && target.symbols.isText(va(ip));
    if (isFrame) found.push(saved);
  }
  return found;
}
