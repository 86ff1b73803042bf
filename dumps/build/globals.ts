import type { Kernel } from './kernel.ts';
import type { BuiltPages } from './pages.ts';
import { cString, wordBytes } from './ram.ts';

/** Facts of the whole machine that lie in variables. */
export interface GlobalsSpec {
  readonly nodename: string;
  readonly domainname?: string;
  /** Seconds since 1970 at the end. */
  readonly time: number;
  /** Seconds since boot. */
  readonly uptime: number;
  /** Over 1, 5 and 15 minutes. */
  readonly load?: readonly [number, number, number];
  readonly commandLine?: string;
  /** tainted_mask. */
  readonly taints?: number;
  /** The CPU that panicked. */
  readonly panicCpu?: number;
  readonly hz?: number;
}

/** Letters of taint bits, set and clear, and whether modules carry them (kernel/panic.c). */
const TAINTS = 'PG1 F 1 S 0 R 0 M 0 B 0 U 0 D 0 A 0 W 0 C 1 I 0 O 1 E 1 L 0 K 1 X 1 T 1';

/** Names, clocks and tables of names, as `sys` reads them. */
export function buildGlobals(kernel: Kernel, spec: GlobalsSpec): void {
  const { machine, release } = kernel;
  const { nodename, domainname = '(none)' } = spec;
  const uts = {
    sysname: 'Linux',
    nodename,
    release: release.release,
    version: release.version,
    machine: 'x86_64',
    domainname,
  };
  const prefix = kernel.has('uts_namespace', 'name') ? 'name.' : '';
  machine.variable(
    'init_uts_ns',
    'uts_namespace',
    Object.fromEntries(Object.entries(uts).map(([key, value]) => [prefix + key, value])),
  );
  machine.data(
    'linux_banner',
    cString(`${release.banner}
`),
    'D',
  );
  machine.word(
    'saved_command_line',
    machine.string(
      spec.commandLine ?? 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet crashkernel=192M',
    ),
  );
  clocks(kernel, spec);
  machine.word('tainted_mask', spec.taints ?? 0);
  machine.data('panic_cpu', wordBytes(spec.panicCpu ?? -1, 4));
  machine.data('crashing_cpu', wordBytes(spec.panicCpu ?? -1, 4));
  machine.word('page_offset_base', machine.directMap);
  machine.word('vmalloc_base', machine.vmallocBase);
  machine.word('vmemmap_base', machine.vmemmapBase);
  machine.word('phys_base', machine.physBase);
  machine.word('high_memory', machine.virtualOf(machine.ram.maxPfn * 4096));
  // No swap device.
  machine.data('swap_info', new Uint8Array(32 * 8));
  machine.data('nr_swapfiles', wordBytes(0, 4));
  taintTable(kernel);
  pageFlagTable(kernel);
  processor(kernel);
}

function clocks(kernel: Kernel, { time, uptime, load = [0, 0, 0], hz = 250 }: GlobalsSpec): void {
  const { machine } = kernel;
  // INITIAL_JIFFIES: five minutes before the 32-bit counter wraps.
  const jiffies = machine.word(
    'jiffies_64',
    0x1_0000_0000n - BigInt(300 * hz) + BigInt(Math.round(uptime * hz)),
  );
  machine.addSymbol('jiffies', jiffies);
  // The length of a jiffy: no variable holds CONFIG_HZ itself.
  const tick = Math.round(1e9 / hz);
  machine.variable('clocksource_jiffies', 'clocksource', {
    mult: tick * 256,
    shift: 8,
    name: machine.string('jiffies'),
  });
  machine.word('tick_nsec', tick);
  machine.data(
    'avenrun',
    new Uint8Array(BigUint64Array.from(load, (value) => BigInt(Math.round(value * 2048))).buffer),
  );
  const core = machine.room('variables', 8 + machine.types.sizeof('timekeeper'), 64);
  machine.addSymbol('tk_core', core);
  const keepers = [
    machine.thing('timekeeper', core + 8n),
    machine.variable('shadow_timekeeper', 'timekeeper'),
  ];
  const boot = time - Math.floor(uptime);
  for (const keeper of keepers) {
    keeper
      .set({ xtime_sec: time, 'wall_to_monotonic.tv_sec': -boot })
      .setKnown({ ktime_sec: Math.floor(uptime) });
  }
}

