import { describe, expect, test } from 'vitest';
import { CrashError, ReadError } from '../../src/base/errors.ts';
import { openBtf } from '../../src/types/btf.ts';
import { ExpressionError } from '../../src/types/expression/error.ts';
import {
  type ExpressionEnvironment,
  evaluateExpression,
} from '../../src/types/expression/evaluate.ts';
import { ExpressionTypes } from '../../src/types/expression/expression-types.ts';
import { parseType } from '../../src/types/expression/parser.ts';
import { answerText, resultText } from '../../src/types/expression/result-text.ts';
import type { Value } from '../../src/types/expression/value.ts';
import type { ValueStyle } from '../../src/types/value.ts';
import { BtfBuilder } from './btf-builder.ts';

const BASE = 0xffff800000001000n;

/**
 * One page at BASE: `struct task init_task` at +0, a second one at +64, and the string "hello" at +128.
 * `first` is typed by number, `second` by C text, `raw` not at all.
 */
function world() {
  const b = new BtfBuilder();
  const int = b.int('int', 4, { signed: true });
  const uint = b.int('unsigned int', 4);
  const long = b.int('long int', 8, { signed: true });
  const char = b.int('char', 1, { signed: true });
  const task = b.next;
  b.struct('task', 64, [
    { name: 'pid', type: int, at: 0 },
    { name: 'on', type: uint, at: 32, bits: 3 },
    { name: 'comm', type: b.next + 1, at: 64 },
    { name: 'parent', type: b.next + 2, at: 192 },
    { name: 'name', type: b.next + 3, at: 256 },
    { name: '', type: b.next + 4, at: 320 },
  ]);
  b.array(char, 16);
  b.pointer(task);
  b.pointer(char);
  b.struct('', 8, [{ name: 'policy', type: long, at: 0 }]);
  b.enum('colour', { RED: 0, GREEN: 1, BLUE: 2, MANY: 7 });
  b.typedef('pid_t', int);
  b.func('schedule', b.proto(0, []));
  b.var('counter', int);
  const memory = new Uint8Array(4096);
  const view = new DataView(memory.buffer);
  view.setInt32(0, 7, true);
  view.setUint32(4, 0b101, true);
  memory.set(Buffer.from('swapper'), 8);
  view.setBigUint64(24, BASE + 64n, true);
  view.setBigUint64(32, BASE + 128n, true);
  view.setBigInt64(40, -3n, true);
  view.setInt32(64, 8, true);
  memory.set(Buffer.from('hello\0'), 128);
  return { types: openBtf(b.bytes(), 8), task, memory };
}

function session() {
  const { types, task, memory } = world();
  const symbols: Record<string, { address: bigint; type?: number | string }> = {
    first: { address: BASE, type: task },
    second: { address: BASE + 64n, type: 'struct task' },
    table: { address: BASE, type: 'struct task *[4]' },
    raw: { address: BASE + 40n },
    schedule: { address: 0xffffffff81000000n },
    // A variable that has the name of a typedef.
    pid_t: { address: BASE, type: 'int' },
  };
  const read = (address: bigint, length: number): Uint8Array => {
    const at = Number(address - BASE);
    if (at < 0 || at + length > memory.length) throw new ReadError('kernel', address, 'not-mapped');
    return memory.subarray(at, at + length);
  };
  const history: Value[] = [];
  const environment: ExpressionEnvironment = {
    types: new ExpressionTypes(types),
    symbol: (name) => symbols[name],
    read,
    perCpu: (name, cpu) => {
      if (name !== 'counter' || cpu > 1) throw new CrashError(`no ${name} on cpu ${cpu}`);
      return { address: BASE + BigInt(cpu) * 64n, type: 'int' };
    },
    history,
  };
  const symbolize = (address: bigint): string | undefined =>
    address === BASE ? 'first' : undefined;
  const show = (text: string, style: ValueStyle = {}): string => {
    const value = evaluateExpression(text, environment);
    history.push(value);
    return resultText(value, { symbolize, read }, style);
  };
  const typeOf = (text: string): string => {
    const value = evaluateExpression(text, environment);
    return environment.types.nameOf(value.type);
  };
  return { show, typeOf, environment };
}

