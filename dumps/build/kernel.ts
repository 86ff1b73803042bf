import type { Era } from './kallsyms.ts';
import { Machine, type MachineSpec } from './machine.ts';
import type { KernelThing, Values } from './objects.ts';
import type { OrcStyle } from './orc.ts';
import { PageMap } from './pages.ts';
import { PAGE } from './ram.ts';
import { type FreelistStyle, Slabs } from './slabs.ts';
import type { StackRange } from './stacks.ts';
import { Text } from './text.ts';

/** A kernel's layouts and habits: everything that depends on its release. */
export interface KernelRelease {
  /** uname -r */
  readonly release: string;
  /** uname -v */
  readonly version: string;
  /** The first line of its log, without the newline. */
  readonly banner: string;
  /** Declarations (declarations.ts) of its types. */
  readonly declarations: readonly string[];
  readonly orc: OrcStyle;
  /** How scripts/kallsyms.c wrote its tables: one of ERAS in kallsyms.ts. */
  readonly kallsyms: Era;
  readonly freelists: FreelistStyle;
  /** Orders of slabs, by cache, where the builder's own choice is not the kernel's. */
  readonly slabOrders?: Readonly<Record<string, number>>;
  /** First bit of the zone in page->flags: depends on how many zones and nodes it was configured for. Default 52. */
  readonly zoneShift?: number;
  /**
   * Whether symbols of modules have nm's letter in place of ELF's type, as before 5.0 (5439c985c5a8, module: Overwrite
   * st_size instead of st_info).
   */
  readonly symbolLetters?: boolean;
  /**
   * Name of the function that the NMI entry calls: exc_nmi since 5.8 (6271fef00b34, x86/entry: Convert NMI to
   * IDTENTRY_NMI).
   */
  readonly nmiHandler?: string;
  /**
   * Whether VMCOREINFO names the tables of kallsyms, as since 6.0 (f09bddbd8661, vmcoreinfo: add kallsyms_num_syms
   * symbol). Default: yes.
   */
  readonly namesKallsyms?: boolean;
  /** How its log is kept: the ring since 5.10, one buffer of records before. */
  readonly log: 'ring' | 'buffer';
}

/** Exception stacks of a CPU in struct cea_exception_stacks, by their index in the TSS's ist[]. */
export type ExceptionStack = 'DF' | 'NMI' | 'DB' | 'MCE';
const IST: readonly ExceptionStack[] = ['DF', 'NMI', 'DB', 'MCE'];
const CPU_ENTRY_AREA = 0xfffffe0000000000n;

/**
 * A kernel while its memory is written: the machine, its slab allocator, memory map and code, and the ground that every
 * kernel has (per-CPU offsets, CPU masks, entry areas, interrupt stacks, list of vmalloc areas). What the parts write is
 * in their files: tasks.ts, mm.ts, files.ts, log.ts, modules.ts. Stories may add what they like with
 * {@link Kernel.thing}, {@link Machine.variable} and {@link Machine.write}.
 */
export class Kernel {
  readonly release: KernelRelease;
  readonly machine: Machine;
  readonly slabs: Slabs;
  readonly pageMap: PageMap;
  readonly text: Text;
  readonly #vmapAreas: { start: bigint; link: bigint }[] = [];

  constructor(release: KernelRelease, spec: MachineSpec) {
    this.release = release;
    this.machine = new Machine(spec);
    this.machine.types.declare(...release.declarations);
    this.pageMap = new PageMap(this.machine, release.zoneShift ?? 52);
    this.slabs = new Slabs(this.machine, release.freelists, release.slabOrders ?? {});
    this.text = new Text(this.machine, release.orc);
    this.#cpus();
    // Each exception stack belongs to an entry; those not mentioned in a stack are there all the same.
    for (const name of [
      'asm_exc_double_fault',
      'asm_exc_nmi',
      'asm_exc_debug',
      'asm_exc_machine_check',
    ]) {
      this.text.describe({ [name]: { orc: 'regs', size: 0x200 } });
      this.text.get(name);
    }
  }

  get types() {
    return this.machine.types;
  }

  /** A structure from the slab allocator. */
  thing(type: string, values: Values = {}): KernelThing {
    return this.slabs.thing(type, values);
  }

  /** Does the kernel's struct have this member? */
  has(type: string, path?: string): boolean {
    return this.types.has(type, path);
  }

  // -- CPUs ------------------------------------------------------------------------------------------