function taintTable({ machine, types }: Kernel): void {
  const size = types.has('taint_flag') ? types.sizeof('taint_flag') : 0;
  if (size === 0) return;
  const rows = TAINTS.match(/.../g) ?? [];
  const bits = [
    'PG1',
    ...(TAINTS.slice(3).match(/ ?\S \d/g) ?? []).map(
      (row) => `${row.trim().charAt(0)} ${row.trim().slice(-1)}`,
    ),
  ];
  const table = machine.room('constants', size * bits.length);
  machine.addSymbol('taint_flags', table, 'R');
  for (const [i, row] of (bits.length > 1 ? bits : rows).entries()) {
    const flag = machine.thing('taint_flag', table + BigInt(i * size));
    flag
      .set({ c_true: row.charCodeAt(0), c_false: row.charCodeAt(1) })
      .setKnown({ module: Number(row.charAt(2)) });
  }
  machine.addSymbol('taint_flags_end', table + BigInt(size * bits.length), 'r');
}

/** pageflag_names of mm/debug.c: a mask and a name each. */
function pageFlagTable({ machine, types }: Kernel): void {
  const values = types.declarations.enums.get('pageflags')?.values ?? [];
  const end = values.findIndex(({ name }) => name === '__NR_PAGEFLAGS');
  const rows = values.slice(0, end < 0 ? values.length : end);
  const table = machine.room('constants', 16 * (rows.length + 1));
  machine.addSymbol('pageflag_names', table, 'R');
  for (const [i, { name, value }] of rows.entries()) {
    machine.writeU64(table + BigInt(16 * i), 1n << value);
    machine.writeU64(table + BigInt(16 * i + 8), machine.string(name.replace(/^PG_/, '')));
  }
}

function processor(kernel: Kernel): void {
  const { machine } = kernel;
  const info = machine.variable('boot_cpu_data', 'cpuinfo_x86');
  info
    .set({
      x86: 6,
      x86_model: 85,
      x86_vendor: 0,
      x86_vendor_id: 'GenuineIntel',
      x86_model_id: 'Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz',
    })
    .setKnown({ loops_per_jiffy: 8400000, x86_virt_bits: 48, x86_phys_bits: 46 });
  machine.word('loops_per_jiffy', 8400000);
  machine.data('cpu_khz', wordBytes(2_100_000, 4));
  machine.data('tsc_khz', wordBytes(2_100_000, 4));
}

/** Counters of the whole machine's memory. Call it last: struct pages are counted already. */
export function buildMemoryCounters(kernel: Kernel, pages: BuiltPages): void {
  const { machine, types } = kernel;
  machine.word('_totalram_pages', pages.totalPages);
  const counters = (name: string, last: string, values: Readonly<Record<string, number>>) => {
    const words = new BigUint64Array(Number(types.enumerator(last)));
    for (const [item, value] of Object.entries(values))
      words[Number(types.enumerator(item))] = BigInt(value);
    machine.data(name, new Uint8Array(words.buffer));
  };
  const uses = { cache: 0, user: 0, slab: 0 };
  for (const { start, end, use } of machine.ram.runs())
    if (use === 'cache' || use === 'user' || use === 'slab') uses[use] += end - start;
  counters('vm_zone_stat', 'NR_VM_ZONE_STAT_ITEMS', { NR_FREE_PAGES: pages.freePages });
  counters('vm_node_stat', 'NR_VM_NODE_STAT_ITEMS', {
    NR_FILE_PAGES: uses.cache,
    NR_ANON_MAPPED: uses.user,
    NR_SLAB_UNRECLAIMABLE_B: uses.slab,
  });
}
