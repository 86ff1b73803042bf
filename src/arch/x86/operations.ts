import type * as Iced from 'iced-x86';
import type { Flow, MemoryOperand, Operation, RegisterWord, WordSource } from '../operation.ts';

/** The general registers by the names of `struct pt_regs`: `RAX`, `EAX`, `AX` and `AL` are `ax`. */
const GENERAL = /^(?:[ER]?(AX|BX|CX|DX|SI|DI|BP|SP|IP)|([ABCD])[LH]|(SI|DI|BP|SP)L|(R\d+)[LWD]?)$/;

/**
 * Decodes what x86 instructions do to registers and memory: Intel SDM volume 2. Only copies, sums with constants, loads
 * and stores of whole words have a source; all else is a register that has changed.
 */
export class OperationDecoder {
  readonly #iced: typeof Iced;
  readonly #bits: 32 | 64;
  readonly #flows: ReadonlyMap<Iced.FlowControl, Flow>;
  readonly #registers = new Map<Iced.Register, RegisterWord | undefined>();
  readonly #factory: Iced.InstructionInfoFactory;

  constructor(iced: typeof Iced, bits: 32 | 64, flows: ReadonlyMap<Iced.FlowControl, Flow>) {
    this.#iced = iced;
    this.#bits = bits;
    this.#flows = flows;
    this.#factory = new iced.InstructionInfoFactory();
  }

  *decode(bytes: Uint8Array, address: bigint): Generator<Operation> {
    const { Decoder, DecoderOptions, Instruction, Code } = this.#iced;
    const decoder = new Decoder(this.#bits, bytes, DecoderOptions.None);
    const decoded = new Instruction();
    try {
      decoder.ip = address;
      while (decoder.canDecode) {
        decoder.decodeOut(decoded);
        if (decoded.code === Code.INVALID) return;
        yield this.#operation(decoded);
      }
    } finally {
      decoded.free();
      decoder.free();
    }
  }

  #operation(decoded: Iced.Instruction): Operation {
    const { Mnemonic } = this.#iced;
    const info = this.#factory.info(decoded);
    try {
      const memory = this.#memory(decoded, info);
      const { reads, writes } = this.#uses(info);
      const target = decoded.nearBranchTarget;
      return {
        address: decoded.ip,
        length: decoded.length,
        mnemonic: (Mnemonic[decoded.mnemonic] ?? '').toUpperCase(),
        flow: this.#flows.get(decoded.flowControl) ?? 'next',
        target: target === 0n ? undefined : target,
        memory,
        reads,
        writes,
        ...this.#words(decoded, memory),
        stackPointer: decoded.stackPointerIncrement,
      };
    } finally {
      info.free();
    }
  }

