import { hex, type VAddr } from '../../src/base/address.ts';
import { perCpuOffset } from '../../src/kernel/core/cpus.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { type HugePool, hugePools } from '../../src/kernel/mm/hugetlb.ts';
import { type CounterTable, vmEvents, vmStatistics } from '../../src/kernel/mm/vmstat.ts';
import { cpuCount } from '../../src/kernel/task/tasks.ts';
import { center } from '../../src/output/text/justify.ts';
import { error, type Notice } from '../../src/session/command/command.ts';
import { type Printers, pagesToSize, printCounters } from './parts.ts';

export type CounterRecord =
  | {
      readonly kind: 'counters';
      readonly table: CounterTable;
      readonly first: boolean;
      /** Columns of the widest name. */
      readonly width: number;
    }
  | { readonly kind: 'huge-pool'; readonly pool: HugePool }
  | { readonly kind: 'huge-title' }
  | { readonly kind: 'per-cpu-title' }
  | { readonly kind: 'per-cpu'; readonly cpu: number; readonly offset: VAddr };

const widest = (tables: readonly CounterTable[]): number =>
  Math.max(0, ...tables.flatMap(({ counters }) => counters.map(({ name }) => name.length)));

/** `kmem -V` */
export function* counters(target: Target): Generator<CounterRecord> {
  const tables = vmStatistics(target);
  let first = true;
  for (const table of tables) {
    yield { kind: 'counters', table, first, width: widest(tables) };
    first = false;
  }
  const events = vmEvents(target);
  if (events) yield { kind: 'counters', table: events, first, width: widest([events]) };
}

/** `kmem -h` */
export function* hugePages(target: Target): Generator<CounterRecord | Notice> {
  const pools = hugePools(target);
  if (!pools) {
    yield error('hstates[] array does not exist');
    yield error('-h option not supported or applicable on this architecture or kernel');
    return;
  }
  yield { kind: 'huge-title' };
  for (const pool of pools) yield { kind: 'huge-pool', pool };
}

/** `kmem -o` */
export function* perCpuOffsets(target: Target): Generator<CounterRecord> {
  yield { kind: 'per-cpu-title' };
  for (let cpu = 0; cpu < cpuCount(target); cpu++) {
    yield { kind: 'per-cpu', cpu, offset: perCpuOffset(target, cpu) };
  }
}

export const counterPrinters: Printers<CounterRecord> = {
  counters({ table, first, width }, out) {
    if (!first) out.line();
    out.line(`  ${table.title}:`);
    printCounters(table.counters, out, width);
  },
  'huge-title'(_, out) {
    out.line(`${center('HSTATE', 16)}   SIZE    FREE   TOTAL  NAME`);
  },
  'huge-pool'({ pool }, out) {
    const size = pagesToSize(pool.pages).replace(' ', '').padStart(5);
    const counts = `${String(pool.free).padStart(6)}  ${String(pool.total).padStart(6)}`;
    out.line(`${hex(pool.address)}  ${size}  ${counts}  ${pool.name}`);
  },
  'per-cpu-title'(_, out) {
    out.line('PER-CPU OFFSET VALUES:');
  },
  'per-cpu'({ cpu, offset }, out) {
    out.line(`${`CPU ${cpu}`.padStart(7)}: ${hex(offset)}`);
  },
};
