import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CrashError } from '../../src/base/errors.ts';
import { openBtf } from '../../src/types/btf.ts';
import { evaluateExpression } from '../../src/types/expression/evaluate.ts';
import { ExpressionTypes } from '../../src/types/expression/expression-types.ts';
import { resultText } from '../../src/types/expression/result-text.ts';
import { memberLines, typeDeclaration } from '../../src/types/struct-decl.ts';
import { valueText } from '../../src/types/value.ts';
import { BtfBuilder } from './btf-builder.ts';

/** All kinds, referring to each other. */
function specimen(): Uint8Array {
  const b = new BtfBuilder();
  const int = b.int('int', 4, { signed: true });
  const char = b.int('char', 1, { signed: true });
  const array = b.array(char, 8);
  const colour = b.enum('colour', { RED: 0, BLUE: 2 });
  const anonymous = b.union('', 8, [
    { name: 'a', type: int, at: 0 },
    { name: 'b', type: array, at: 0 },
  ]);
  const task = b.struct('task', 40, [
    { name: 'next', type: b.next + 1, at: 0 },
    { name: '', type: anonymous, at: 64 },
    { name: 'bits', type: int, at: 128, bits: 5 },
    { name: 'colour', type: colour, at: 160 },
    { name: 'text', type: array, at: 192 },
  ]);
  b.pointer(task);
  b.typedef('task_t', b.qualified('const', task));
  b.func(
    'run',
    b.proto(int, [
      ['t', task],
      ['', 0],
    ]),
  );
  b.datasec('.percpu', 8, [[b.var('v', int), 0, 4]]);
  b.enum64('wide', { W: 1n << 40n });
  b.float('double', 8);
  b.fwd('later');
  b.declTag('tag', task);
  b.typeTag('user', int);
  return b.bytes();
}

/** Everything that one can ask; only errors of ours may come out. */
function exercise(bytes: Uint8Array): void {
  const tolerate = (run: () => unknown): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
    }
  };
  tolerate(() => {
    const types = openBtf(bytes, 8);
    const environment = {
      types,
      symbolize: () => undefined,
      read: (_: bigint, length: number) => new Uint8Array(length).fill(65),
    };
    for (const name of ['task', 'task_t', 'later', 'colour']) {
      for (const path of ['next', 'a', 'text[3]', 'bits', 'next.next']) {
        tolerate(() => types.findMember(name, path));
      }
      tolerate(() => types.sizeof(name));
    }
    for (const name of ['RED', 'W', 'NOSUCH']) tolerate(() => types.enumerator(name));
    tolerate(() => types.find('func', 'run'));
    for (let id = 0; id < Math.min(types.count, 40); id++) {
      tolerate(() => types.nameOf(id));
      tolerate(() => types.sizeOf(id));
      tolerate(() => typeDeclaration(types, id, { offsets: true }));
      tolerate(() => {
        const type = types.get(id);
        if (type.kind === 'struct') memberLines(types, type);
      });
      tolerate(() =>
        valueText(environment, id, { bytes: new Uint8Array(64), offset: 0, address: 0n }),
      );
    }
  });
}

test('no single damaged word of a blob crashes or hangs', () => {
  const good = specimen();
  const words = [0, 2, 9, 0xffffffff, 0x84000003, 0x0a000000];
  for (let at = 0; at + 4 <= good.length; at += 4) {
    for (const word of words) {
      const bytes = good.slice();
      new DataView(bytes.buffer).setUint32(at, word, true);
      exercise(bytes);
    }
  }
});

test('no combination of damage crashes or hangs', () => {
  const good = specimen();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }),
      fc.nat(good.length),
      (changes, cut) => {
        const bytes = good.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        exercise(bytes);
        exercise(bytes.subarray(0, cut));
      },
    ),
    { numRuns: 300 },
  );
});

test('unaligned bytes read the same', () => {
  const good = specimen();
  const shifted = new Uint8Array(good.length + 1);
  shifted.set(good, 1);
  const types = openBtf(shifted.subarray(1), 8);
  expect(types.member('task', 'text[3]').offset).toBe(27);
  expect(types.count).toBe(openBtf(good, 8).count);
});

test('no expression does anything but answer or say what is wrong', () => {
  const base = openBtf(specimen(), 8);
  const words = [
    '1',
    '0x10',
    'v',
    'task',
    'struct',
    'task_t',
    'sizeof',
    '(',
    ')',
    '*',
    '&',
    '->',
    '.',
    '[',
    ']',
    '+',
    '-',
  ];
  words.push(
    'next',
    'a',
    'bits',
    'text',
    '@',
    '?',
    ':',
    ',',
    '==',
    '"s"',
    "'c'",
    '$',
    '$1',
    '{',
    '}',
    'int',
    '1.5',
    '<<',
    '!',
  );
  const environment = {
    types: new ExpressionTypes(base),
    symbol: (name: string) => (name === 'v' ? { address: 64n, type: 'struct task' } : undefined),
    read: (_: bigint, length: number) => new Uint8Array(length).fill(1),
    perCpu: () => ({ address: 0n }),
  };
  const outside = { symbolize: () => undefined, read: environment.read };
  const attempt = (text: string): void => {
    try {
      resultText(evaluateExpression(text, environment), outside);
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
    }
  };
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 14 }), (list) =>
      attempt(list.join(' ')),
    ),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(fc.string({ maxLength: 40 }), attempt), { numRuns: 500 });
});
