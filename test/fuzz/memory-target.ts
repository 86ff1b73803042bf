import { commands } from '../../commands/index.ts';
import type { BuiltImage } from '../../dumps/build/image.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import type { Dump } from '../../src/dump/types.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { implicitCommand } from '../../src/session/run/implicit-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { createSession } from '../../src/session/state/session.ts';
import type { FuzzTarget } from './target.ts';

const EDIT = 8;
/** Command lines that between them read every structure of the image. */
const LINES = [
  'sys',
  'sys -t',
  'ps',
  'ps -p 1208',
  'ps -t',
  'ps -l',
  'ps -a 731',
  'ps -G primes',
  'bt -a',
  'foreach bt',
  'bt -f 731',
  'bt -e 1207',
  'bt -t 94',
  'log',
  'log -m',
  'log -T',
  'kmem -s',
  'kmem -S task_struct',
  'kmem -i',
  'kmem -f',
  'kmem -v',
  'kmem -z',
  'kmem -n',
  'kmem -V',
  'kmem -g',
  'mod',
  'runq',
  'task 731',
  'sig 731',
  'mach',
  'swap',
  'vm 731',
  'vm -p 731',
  'files 731',
  'mount',
  'timer',
  'irq',
  'net',
  'dev',
  'ipcs',
  'waitq',
  'vtop -c 731 7f3a10200000',
  'vtop ffffffff9e600000',
  'rd -s init_task 64',
  'sym -l',
  'sym schedule',
  'dis schedule 4',
  'struct task_struct 731',
  'set 731',
  'list -H modules',
  'tree -t maple -r mm_struct.mm_mt',
  'kmem -p',
  'search -k deadbeef',
  'foreach files',
  'foreach vm',
  'p jiffies',
  'whatis task_struct',
  'pte 0',
  'sys config',
  'waits',
  'waits -av',
  'stacks',
  'timeline -t 100000',
  'memory -a',
];

interface World {
  readonly built: BuiltImage;
  /** Every word of data that is not zero: frame * 4096 + offset. */
  readonly places: readonly number[];
}

let world: World | undefined;

function prepare(): World {
  if (world) return world;
  const built = healthy.build();
  const { machine } = built.story.kernel;
  const places: number[] = [];
  const text = machine.loadAddress / 4096;
  for (const [pfn, bytes] of machine.ram.pages) {
    // Code is not what a dead kernel's structures are made of, and struct pages are many.
    if (pfn >= text && pfn < text + 512) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const map = places.length;
    for (let at = 0; at < 4096; at += 8)
      if (view.getBigUint64(at, true) !== 0n) places.push(pfn * 4096 + at);
    if (places.length - map === 512) places.length = map + 16;
  }
  world = { built, places };
  return world;
}

/** Values that a bad kernel would leave, by a number. */
function badValue(
  kind: number,
  at: number,
  other: number,
  old: bigint,
  { built, places }: World,
): bigint {
  const { machine } = built.story.kernel;
  const place = places[other % places.length] ?? 0;
  switch (kind % 9) {
    case 0:
      return machine.virtualOf(at);
    case 1:
      return 0n;
    case 2:
      return machine.ram.u64(place);
    case 3:
      return 0xffffffffffffffffn;
    case 4:
      return old ^ (1n << BigInt(other % 64));
    case 5:
      return BigInt(other);
    case 6:
      return machine.virtualOf(place) + BigInt(other % 8);
    case 7:
      return old + BigInt((other % 33) - 16);
    default:
      return 0x1b5b32741b5d303bn ^ BigInt(other);
  }
}

/** The image with words changed as the bytes say: eight bytes a change. */
function damagedDump(bytes: Uint8Array, known: World): Dump {
  const { built, places } = known;
  const { machine } = built.story.kernel;
  const changed = new Map<number, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 1; at + EDIT <= bytes.length && at < 1 + 64 * EDIT; at += EDIT) {
    const place = places[view.getUint32(at, true) % places.length] ?? 0;
    const pfn = Math.floor(place / 4096);
    const page = changed.get(pfn) ?? (machine.ram.pages.get(pfn) ?? new Uint8Array(4096)).slice();
    changed.set(pfn, page);
    const words = new DataView(page.buffer);
    const value = badValue(
      view.getUint8(at + 4),
      place,
      view.getUint16(at + 5, true),
      words.getBigUint64(place % 4096, true),
      known,
    );
    words.setBigUint64(place % 4096, BigInt.asUintN(64, value), true);
  }
  return imageDump(built, changed, damagedNote(built.vmcoreinfo, bytes));
}

