import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latin1 } from '../../../src/base/bytes.ts';
import { MissingError } from '../../../src/base/errors.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { readLog } from '../../../src/kernel/printk/log.ts';
import type { LogRecord } from '../../../src/kernel/printk/record.ts';
import { fakeTarget, Pieces } from '../fake-target.ts';

const texts = (target: Target): string[] =>
  [...readLog(target)].map((item) =>
    'problem' in item ? `problem: ${item.problem}` : item.isEmpty ? '(empty)' : latin1(item.text),
  );
const only = (target: Target): LogRecord => [...readLog(target)][0] as LogRecord;

/** VMCOREINFO of a 6.1 kernel, as far as its log goes. */
const RING_INFO = `SYMBOL(prb)=1000
SIZE(printk_ringbuffer)=80
OFFSET(printk_ringbuffer.desc_ring)=0
OFFSET(printk_ringbuffer.text_data_ring)=40
SIZE(prb_desc_ring)=40
OFFSET(prb_desc_ring.count_bits)=0
OFFSET(prb_desc_ring.descs)=8
OFFSET(prb_desc_ring.infos)=16
OFFSET(prb_desc_ring.head_id)=24
OFFSET(prb_desc_ring.tail_id)=32
SIZE(prb_desc)=24
OFFSET(prb_desc.state_var)=0
OFFSET(prb_desc.text_blk_lpos)=8
OFFSET(prb_data_blk_lpos.begin)=0
OFFSET(prb_data_blk_lpos.next)=8
SIZE(printk_info)=88
OFFSET(printk_info.seq)=0
OFFSET(printk_info.ts_nsec)=8
OFFSET(printk_info.text_len)=16
OFFSET(printk_info.caller_id)=20
OFFSET(printk_info.dev_info)=24
SIZE(dev_printk_info)=64
OFFSET(dev_printk_info.subsystem)=0
OFFSET(dev_printk_info.device)=16
OFFSET(prb_data_ring.size_bits)=0
OFFSET(prb_data_ring.data)=8
`;
const COUNT_BITS = 3;
const TEXT_BITS = 8;
const DESCS = 0x10000n;
const INFOS = 0x20000n;
const TEXT = 0x30000n;
const ID_MASK = (1n << 62n) - 1n;
const COMMITTED = 1n;
const FINALIZED = 2n;

/** A ring that the test fills descriptor by descriptor, as the kernel would. */
class Ring {
  readonly memory = new Pieces();
  readonly #ring = this.memory.piece(0x2000n, 80);
  readonly descs = this.memory.piece(DESCS, 8192);
  readonly infos = this.memory.piece(INFOS, 88 * 2 ** COUNT_BITS);
  readonly text = this.memory.piece(TEXT, 2 ** TEXT_BITS);
  readonly target = fakeTarget(this.memory, RING_INFO, {});

  constructor() {
    this.memory.piece(0x1000n, 8).setBigUint64(0, 0x2000n, true);
    this.#ring.setUint32(0, COUNT_BITS, true);
    this.#ring.setBigUint64(8, DESCS, true);
    this.#ring.setBigUint64(16, INFOS, true);
    this.#ring.setUint32(40, TEXT_BITS, true);
    this.#ring.setBigUint64(48, TEXT, true);
    for (let slot = 0; slot < 2 ** COUNT_BITS; slot++)
      this.descs.setBigUint64(slot * 24, 3n << 62n, true);
  }

  ids(tail: bigint, head: bigint): this {
    this.#ring.setBigUint64(24, head & ID_MASK, true);
    this.#ring.setBigUint64(32, tail & ID_MASK, true);
    return this;
  }
  countBits(bits: number): this {
    this.#ring.setUint32(0, bits, true);
    return this;
  }

