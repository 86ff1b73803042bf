import { hex, type VAddr } from '../../src/base/address.ts';
import { perCpuOffset } from '../../src/kernel/core/cpus.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { type HugePool, hugePools } from '../../src/kernel/mm/hugetlb.ts';
import { type CounterTable, vmEvents, vmStatistics } from '../../src/kernel/mm/vmstat.ts';
import { cpuCount } from '../../src/kernel/task/tasks.ts';
import { center } from '../../src/output/text/justify.ts';
import { error, type Notice, type Out } from '../../src/session/command/command.ts';
import { blankBetween, type PrinterByKind, titleOnce } from '../../src/session/command/printing.ts';
import { pagesToSize, printCounters } from './parts.ts';

export type CounterRecord =
  /** Counters of the page allocator, in tables of one kind. */
  | { readonly kind: 'statistics'; readonly tables: readonly CounterTable[] }
  | { readonly kind: 'events'; readonly table: CounterTable }
  | { readonly kind: 'huge-pools'; readonly pools: readonly HugePool[] }
  | { readonly kind: 'per-cpu'; readonly cpu: number; readonly offset: VAddr };

/** `kmem -V` */
export function* counters(target: Target): Generator<CounterRecord> {
  yield { kind: 'statistics', tables: vmStatistics(target) };
  const events = vmEvents(target);
  if (events) yield { kind: 'events', table: events };
}

/** `kmem -h` */
export function* hugePages(target: Target): Generator<CounterRecord | Notice> {
  const pools = hugePools(target);
  if (pools) {
    yield { kind: 'huge-pools', pools };
    return;
  }
  yield error('hstates[] array does not exist');
  yield error('-h option not supported or applicable on this architecture or kernel');
}

/** `kmem -o` */
export function* perCpuOffsets(target: Target): Generator<CounterRecord> {
  for (let cpu = 0; cpu < cpuCount(target); cpu++) {
    yield { kind: 'per-cpu', cpu, offset: perCpuOffset(target, cpu) };
  }
}

const printTables = (tables: readonly CounterTable[], out: Out): void => {
  const names = tables.flatMap(({ counters }) => counters.map(({ name }) => name.length));
  for (const [index, { title, counters }] of tables.entries()) {
    if (index > 0) out.line();
    out.line(`  ${title}:`);
    printCounters(counters, out, Math.max(0, ...names));
  }
};

export function counterPrinters(): PrinterByKind<CounterRecord> {
  const part = blankBetween();
  const offsetTitle = titleOnce('PER-CPU OFFSET VALUES:');
  return {
    statistics({ tables }, out) {
      part(out);
      printTables(tables, out);
    },
    events({ table }, out) {
      part(out);
      printTables([table], out);
    },
    'huge-pools'({ pools }, out) {
      out.line(`${center('HSTATE', 16)}   SIZE    FREE   TOTAL  NAME`);
      for (const pool of pools) {
        const size = pagesToSize(pool.pages).replace(' ', '').padStart(5);
        const counts = `${String(pool.free).padStart(6)}  ${String(pool.total).padStart(6)}`;
        out.line(`${hex(pool.address)}  ${size}  ${counts}  ${pool.name}`);
      }
    },
    'per-cpu'({ cpu, offset }, out) {
      offsetTitle(out);
      out.line(`${`CPU ${cpu}`.padStart(7)}: ${hex(offset)}`);
    },
  };
}
