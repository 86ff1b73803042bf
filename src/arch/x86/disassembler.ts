import { createRequire } from 'node:module';
import type * as Iced from 'iced-x86';
import { MissingError } from '../../base/errors.ts';
import type { Disassembler, Instruction, Reference } from '../instruction.ts';
import type { Flow, Operation } from '../operation.ts';
import { asGdbWrites } from './att-syntax.ts';
import { OperationDecoder } from './operations.ts';

/** The width of the code segment: the same bytes are other instructions in i386's code. */
export type CodeBits = 32 | 64;

const opened = new Map<CodeBits, Disassembler>();

/**
 * The disassembler for x86 code of a width (iced-x86, WebAssembly). Loading takes some 20 ms. Throws Node's error when
 * the package is not installed with the program, and MissingError where Node has no WebAssembly.
 */
export function openX86Disassembler(bits: CodeBits): Disassembler {
  let disassembler = opened.get(bits);
  if (!disassembler) {
    const iced = loadIced();
    disassembler = new X86Disassembler(iced, bits);
    opened.set(bits, disassembler);
  }
  return disassembler;
}

function loadIced(): typeof Iced {
  try {
    return createRequire(import.meta.url)('iced-x86') as typeof Iced;
  } catch (error) {
    // `WebAssembly` is not defined under --jitless; its memory is refused where the address space is limited.
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    throw new MissingError(
      'table',
      'instructions',
      'instructions cannot be decoded: this Node has no WebAssembly (run it without --jitless and without ulimit -v)',
    );
  }
}

/** Intel SDM volume 2, 2.3.11: an instruction has at most 15 bytes. */
const MAX_LENGTH = 15;

class X86Disassembler implements Disassembler {
  readonly maxLength = MAX_LENGTH;
  readonly #iced: typeof Iced;
  readonly #bits: CodeBits;
  readonly #formatter: Iced.Formatter;
  readonly #flows: ReadonlyMap<Iced.FlowControl, Flow>;
  #operations: OperationDecoder | undefined;

  constructor(iced: typeof Iced, bits: CodeBits) {
    this.#iced = iced;
    this.#bits = bits;
    this.#formatter = gasFormatter(iced);
    const { FlowControl } = iced;
    this.#flows = new Map<Iced.FlowControl, Flow>([
      [FlowControl.UnconditionalBranch, 'jump'],
      [FlowControl.IndirectBranch, 'jump'],
      [FlowControl.ConditionalBranch, 'branch'],
      [FlowControl.Return, 'return'],
      [FlowControl.Call, 'call'],
      [FlowControl.IndirectCall, 'call'],
      [FlowControl.Interrupt, 'trap'],
      [FlowControl.Exception, 'trap'],
    ]);
  }

  *decode(bytes: Uint8Array, address: bigint): Generator<Instruction> {
    const { Decoder, DecoderError, DecoderOptions, Instruction } = this.#iced;
    const decoder = new Decoder(this.#bits, bytes, DecoderOptions.None);
    const decoded = new Instruction();
    try {
      decoder.ip = address;
      let at = 0;
      while (at < bytes.length) {
        decoder.decodeOut(decoded);
        if (decoder.lastError === DecoderError.NoMoreBytes) return;
        const next = this.#instruction(
          decoded,
          bytes,
          at,
          BigInt.asUintN(this.#bits, address + BigInt(at)),
        );
        yield next;
        at += next.length;
        // iced skips more bytes than gdb when they are no instruction.
        if (next.length !== decoded.length) {
          decoder.position = at;
          decoder.ip = BigInt.asUintN(this.#bits, address + BigInt(at));
        }
      }
    } finally {
      decoded.free();
      decoder.free();
    }
  }

  operations(bytes: Uint8Array, address: bigint): Generator<Operation> {
    this.#operations ??= new OperationDecoder(this.#iced, this.#bits, this.#flows);
    return this.#operations.decode(bytes, address);
  }

  #instruction(
    decoded: Iced.Instruction,
    bytes: Uint8Array,
    at: number,
    address: bigint,
  ): Instruction {
    const { Code } = this.#iced;
    if (decoded.code === Code.INVALID) {
      return { address, length: 1, text: '(bad)  ', flow: 'bad' };
    }
    const { length } = decoded;
    const flow = this.#flows.get(decoded.flowControl) ?? 'next';
    const raw = this.#formatter.format(decoded);
    const text = asGdbWrites(raw, bytes.subarray(at, at + length), this.#bits);
    const reference = this.#reference(decoded, flow);
    return reference ? { address, length, text, flow, reference } : { address, length, text, flow };
  }

  #reference(decoded: Iced.Instruction, flow: Flow): Reference | undefined {
    if (decoded.isIpRelMemoryOperand) {
      return { kind: 'memory', address: BigInt.asUintN(this.#bits, decoded.ipRelMemoryAddress) };
    }
    if (flow === 'next' || flow === 'return' || flow === 'trap') return undefined;
    const target = decoded.nearBranchTarget;
    // Zero also for indirect branches, which have no target.
    return target === 0n
      ? undefined
      : { kind: 'branch', address: BigInt.asUintN(this.#bits, target) };
  }
}

function gasFormatter(iced: typeof Iced): Iced.Formatter {
  const formatter = new iced.Formatter(iced.FormatterSyntax.Gas);
  formatter.hexPrefix = '0x';
  formatter.hexSuffix = '';
  formatter.uppercaseHex = false;
  formatter.smallHexNumbersInDecimal = false;
  formatter.spaceAfterOperandSeparator = false;
  formatter.ripRelativeAddresses = true;
  formatter.showZeroDisplacements = true;
  formatter.showUselessPrefixes = true;
  formatter.branchLeadingZeros = false;
  formatter.addLeadingZeroToHexNumbers = false;
  formatter.firstOperandCharIndex = 7;
  return formatter;
}