  /** A descriptor with its block between two logical positions; the text goes where the kernel puts it. */
  put(
    id: bigint,
    begin: bigint,
    next: bigint,
    text: string,
    options: { state?: bigint; length?: number } = {},
  ): this {
    const slot = Number((id & ID_MASK) % BigInt(2 ** COUNT_BITS));
    this.descs.setBigUint64(
      slot * 24,
      ((options.state ?? FINALIZED) << 62n) | (id & ID_MASK),
      true,
    );
    this.descs.setBigUint64(slot * 24 + 8, BigInt.asUintN(64, begin), true);
    this.descs.setBigUint64(slot * 24 + 16, BigInt.asUintN(64, next), true);
    this.infos.setBigUint64(slot * 88, BigInt.asUintN(32, id + BigInt(2 ** COUNT_BITS)), true);
    this.infos.setBigUint64(slot * 88 + 8, 1_234_567_890n, true);
    this.infos.setUint16(slot * 88 + 16, options.length ?? text.length, true);
    this.infos.setUint8(slot * 88 + 19, 6 << 5);
    this.infos.setUint32(slot * 88 + 20, 0x8000_0003, true);
    const size = BigInt(2 ** TEXT_BITS);
    const from = BigInt.asUintN(64, begin) % size;
    const to = BigInt.asUintN(64, next) % size;
    if ((begin & 1n) === 0n) {
      const at = Number(from > to && to !== 0n ? 0n : from);
      if (from !== to) this.text.setBigUint64(at, id & ID_MASK, true);
      Buffer.from(text, 'latin1').copy(
        new Uint8Array(this.text.buffer),
        Math.min(at + 8, 2 ** TEXT_BITS),
      );
    }
    return this;
  }
}

describe('the lockless ring of 5.10', () => {
  test('needs VMCOREINFO alone', () => {
    const ring = new Ring().ids(0n, 0n).put(0n, 0n, 24n, 'hello');
    expect(only(ring.target)).toMatchObject({
      sequence: 8n,
      nanoseconds: 1_234_567_890n,
      level: 6,
      caller: { kind: 'cpu', number: 3 },
    });
    expect(texts(ring.target)).toEqual(['hello']);
  });

  test('shows what readers may see: committed and finalized, not reserved, reusable or overwritten', () => {
    const ring = new Ring().ids(0n, 4n);
    ring.put(0n, 0n, 16n, 'a', { state: COMMITTED }).put(1n, 16n, 32n, 'b', { state: 0n });
    ring.put(2n, 32n, 48n, 'c').put(3n, 48n, 64n, 'd', { state: 3n });
    // The slot of id 4 holds id 12 already.
    ring.put(12n, 64n, 80n, 'e');
    expect(texts(ring.target)).toEqual(['a', 'c']);
  });

  test('goes on over the wrap of the descriptor ids at 2^62', () => {
    const first = (1n << 62n) - 2n;
    const ring = new Ring().ids(first, 1n);
    [first, first + 1n, 0n, 1n].forEach((id, i) => {
      ring.put(id, BigInt(i * 16), BigInt(i * 16 + 16), `line ${i}`);
    });
    expect(texts(ring.target)).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
  });

  test('a block that does not fit before the end of the ring lies at its start', () => {
    const ring = new Ring().ids(7n, 7n).put(7n, 248n, 256n + 24n, 'wrapped');
    expect(texts(ring.target)).toEqual(['wrapped']);
    expect(latin1(new Uint8Array(ring.text.buffer, 8, 7))).toBe('wrapped');
  });

  test('a block may end exactly where the ring does', () => {
    const ring = new Ring().ids(7n, 7n).put(7n, 232n, 256n, 'at the end!');
    expect(texts(ring.target)).toEqual(['at the end!']);
  });

  test('an empty message has no block, and a lost one neither', () => {
    const ring = new Ring().ids(0n, 1n).put(0n, 3n, 3n, '').put(1n, 1n, 1n, '');
    expect(texts(ring.target)).toEqual(['(empty)', '(empty)']);
  });

  test('a length beyond the block is cut at the block', () => {
    const ring = new Ring().ids(0n, 0n).put(0n, 0n, 16n, 'cut here', { length: 5000 });
    expect(texts(ring.target)).toEqual(['cut here']);
  });

  test('a ring of impossible size is told before it is read', () => {
    expect(texts(new Ring().countBits(60).target)).toEqual([expect.stringMatching(/2\^60/)]);
  });

  test('ids that are further apart than the ring is long show the newest, and say so', () => {
    const ring = new Ring().ids(0n, 1000n).put(1000n, 0n, 16n, 'newest');
    expect(texts(ring.target)).toEqual([
      expect.stringMatching(/^problem: .*from 0 to 1000/),
      'newest',
    ]);
  });

  test('ends that leave out records are not believed: all come by their sequence numbers', () => {
    const ring = new Ring().ids(2n, 2n);
    for (const [id, text] of ['zero', 'one', 'two'].entries())
      ring.put(BigInt(id), BigInt(id * 24), BigInt(id * 24 + 24), text);
    expect(texts(ring.target)).toEqual([
      "problem: the log's descriptors run from 2 to 2, which leaves out 2 records",
      'zero',
      'one',
      'two',
    ]);
  });

  test('records with numbers of others are damaged, and told once', () => {
    const ring = new Ring().ids(0n, 3n);
    for (const [id, text] of ['zero', 'one', 'two', 'three'].entries())
      ring.put(BigInt(id), BigInt(id * 24), BigInt(id * 24 + 24), text);
    ring.infos.setBigUint64(88, 0n, true);
    ring.infos.setBigUint64(176, 0n, true);
    expect(texts(ring.target)).toEqual([
      'zero',
      'problem: record 9 of the log is damaged: its sequence number is 0, and 1 more record after it',
      'three',
    ]);
  });

  test('a text block of another record is not read', () => {
    const ring = new Ring().ids(0n, 0n).put(0n, 0n, 16n, 'mine');
    ring.text.setBigUint64(0, 99n, true);
    expect(texts(ring.target)).toEqual([
      "problem: the text of record 8 of the log is damaged: 30000 has another's",
    ]);
  });

  test('a count of descriptors that its records contradict is replaced by that of the text ring', () => {
    const ring = new Ring().ids(-8n, -6n).countBits(20);
    for (const [at, text] of ['zero', 'one', 'two'].entries())
      ring.put(BigInt(at - 8), BigInt(at * 24), BigInt(at * 24 + 24), text);
    expect(texts(ring.target)).toEqual([
      expect.stringMatching(/^problem: the log's ring has 2\^20 descriptors/),
      'zero',
      'one',
      'two',
    ]);
  });

  test('the device that a driver spoke of is in the dictionary', () => {
    const ring = new Ring().ids(0n, 0n).put(0n, 0n, 16n, 'x');
    Buffer.from('pci\0').copy(new Uint8Array(ring.infos.buffer), 24);
    Buffer.from('+pci:0000:00:01.0\0').copy(new Uint8Array(ring.infos.buffer), 40);
    expect(only(ring.target).dictionary).toEqual(['SUBSYSTEM=pci', 'DEVICE=+pci:0000:00:01.0']);
  });

  test('any bytes in it end the reading in finite time', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 192, maxLength: 192 }),
        fc.bigInt(0n, ID_MASK),
        fc.bigInt(0n, ID_MASK),
        (bytes, tail, head) => {
          const ring = new Ring().ids(tail, head);
          new Uint8Array(ring.descs.buffer).set(bytes);
          expect(texts(ring.target).length).toBeLessThanOrEqual(10);
        },
      ),
    );
  });
});