  #memory(decoded: Iced.Instruction, info: Iced.InstructionInfo): MemoryOperand[] {
    const { Register, MemorySizeExt } = this.#iced;
    const found = info.usedMemory();
    const operands = found.map((used): MemoryOperand => {
      const isRelative = used.base === Register.RIP || used.base === Register.EIP;
      const { segment } = used;
      return {
        base: isRelative ? undefined : this.#word(used.base),
        index: this.#word(used.index),
        scale: used.scale,
        displacement: BigInt.asUintN(
          this.#bits,
          isRelative ? decoded.ipRelMemoryAddress : used.displacement,
        ),
        segment: segment === Register.FS ? 'fs' : segment === Register.GS ? 'gs' : undefined,
        size: MemorySizeExt.size(used.memorySize),
        ...this.#access(used.access),
      };
    });
    for (const each of found) each.free();
    return operands;
  }

  #access(access: Iced.OpAccess): { reads: boolean; writes: boolean } {
    const { OpAccess } = this.#iced;
    const reads =
      access === OpAccess.Read ||
      access === OpAccess.CondRead ||
      access === OpAccess.ReadWrite ||
      access === OpAccess.ReadCondWrite;
    const writes =
      access === OpAccess.Write ||
      access === OpAccess.CondWrite ||
      access === OpAccess.ReadWrite ||
      access === OpAccess.ReadCondWrite;
    return { reads, writes };
  }

  #uses(info: Iced.InstructionInfo): { reads: RegisterWord[]; writes: RegisterWord[] } {
    const reads = new Set<RegisterWord>();
    const writes = new Set<RegisterWord>();
    for (const used of info.usedRegisters()) {
      const word = this.#word(used.register);
      const access = this.#access(used.access);
      if (word !== undefined && access.reads) reads.add(word);
      if (word !== undefined && access.writes) writes.add(word);
      used.free();
    }
    return { reads: [...reads], writes: [...writes] };
  }

  #word(register: Iced.Register): RegisterWord | undefined {
    if (!this.#registers.has(register)) {
      const parts = GENERAL.exec(this.#iced.Register[register] ?? '');
      const letter = parts?.[2];
      const name = letter ? `${letter}X` : (parts?.[1] ?? parts?.[3] ?? parts?.[4]);
      this.#registers.set(register, name?.toLowerCase());
    }
    return this.#registers.get(register);
  }

  /** Sources of the words that it leaves in a register or in memory. */
  #words(
    decoded: Iced.Instruction,
    memory: readonly MemoryOperand[],
  ): Pick<Operation, 'assigns' | 'stores'> {
    const { Mnemonic, OpKind } = this.#iced;
    const none = { assigns: undefined, stores: undefined };
    switch (decoded.mnemonic) {
      case Mnemonic.Push: {
        const from = this.#source(decoded, 0, memory);
        const to = memory.find(({ writes }) => writes);
        return from && to ? { assigns: undefined, stores: { to, from } } : none;
      }
      case Mnemonic.Pop: {
        const register = this.#wholeRegister(decoded, 0);
        const operand = memory.find(({ reads }) => reads);
        if (register === undefined || !operand) return none;
        const from = { kind: 'memory', operand, size: operand.size } as const;
        return { assigns: { register, from }, stores: undefined };
      }
      case Mnemonic.Lea: {
        const register = this.#wholeRegister(decoded, 0);
        const operand = this.#addressed(decoded);
        return register === undefined
          ? none
          : { assigns: { register, from: { kind: 'address', operand } }, stores: undefined };
      }
      case Mnemonic.Mov:
      case Mnemonic.Movzx:
      case Mnemonic.Movsxd:
      case Mnemonic.Movsx: {
        const from = this.#source(decoded, 1, memory);
        if (!from) return none;
        if (decoded.op0Kind === OpKind.Memory) {
          const to = memory.find(({ writes }) => writes);
          return to ? { assigns: undefined, stores: { to, from } } : none;
        }
        const register = this.#wholeRegister(decoded, 0);
        return register === undefined ? none : { assigns: { register, from }, stores: undefined };
      }
      case Mnemonic.Xor:
      case Mnemonic.Sub:
        return this.#zero(decoded) ?? this.#sum(decoded, -1n) ?? none;
      case Mnemonic.Add:
        return this.#sum(decoded, 1n) ?? none;
      default:
        return none;
    }
  }

  /** `xor %eax,%eax`, `sub %eax,%eax`. */
  #zero(decoded: Iced.Instruction): Pick<Operation, 'assigns' | 'stores'> | undefined {
    const { OpKind } = this.#iced;
    const isSame =
      decoded.op0Kind === OpKind.Register &&
      decoded.op1Kind === OpKind.Register &&
      decoded.op0Register === decoded.op1Register;
    const register = isSame ? this.#wholeRegister(decoded, 0) : undefined;
    return register === undefined
      ? undefined
      : { assigns: { register, from: { kind: 'constant', value: 0n } }, stores: undefined };
  }

  /** A register plus or minus a constant. */
  #sum(decoded: Iced.Instruction, sign: bigint): Pick<Operation, 'assigns' | 'stores'> | undefined {
    if (decoded.mnemonic === this.#iced.Mnemonic.Xor) return undefined;
    const register = this.#wholeRegister(decoded, 0);
    const amount = this.#immediate(decoded, 1);
    if (register === undefined || amount === undefined) return undefined;
    const plus = BigInt.asUintN(this.#bits, sign * amount);
    return {
      assigns: { register, from: { kind: 'register', register, plus } },
      stores: undefined,
    };
  }

  #source(
    decoded: Iced.Instruction,
    at: 0 | 1,
    memory: readonly MemoryOperand[],
  ): WordSource | undefined {
    const { OpKind } = this.#iced;
    const kind = at === 0 ? decoded.op0Kind : decoded.op1Kind;
    if (kind === OpKind.Memory) {
      const operand = memory.find(({ reads }) => reads);
      return operand && { kind: 'memory', operand, size: operand.size };
    }
    if (kind === OpKind.Register) {
      // The low half of a register is another value.
      const register = this.#fullRegister(at === 0 ? decoded.op0Register : decoded.op1Register);
      return register === undefined ? undefined : { kind: 'register', register, plus: 0n };
    }
    const value = this.#immediate(decoded, at);
    return value === undefined
      ? undefined
      : { kind: 'constant', value: BigInt.asUintN(this.#bits, value) };
  }

  /** The register that an operand sets as a whole: the upper half of %eax's is cleared. */
  #wholeRegister(decoded: Iced.Instruction, at: 0): RegisterWord | undefined {
    const { OpKind } = this.#iced;
    if (decoded.op0Kind !== OpKind.Register || at !== 0) return undefined;
    const name = this.#iced.Register[decoded.op0Register] ?? '';
    const isWhole =
      this.#bits === 32 ? /^E/.test(name) : /^(R(?:[A-Z]+|\d+D?)|E[A-Z]+)$/.test(name);
    return isWhole ? this.#word(decoded.op0Register) : undefined;
  }

  #fullRegister(register: Iced.Register): RegisterWord | undefined {
    const name = this.#iced.Register[register] ?? '';
    const isFull = this.#bits === 32 ? /^E[A-Z]+$/.test(name) : /^R(?:[A-Z]+|\d+)$/.test(name);
    return isFull ? this.#word(register) : undefined;
  }

  #immediate(decoded: Iced.Instruction, at: number): bigint | undefined {
    const { OpKind } = this.#iced;
    const kind = at === 0 ? decoded.op0Kind : decoded.op1Kind;
    const isImmediate = kind >= OpKind.Immediate8 && kind <= OpKind.Immediate32to64;
    return isImmediate ? decoded.immediate(at) : undefined;
  }

  /** The operand of LEA, which reads no memory. */
  #addressed(decoded: Iced.Instruction): MemoryOperand {
    const isRelative = decoded.isIpRelMemoryOperand;
    return {
      base: isRelative ? undefined : this.#word(decoded.memoryBase),
      index: this.#word(decoded.memoryIndex),
      scale: decoded.memoryIndexScale,
      displacement: BigInt.asUintN(
        this.#bits,
        isRelative ? decoded.ipRelMemoryAddress : decoded.memoryDisplacement,
      ),
      segment: undefined,
      size: 0,
      reads: false,
      writes: false,
    };
  }
}
