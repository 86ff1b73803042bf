import type { Target } from '../../src/kernel/core/target.ts';
import { type MemoryUse, memoryUse } from '../../src/kernel/mm/meminfo.ts';
import { error, type Notice, progress } from '../../src/session/command/command.ts';
import type { PrinterByKind } from '../../src/session/command/printing.ts';
import { pagesToSize, percent } from './parts.ts';

export type SummaryRecord = { readonly kind: 'summary' } & MemoryUse;

/** `kmem -i` */
export function* summary(target: Target): Generator<SummaryRecord | Notice> {
  const work = memoryUse(target);
  let step = work.next();
  while (!step.done) {
    yield progress(`reading page structs: frame ${step.value}`);
    step = work.next();
  }
  const use = step.value;
  if (use.cached < 0) yield error(`page_cache_size went negative (${use.cached}), setting to 0`);
  yield { kind: 'summary', ...use, cached: Math.max(0, use.cached) };
}

type Row = readonly [name: string, pages: number, of?: readonly [whole: number, name: string]];

function* rows(use: MemoryUse): Generator<Row | undefined> {
  const ofMemory = [use.total, 'TOTAL MEM'] as const;
  yield ['TOTAL MEM', use.total];
  yield ['FREE', use.free, ofMemory];
  yield ['USED', use.total - use.free, ofMemory];
  yield ['SHARED', use.shared, ofMemory];
  yield ['BUFFERS', use.buffers, ofMemory];
  yield ['CACHED', use.cached, ofMemory];
  yield ['SLAB', use.slab, ofMemory];
  if (use.huge) {
    yield undefined;
    yield ['TOTAL HUGE', use.huge.total];
    yield ['HUGE FREE', use.huge.free, [use.huge.total, 'TOTAL HUGE']];
  }
  yield undefined;
  if (use.swap) {
    const ofSwap = [use.swap.total, 'TOTAL SWAP'] as const;
    yield ['TOTAL SWAP', use.swap.total];
    yield ['SWAP USED', use.swap.used, ofSwap];
    yield ['SWAP FREE', use.swap.total - use.swap.used, ofSwap];
  }
  if (use.commit) {
    yield undefined;
    yield ['COMMIT LIMIT', use.commit.limit];
    const { limit, committed } = use.commit;
    yield limit > 0 ? ['COMMITTED', committed, [limit, 'TOTAL LIMIT']] : ['COMMITTED', committed];
  }
}

export const summaryPrinters: PrinterByKind<SummaryRecord> = {
  summary(use, out) {
    out.line('                 PAGES        TOTAL      PERCENTAGE');
    for (const row of rows(use)) {
      if (!row) {
        out.line();
        continue;
      }
      const [name, pages, of] = row;
      const share = of
        ? `${String(percent(pages, of[0])).padStart(3)}% of ${of[1]}`
        : '       ----';
      const size = pagesToSize(pages).padStart(11);
      out.line(`${name.padStart(13)}  ${String(pages).padStart(7)}  ${size}  ${share}`);
    }
  },
};