const BUFFER = 0x50000n;
const RECORD_INFO = `SYMBOL(log_buf)=1000
SYMBOL(log_buf_len)=1010
SYMBOL(log_first_idx)=1020
SYMBOL(log_next_idx)=1030
SIZE(printk_log)=16
OFFSET(printk_log.ts_nsec)=0
OFFSET(printk_log.len)=8
OFFSET(printk_log.text_len)=10
OFFSET(printk_log.dict_len)=12
`;

/** A record buffer (3.5 to 5.9) with records at given places. */
class Records {
  readonly memory = new Pieces();
  readonly #head = this.memory.piece(0x1000n, 64);
  readonly buffer: DataView;
  readonly target: Target;

  constructor(size: number, first: number, next: number, info = RECORD_INFO) {
    this.#head.setBigUint64(0, BUFFER, true);
    this.#head.setUint32(16, size, true);
    this.#head.setUint32(32, first, true);
    this.#head.setUint32(48, next, true);
    this.buffer = this.memory.piece(BUFFER, size);
    this.target = fakeTarget(this.memory, info, {});
  }

  /** Returns where the record ends. */
  put(at: number, text: string, dictionary = '', header = 16): number {
    const length = Math.ceil((header + text.length + dictionary.length) / 4) * 4;
    this.buffer.setBigUint64(at, 5_000_001_000n, true);
    this.buffer.setUint16(at + 8, length, true);
    this.buffer.setUint16(at + 10, text.length, true);
    this.buffer.setUint16(at + 12, dictionary.length, true);
    this.buffer.setUint8(at + 15, 4 << 5);
    Buffer.from(text + dictionary, 'latin1').copy(new Uint8Array(this.buffer.buffer), at + header);
    return at + length;
  }
}