  #cpus(): void {
    const { machine } = this;
    machine.perCpuVariable('fixed_percpu_data', 'struct fixed_percpu_data', PAGE);
    machine.perCpuVariable('cpu_number', 'int');
    machine.perCpuVariable('current_task', 'struct task_struct *');
    machine.perCpuVariable('this_cpu_off', 'unsigned long');
    machine.perCpuVariable('hardirq_stack_ptr', 'void *');
    machine.perCpuVariable('cpu_tss_rw', 'struct tss_struct', PAGE);
    machine.perCpuVariable('cea_exception_stacks', 'struct cea_exception_stacks *');
    machine.perCpuVariable('runqueues', 'struct rq', 64);
    const offsets = new BigUint64Array(64);
    for (const [cpu, base] of machine.perCpuBases.entries()) offsets[cpu] = base;
    machine.data('__per_cpu_offset', new Uint8Array(offsets.buffer));
    const mask = new Uint8Array(1024);
    for (let cpu = 0; cpu < machine.cpus; cpu++)
      mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
    for (const name of ['possible', 'present', 'online', 'active'])
      machine.data(`__cpu_${name}_mask`, mask);
    machine.data('nr_cpu_ids', Uint8Array.of(machine.cpus, 0, 0, 0));
    for (let cpu = 0; cpu < machine.cpus; cpu++) this.#cpu(cpu);
  }

  #cpu(cpu: number): void {
    const { machine, types } = this;
    machine.write(machine.perCpuAt('cpu_number', cpu), Uint8Array.of(cpu, 0, 0, 0));
    machine.writeU64(machine.perCpuAt('this_cpu_off', cpu), machine.perCpuBases[cpu] as bigint);
    // The interrupt stack: since 5.12 the pointer is to its last word.
    const irq = machine.vmallocRoom(4 * PAGE);
    machine.writeU64(
      machine.perCpuAt('hardirq_stack_ptr', cpu),
      irq.address + BigInt(4 * PAGE) - 8n,
    );
    const area = this.#entryArea(cpu);
    machine.tables.map(area, machine.ram.allocate(1) * PAGE, PAGE, 0x8000000000000163n);
    const stacks = area + BigInt(types.offset('cpu_entry_area', 'estacks'));
    machine.writeU64(machine.perCpuAt('cea_exception_stacks', cpu), stacks);
    const tss = machine.thing('tss_struct', machine.perCpuAt('cpu_tss_rw', cpu));
    for (const [index, name] of IST.entries()) {
      const { base, top } = this.exceptionStack(cpu, name);
      machine.mapPages(base, Number(top - base) / PAGE);
      tss.set({ [`x86_tss.ist[${index}]`]: top });
    }
  }

  #entryArea(cpu: number): bigint {
    return CPU_ENTRY_AREA + 0x1000n + BigInt(cpu * this.types.sizeof('cpu_entry_area'));
  }

  /** Where a CPU's exception stack lies. */
  exceptionStack(cpu: number, name: ExceptionStack): StackRange {
    const base =
      this.#entryArea(cpu) + BigInt(this.types.offset('cpu_entry_area', `estacks.${name}_stack`));
    const member = this.types.place('cpu_entry_area', `estacks.${name}_stack`).type;
    const size = member.kind === 'array' ? member.count : 0;
    return { base, top: base + BigInt(size) };
  }

  /** A CPU's interrupt stack. */
  irqStack(cpu: number): StackRange {
    const last = this.machine.readU64(this.machine.perCpuAt('hardirq_stack_ptr', cpu));
    return { base: last + 8n - BigInt(4 * PAGE), top: last + 8n };
  }

  // -- vmalloc ---------------------------------------------------------------------------------------

  /** vmalloc(): mapped memory with its vm_struct and vmap_area, called by `caller`. */
  vmalloc(
    size: number,
    caller: string,
    flags = 0x22,
    at?: bigint,
  ): { address: bigint; vmStruct: KernelThing } {
    const { address } = this.machine.vmallocRoom(size, at);
    const room = Math.ceil(size / PAGE) * PAGE + PAGE;
    const vmStruct = this.thing('vm_struct', {
      addr: address,
      size: room,
      flags,
      nr_pages: room / PAGE - 1,
      caller: this.text.resolve(caller),
    });
    const area = this.thing('vmap_area', {
      va_start: address,
      va_end: address + BigInt(room),
      vm: vmStruct,
    });
    this.#vmapAreas.push({ start: address, link: area.at('list') });
    return { address, vmStruct };
  }

  /** A task's stack: four pages that fork() took from vmalloc. */
  stack(at?: bigint): { range: StackRange; vmStruct: KernelThing } {
    const { address, vmStruct } = this.vmalloc(4 * PAGE, 'dup_task_struct+0x62', 0x22, at);
    this.machine.writeU64(address, 0x57ac6e9dn);
    return { range: { base: address, top: address + BigInt(4 * PAGE) }, vmStruct };
  }

  /** Closes the lists and tables that grow until the end. */
  finishVmalloc(): void {
    this.#vmapAreas.sort((a, b) => (a.start < b.start ? -1 : 1));
    const head = this.machine.variable('vmap_area_list', 'list_head');
    this.machine.list(
      head.address,
      this.#vmapAreas.map(({ link }) => link),
    );
  }
}
