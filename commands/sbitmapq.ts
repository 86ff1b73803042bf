import { hex, type VAddr, va } from '../src/base/address.ts';
import { machineCpus, perCpuOffset } from '../src/kernel/core/cpus.ts';
import { type SbitmapQueue, sbitmapQueue } from '../src/kernel/lib/sbitmap.ts';
import { CommandError, defineCommand, type Out } from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { isNumber, parseHex, parseHexAddress } from '../src/session/line/numbers.ts';

type Row =
  | ({ readonly kind: 'queue' } & SbitmapQueue)
  | { readonly kind: 'bit'; readonly bit: number; readonly address: VAddr };

export default defineCommand({
  name: 'sbitmapq',
  group: 'kernel',
  summary: 'sbitmap_queue struct contents',
  synopsis: '[-s struct[.member[,member]] -a address [-p] [-v]] -[x|d] address',
  flags: {
    s: { value: 'type', help: 'the structure of an array that goes with the queue' },
    a: { value: 'text', help: 'the address of that array' },
    p: { help: 'the array holds pointers' },
    v: { help: 'print the structures (not supported: use struct)', hidden: true },
    x: { help: 'numbers in hexadecimal', excludes: ['d'] },
    d: { help: 'numbers in decimal' },
  },
  operands: [
    { name: 'queue', kind: 'text', arity: '?', help: 'the address of a sbitmap_queue' },
    { name: 'more', kind: 'text', arity: '*', help: 'nothing more' },
  ],
  help: [
    'Shows a queue of numbers as the block layer has them for requests: how many',
    'there are, how many are out, and which.',
  ].join('\n'),
  examples: [
    { run: 'sbitmapq ffff898b81065d90', on: 'null-pointer', shows: 'the tags that are in use' },
  ],

  *run({ flags, operands }, { target }): Generator<Row> {
    const word = operands.queue;
    if (word === undefined) throw new CommandError('command argument is required', { usage: true });
    if (operands.more.length > 0) throw new CommandError('too many arguments', { usage: true });
    if (!isNumber(word) || parseHex(word) < 1n << 63n) {
      throw new CommandError(`invalid command argument: ${word}`, {
        fault: { kind: 'address', word },
      });
    }
    if ((flags.s === undefined) !== (flags.a === undefined)) {
      throw new CommandError('-s option requires -a option', { usage: true });
    }
    if (flags.v) throw new CommandError('-v is not supported: use struct with the addresses');
    const hintsOf = (base: bigint) =>
      machineCpus(target).map((cpu) => va(base + perCpuOffset(target, cpu)));
    const queue = sbitmapQueue(target, parseHexAddress(word), hintsOf);
    if (flags.s === undefined || flags.a === undefined) {
      yield { kind: 'queue', ...queue };
      return;
    }
    const array = parseHex(flags.a);
    const size = flags.p ? 8 : target.types.sizeof(flags.s.split('.')[0] ?? '');
    for (let bit = 0; bit < queue.depth; bit++) {
      if (((queue.bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) continue;
      const entry = va(array + BigInt(bit * size));
      yield { kind: 'bit', bit, address: flags.p ? target.kernel.pointer(entry) : entry };
    }
  },

  printer({ flags }, { settings }) {
    const radix = flags.x ? 16 : flags.d ? 10 : settings.radix;
    return byKind<Row>({
      queue(queue, out) {
        printQueue(queue, radix, out);
      },
      bit({ bit, address }, out) {
        out.line(`${bit}: 0x${hex(address)}`);
      },
    });
  },
});

function printQueue(queue: SbitmapQueue, radix: 10 | 16, out: Out): void {
  const number = (value: number): string => (radix === 16 ? `0x${value.toString(16)}` : `${value}`);
  out.line(`depth = ${number(queue.depth)}`);
  out.line(`busy = ${number(queue.busy)}`);
  out.line(`cleared = ${number(queue.cleared)}`);
  out.line(`bits_per_word = ${number(queue.bitsPerWord)}`);
  out.line(`map_nr = ${number(queue.mapNumber)}`);
  out.line(`alloc_hint = {${queue.allocHints.map(number).join(', ')}}`);
  out.line(`wake_batch = ${number(queue.wakeBatch)}`);
  out.line(`wake_index = ${number(queue.wakeIndex)}`);
  if (queue.waitersActive !== undefined) out.line(`ws_active = ${number(queue.waitersActive)}`);
  out.line('ws = {');
  for (const { count, active } of queue.waitStates) {
    const counted = count === undefined ? '' : `.wait_cnt = ${number(count)}, `;
    out.line(`\t{ ${counted}.wait = ${active ? 'active' : 'inactive'} },`);
  }
  out.line('}');
  out.line(`round_robin = ${queue.roundRobin ? 1 : 0}`);
  if (queue.minShallowDepth !== undefined) {
    out.line(`min_shallow_depth = ${number(queue.minShallowDepth)}`);
  }
  out.line();
  for (let at = 0; at < queue.bits.length; at += 16) {
    const row = Buffer.from(queue.bits.subarray(at, at + 16)).toString('hex');
    out.line(`${hex(at).padStart(8, '0')}: ${(row.match(/.{1,4}/g) ?? []).join(' ')}`);
  }
}