describe('the record buffer of 3.5 to 5.9', () => {
  test('records follow each other by their length, with dictionary', () => {
    const log = new Records(256, 0, 64);
    const second = log.put(0, 'first', 'SUBSYSTEM=net\0DEVICE=n2');
    expect(second).toBe(44);
    log.put(second, 'now');
    expect(texts(log.target)).toEqual(['first', 'now']);
    expect(only(log.target)).toMatchObject({
      nanoseconds: 5_000_001_000n,
      level: 4,
      caller: undefined,
      dictionary: ['SUBSYSTEM=net', 'DEVICE=n2'],
    });
  });

  test('a length of zero leads to the start of the buffer', () => {
    const log = new Records(128, 80, 24);
    expect(log.put(80, 'old!')).toBe(100);
    expect(log.put(0, 'younger!')).toBe(24);
    expect(texts(log.target)).toEqual(['old!', 'younger!']);
  });

  test('the caller stands behind the level since 5.1', () => {
    const log = new Records(
      256,
      0,
      24,
      RECORD_INFO.replace('SIZE(printk_log)=16', 'SIZE(printk_log)=24'),
    );
    log.put(0, '', '', 24);
    log.buffer.setUint32(16, 42, true);
    expect(only(log.target).caller).toEqual({ kind: 'task', number: 42 });
  });

  test.each([
    ['shorter than its header', 4],
    ['beyond the buffer', 60_000],
  ])('a record %s ends the log with a problem, after what came before it', (_, length) => {
    const log = new Records(256, 0, 128);
    const bad = log.put(0, 'good');
    log.buffer.setUint16(bad + 8, length, true);
    expect(texts(log.target)).toEqual(['good', 'problem: invalid log_buf entry encountered']);
  });

  test('a buffer of zeros is no endless loop', () => {
    expect(texts(new Records(256, 64, 32).target)).toEqual([
      'problem: invalid log_buf entry encountered',
    ]);
  });

  test('any bytes in it end the reading in finite time', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 256, maxLength: 256 }),
        fc.nat(255),
        fc.nat(255),
        (bytes, first, next) => {
          const log = new Records(256, first, next);
          new Uint8Array(log.buffer.buffer).set(bytes);
          expect(texts(log.target).length).toBeLessThanOrEqual(40);
        },
      ),
    );
  });
});

describe('the byte buffer before 3.5', () => {
  const bytesLog = (text: string, end: number, size = 32): Target => {
    const memory = new Pieces();
    const head = memory.piece(0x1000n, 64);
    head.setBigUint64(0, BUFFER, true);
    head.setUint32(16, size, true);
    head.setUint32(32, end, true);
    Buffer.from(text, 'latin1').copy(new Uint8Array(memory.piece(BUFFER, size).buffer));
    return fakeTarget(memory, '', { log_buf: 0x1000n, log_buf_len: 0x1010n, log_end: 0x1020n });
  };

  test('lines carry their level in front', () => {
    const target = bytesLog('<6>one\n<4>two\n', 14);
    expect(texts(target)).toEqual(['one', 'two']);
    expect([...readLog(target)].map((line) => 'level' in line && line.level)).toEqual([6, 4]);
  });

  test('a full buffer begins where the next byte would go', () => {
    expect(texts(bytesLog('econd line\n<6>third line\n<6>my s', 57))).toEqual([
      'my second line',
      'third line',
    ]);
  });
});

test('a kernel without any of the three has no log', () => {
  expect(() => [...readLog(fakeTarget(new Pieces(), '', {}))]).toThrow(MissingError);
});

test('a large ring of which nothing is in the dump is said to be so, once and soon', () => {
  const ring = new Ring().ids(0n, (1n << 20n) - 1n).countBits(20);
  const found = texts(ring.target);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^problem: part of the log cannot be read/);
});