const VALUES = [
  '0',
  '-1',
  '1',
  '3',
  '7fffffffffffffff',
  'ffffffffffffffff',
  '18446744073709551615',
  '4096',
  '',
  'zz',
  '1e9',
];

/** VMCOREINFO with another value in one of its lines, in every fourth case. */
function damagedNote(text: string, bytes: Uint8Array): string {
  const [kind = 0, line = 0, value = 0] = bytes.subarray(1, 4);
  if (kind % 4 !== 0) return text;
  const lines = text.split('\n');
  const at = (line + kind * 64) % lines.length;
  const [key = ''] = (lines[at] ?? '').split('=');
  return lines.with(at, `${key}=${VALUES[value % VALUES.length]}`).join('\n');
}

/** An image as a dump that was never a file. */
function imageDump(
  built: BuiltImage,
  changed: ReadonlyMap<number, Uint8Array>,
  vmcoreinfo: string,
): Dump {
  const { ram } = built.story.kernel.machine;
  const status = (pfn: number) =>
    !ram.isRam(pfn) ? 'not-ram' : ram.use(pfn) === 'free' ? 'excluded' : 'present';
  return {
    paths: ['image'],
    facts: {
      format: 'image',
      container: 'kdump',
      flattened: false,
      dumpLevel: 17,
      incomplete: false,
      utsname: undefined,
      machine: 'x86_64',
      vmcoreinfo,
      cpus: [],
      physBase: undefined,
      mappings: [],
      warnings: [],
      header: [],
    },
    memory: {
      maxPfn: ram.maxPfn,
      status,
      readPage(pfn, target) {
        const found = status(pfn);
        if (found !== 'present') return found;
        const page = changed.get(pfn) ?? ram.pages.get(pfn);
        if (page) target.set(page);
        else target.fill(0);
        return 'present';
      },
      *runs(from = 0, to = ram.maxPfn) {
        for (let pfn = from; pfn < Math.min(to, ram.maxPfn); ) {
          const start = pfn;
          const here = status(pfn);
          while (pfn < to && pfn < ram.maxPfn && status(pfn) === here) pfn++;
          yield { start, end: pfn, status: here };
        }
      },
    },
    fileCaches: [],
    readFile: () => new Uint8Array(0),
    close() {},
  };
}

/** Runs three of the lines on a dump, the first one chosen by a number. Throws Error for what is a bug of the program. */
export async function askDump(dump: Dump, lines: readonly string[], first: number): Promise<void> {
  const target = openTarget(dump);
  const session = createSession(target, { silent: true });
  let tail = '';
  const write = (text: string): void => {
    tail = (tail + text).slice(-4000);
  };
  const console = {
    closed: false,
    color: false,
    write,
    drained: async () => {},
    end: async () => {},
  };
  const shell = new Shell({
    session,
    commands,
    console,
    sugar: implicitCommand,
    place: { inherit: false, write },
  });
  for (let i = 0; i < 3; i++) {
    const line = lines[(first + i * 17) % lines.length] ?? 'sys';
    tail = '';
    const outcome = await shell.execute(line);
    if (outcome === 'bug') throw new Error(`"${line}" is broken:\n${tail}`);
  }
}

/** A whole kernel of which some words are wrong; each case runs a few commands on it. */
export const memoryTarget: FuzzTarget = {
  name: 'memory',
  weight: 6,
  seeds: () => {
    prepare();
    return Array.from({ length: 16 }, (_, n) =>
      Uint8Array.from(
        { length: 1 + EDIT * 6 },
        (_, i) => (n * 73 + i * 151 + ((i * i) >> 1)) & 0xff,
      ),
    );
  },
  run: (bytes) => askDump(damagedDump(bytes, prepare()), LINES, bytes[0] ?? 0),
};