/** What crash 8 (gdb 10) answered to the same expression. */
const ARITHMETIC: readonly (readonly [string, string])[] = [
  ['1+2*3', '7'],
  ['(1+2)*3', '9'],
  ['7%4', '3'],
  ['(-5/2)', '-2'],
  ['(-5%3)', '-2'],
  ['6&3^1', '3'],
  ['10 & 6 == 6', '0'],
  ['1<<31', '-2147483648'],
  ['1<<32', '0'],
  ['1L<<40', '1099511627776'],
  ['1UL<<63', '9223372036854775808'],
  ['1UL<<64', '1'],
  ['1<<-1', '0'],
  ['(-8)>>1', '-4'],
  ['0x7fffffff+1', '-2147483648'],
  ['2147483647+1', '-2147483648'],
  ['0xffffffff', '4294967295'],
  ['18446744073709551615', '18446744073709551615'],
  ['(-1)>1U', '1'],
  ['(-1L)>1U', '0'],
  ['~0U', '4294967295'],
  ['~0UL', '18446744073709551615'],
  ['~(unsigned char)0', '-1'],
  ['!5', '0'],
  ['!0', '1'],
  ['1&&0', '0'],
  ['0||5', '1'],
  ['1?2:3', '2'],
  ['0 ? 2 : 0 ? 3 : 4', '4'],
  ['1,2,3', '3'],
  ['0777', '511'],
  ['0b11', '3'],
  ["'a'", "97 'a'"],
  ["'a'+1", '98'],
  ["'\\n'", "10 '\\n'"],
  ["'\\x41'", "65 'A'"],
  ["'\\101'", "65 'A'"],
  ['1.5', '1.5'],
  ['10/3.0', '3.3333333333333335'],
  ['(float)1/3', '0.333333343'],
  ['1 == 1.0', '1'],
  ['1.0/0', 'inf'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['1e3', '1000'],
  ['(char)65', "65 'A'"],
  ['(unsigned char)200', "200 '\\310'"],
  ['(signed char)200', "-56 '\\310'"],
  ['(short)70000', '4464'],
  ['(unsigned long)-1', '18446744073709551615'],
  ['(int)3.9', '3'],
  ['(int)0xffffffff', '-1'],
  ['(_Bool)5', 'true'],
  ['(long)(char)-1', '-1'],
  ['(unsigned)(char)-1', '4294967295'],
  ['(char *)0', '0x0'],
  ['(void *)0', '(void *) 0x0'],
  ['sizeof(long double)', '16'],
  ['sizeof(struct task[4])', '256'],
  ['sizeof(int (*)(int, char *))', '8'],
  ['sizeof(int *[3])', '24'],
  ["sizeof('a')", '1'],
  ['sizeof("abc")', '4'],
  ['sizeof(int)*2', '8'],
];

describe('arithmetic', () => {
  const { show, typeOf } = session();
  test.each(ARITHMETIC)('%s is %s', (text, printed) => {
    expect(show(text)).toBe(printed);
  });

  test.each([
    ['1', 'int'],
    ['1U', 'unsigned int'],
    ['1LL', 'long long'],
    ['2147483648', 'unsigned int'],
    ['4294967296', 'long'],
    ['9223372036854775808', 'unsigned long'],
    ["'a'", 'char'],
    ['1.0f', 'float'],
    ['(char)1+(char)1', 'int'],
    ['1+1U', 'unsigned int'],
    ['1U+1L', 'long'],
    ['1L+1UL', 'unsigned long'],
    ['1?1:1L', 'int'],
    ['GREEN+1', 'unsigned int'],
    ['&first.comm', 'char (*)[16]'],
    ['first.comm+1', 'char *'],
    ['*first.parent', 'struct task'],
    ['&first.parent', 'struct task **'],
    ['schedule', 'void (void)'],
    ['&schedule', 'void (*)(void)'],
    ['(const struct task * const *)0', 'const struct task * const *'],
  ])('the type of %s is %s', (text, type) => {
    expect(typeOf(text)).toBe(type);
  });
});

describe('structures and pointers', () => {
  const { show } = session();
  test.each([
    ['first.pid', '7'],
    ['first->pid', '7'],
    ['first.on', '5'],
    ['first.policy', '-3'],
    ['first.parent->pid', '8'],
    ['first.parent.pid', '8'],
    ['(*first.parent).pid', '8'],
    ['first.comm', '"swapper\\000\\000\\000\\000\\000\\000\\000\\000"'],
    ['first.comm[1]', "119 'w'"],
    ['*(first.comm+2)', "97 'a'"],
    ['*first.comm@4', '"swap"'],
    ['first.name', `0x${(BASE + 128n).toString(16)} "hello"`],
    ['first.name[4]', "111 'o'"],
    ['&first', `(struct task *) 0x${BASE.toString(16)} <first>`],
    ['&first + 1', `(struct task *) 0x${(BASE + 64n).toString(16)}`],
    ['&first + 1 == &second', '1'],
    ['&second - &first', '1'],
    ['(char *)&second - (char *)&first', '64'],
    ['&((struct task *)0)->comm', '(char (*)[16]) 0x8'],
    ['(long)&((struct task *)0)->comm', '8'],
    ['second.parent', '(struct task *) 0x0'],
    ['!second.parent', '1'],
    ['first.parent && 1', '1'],
    ['{int}&second', '8'],
    ['{char[4]}first.comm', '"swap"'],
    ['(long)raw', '-3'],
    ['&raw', `(void *) 0x${(BASE + 40n).toString(16)}`],
    ['*(long *)&raw', '-3'],
    [`*0x${(BASE + 40n).toString(16)}`, '-3'],
    ['(struct task)first == 1 ? 1 : 2', undefined],
    ['(long[2])second', undefined],
    ['schedule', '{void (void)} 0xffffffff81000000'],
    ['*schedule', '{void (void)} 0xffffffff81000000'],
    ['&schedule', '(void (*)(void)) 0xffffffff81000000'],
    ['GREEN', 'GREEN'],
    ['(enum colour)1', 'GREEN'],
    ['(enum colour)5', '5'],
    ['GREEN == 1', '1'],
    ['pid_t + 1', '8'],
    ['sizeof(first.comm)', '16'],
    ['sizeof first', '64'],
    [
      'container_of(first.comm, struct task, comm)',
      `(struct task *) 0x${BASE.toString(16)} <first>`,
    ],
    ['container_of(&first.comm[2], struct task, comm[2])->pid', '7'],
    ['offsetof(struct task, parent)', '24'],
    ['per_cpu(counter, 1)', '8'],
    ['"abc"', '"abc"'],
  ])('%s', (text, printed) => {
    if (printed === undefined) expect(() => show(text)).not.toThrow(TypeError);
    else expect(show(text)).toBe(printed);
  });

  test('nothing is read for an address or a size', () => {
    expect(show('&((struct task *)8)->parent')).toBe('(struct task **) 0x20');
    expect(show('sizeof(*(struct task *)0)')).toBe('64');
    expect(() => show('((struct task *)8)->pid')).toThrow(ReadError);
  });

  test('the right side of a decided && is not evaluated', () => {
    expect(show('0 && *(int *)0')).toBe('0');
    expect(show('1 || *(int *)0')).toBe('1');
    expect(show('1 ? 2 : *(int *)0')).toBe('2');
  });

  test('a format letter takes the type away', () => {
    expect(show('&first', { letter: 'x' })).toBe(`0x${BASE.toString(16)}`);
    expect(show('first.on', { letter: 't' })).toBe('101');
    expect(show('first.comm[0]@3', { letter: 'x' })).toBe('{0x73, 0x77, 0x61}');
  });
});

describe('history', () => {
  test('$n, $, $$ and $$n', () => {
    const { show } = session();
    show('10');
    show('20');
    show('30');
    expect(show('$1')).toBe('10');
    expect(show('$')).toBe('10');
    expect(show('$$2 + 1')).toBe('31');
    expect(show('$2 + $3')).toBe('50');
    expect(show('$foo')).toBe('void');
    expect(() => show('$99')).toThrow('History has not yet reached $99.');
  });

  test('an answer carries its number, and the name of the variable alone', () => {
    expect(answerText(3, undefined, '7')).toBe('$3 = 7');
    expect(answerText(3, 'jiffies', '7')).toBe('jiffies = $3 = 7');
    expect(answerText(3, 'table', '{1, 2}')).toBe('table = $3 = \n {1, 2}');
    expect(answerText(3, 'list', '{\n  next = 0x0\n}')).toBe('list = $3 = {\n  next = 0x0\n}');
  });
});

describe('errors name the word that is wrong', () => {
  const { show } = session();
  test.each([
    ['nosuch', 'No symbol "nosuch" in current context.', 0],
    ['first.pid + nosuch', 'No symbol "nosuch" in current context.', 12],
    ['first.nosuch', 'There is no member named nosuch.', 5],
    ['first.pid.x', 'Attempt to extract a component of a value that is not a structure.', 9],
    ['(struct nosuch *)0', 'No struct type named nosuch.', 8],
    ['(nosuch_t)1', 'No symbol "nosuch_t" in current context.', 1],
    ['raw', "'raw' has unknown type; cast it to its declared type", 0],
    ['1 +', "A syntax error in expression, near `'.", 3],
    ['(1', "A syntax error in expression, near `'.", 2],
    [')', "A syntax error in expression, near `)'.", 0],
    ['1 2', "A syntax error in expression, near `2'.", 2],
    ['08', 'Invalid number "08".', 0],
    ['12abc', 'Invalid number "12abc".', 0],
    ['0x', 'Invalid number "0x".', 0],
    ['99999999999999999999', 'Numeric constant too large.', 0],
    ['10/0', 'Division by zero', 2],
    ['10%0', 'Division by zero', 2],
    ['5.5%2', 'Integer-only operation on a floating point value.', 3],
    ['&5', 'Attempt to take address of value not located in memory.', 0],
    ['&first.on', 'Attempt to take address of a bit field.', 0],
    ['*first', 'Attempt to take contents of a non-pointer value.', 0],
    ['*(void *)8', 'Attempt to take contents of a non-pointer value.', 0],
    ['first + 1', 'Argument to arithmetic operation not a number or boolean.', 6],
    ['first[0]', "cannot subscript something of type `struct task'", 5],
    ['1@2', "Only values in memory can be extended with '@'.", 1],
    ['first.pid@0', 'Invalid number 0 of repetitions.', 9],
    ['(struct task)1', 'Invalid cast.', 0],
    ['schedule()', "You can't do that without a process to debug.", 8],
    ['first.pid = 5', 'a dump cannot be written to', 10],
    ['first.pid++', 'a dump cannot be written to', 9],
    ['#', "Invalid character '#' in expression.", 0],
    ["'", 'Unmatched single quote.', 0],
    ['"abc', 'Unterminated string in expression.', 0],
    ['sizeof(struct hidden)', 'No struct type named hidden.', 14],
    ['offsetof(struct task, nosuch)', 'There is no member named nosuch.', 0],
  ])('%s', (text, message, at) => {
    let thrown: unknown;
    try {
      show(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ExpressionError);
    expect(thrown).toMatchObject({ message, at, expression: text });
  });

  test('depth and length are bounded', () => {
    expect(() => show('('.repeat(5000))).toThrow(ExpressionError);
    expect(() => show('- '.repeat(900))).toThrow('nested too deeply');
    expect(() => show(Array(2000).fill('1').join('+'))).toThrow('too long');
    expect(() => show(`(int${'*'.repeat(900)})0`)).toThrow('nested too deeply');
    expect(show(Array(400).fill('1').join('+'))).toBe('400');
  });
});

describe('type names', () => {
  const { environment } = session();
  test.each([
    ['unsigned long int', 'unsigned long'],
    ['long unsigned', 'unsigned long'],
    ['signed', 'int'],
    ['long long int', 'long long'],
    ['unsigned short int', 'unsigned short'],
    ['int const *', 'const int *'],
    ['char * const', 'char * const'],
    ['struct task *(*)[4]', 'struct task *(*)[4]'],
    ['int [2][3]', 'int [2][3]'],
    ['void (*)(int, ...)', 'void (*)(int, ...)'],
    ['void (*(*)(void))(int)', 'void (*(*)(void))(int)'],
    ['enum colour', 'enum colour'],
    ['char []', 'char []'],
  ])('%s is %s', (text, name) => {
    expect(environment.types.nameOf(parseType(text, environment.types))).toBe(name);
  });

  test.each([
    'long char',
    'unsigned struct task',
    'short long',
    '',
    'struct',
    'int x',
    'int [x]',
    'unsigned double',
  ])('%j is none', (text) => {
    expect(() => parseType(text, environment.types)).toThrow(ExpressionError);
  });
});
