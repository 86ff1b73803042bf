import { describe, expect, test } from 'vitest';
import { healthy } from '../../dumps/incidents/healthy.ts';
import { runTranscript } from '../../dumps/transcript.ts';
import { GLOBALS, typesByName } from '../../src/kernel/core/globals/index.ts';
import { expressionTypes, findVariable } from '../../src/kernel/values/variables.ts';
import { openBytes } from '../dumps/open-image.ts';
import { needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';

let opened: ReturnType<typeof openBytes> | undefined;
const target = () => {
  opened ??= openBytes(healthy.build().kdump());
  return opened;
};
/** What each line prints, run one after another in one session. */
const say = async (...lines: string[]): Promise<readonly (readonly string[])[]> =>
  (await runTranscript(target(), lines)).map((exchange) => exchange.lines);
const one = async (line: string): Promise<readonly string[]> => (await say(line))[0] ?? [];
const task = (): string => target().symbol('init_task').toString(16);

describe('struct', () => {
  test('shows the members that are asked for, in the order asked', async () => {
    expect(await one('struct task_struct.comm,pid init_task')).toEqual([
      '  comm = "swapper/0\\000\\000\\000\\000\\000\\000",',
      '  pid = 0,',
    ]);
  });

  test('a negative count shows what leads up to the address', async () => {
    const forward = await one('struct list_head.next modules -c 2');
    const backward = await one('struct list_head.next modules -c -2');
    expect(backward).toHaveLength(3);
    expect(backward[2]).toBe(forward[0]);
  });

  test('-l takes the address of a member for that of the structure', async () => {
    const { offset } = target().types.member('task_struct', 'tasks');
    const link = (target().symbol('init_task') + BigInt(offset)).toString(16);
    expect(await one(`struct task_struct.pid -l task_struct.tasks ${link}`)).toEqual([
      '  pid = 0,',
    ]);
  });

  test('-o shows where each member is, in hexadecimal with -x', async () => {
    expect(await one('struct -ox list_head')).toEqual([
      'struct list_head {',
      '   [0x0] struct list_head *next;',
      '   [0x8] struct list_head *prev;',
      '}',
      'SIZE: 0x10',
    ]);
  });

  test('a member of every CPU stands under the address of its copy', async () => {
    const lines = await one('struct rq.nr_running runqueues:a');
    expect(lines.filter((line) => /^\[\d\]: [0-9a-f]{16}$/.test(line))).toHaveLength(2);
  });

  test('a per-CPU variable without a CPU is refused, with what to say instead', async () => {
    expect(await one('struct rq.nr_running runqueues')).toEqual([
      'struct: runqueues is a per-CPU variable: say runqueues:a, or runqueues:CPU',
    ]);
  });

  test('an element behind the end of its array is no member', async () => {
    expect(await one('struct task_struct.comm[99],pid init_task')).toEqual([
      'struct: invalid data structure member reference: comm[99]',
      '  pid = 0,',
    ]);
  });

  test.each([
    ['struct nosuch', 'struct: invalid data structure reference: nosuch'],
    ['struct task_struct.', 'struct: invalid format: task_struct.'],
    ['struct .pid', 'struct: invalid data structure reference: '.trimEnd()],
    ['struct int', 'struct: data type mismatch: int is not a struct'],
    ['union task_struct', 'union: data type mismatch: task_struct is not a union'],
    ['* nosuch', '*: invalid data structure reference: nosuch'],
    ['struct task_struct 0', 'struct: invalid kernel virtual address: 0'],
    ['struct task_struct -l foo init_task', 'struct: invalid -l option: foo'],
    ['struct -x -d list_head', 'struct: -d and -x are mutually exclusive'],
    ['struct list_head modules 1 2', 'struct: too many arguments!'],
    ['struct rq.nr_running runqueues:9', 'struct: invalid cpu specification: 9'],
  ])('%s says %s', async (line, words) => {
    expect(await one(line)).toEqual([words]);
  });
});

describe('p', () => {
  test('numbers its answers, and remembers them', async () => {
    const answers = await say('p 40', 'p $1 + 2', 'p $');
    expect(answers.flat()).toEqual(['$1 = 40', '$2 = 42', '$3 = 42']);
  });

  test('-u: says of a string that is not there that it is not', async () => {
    expect(await one('p -u (char *)0x400000')).toEqual([
      '$1 = 0x400000 <error: Cannot access memory at address 0x400000>',
    ]);
  });

  test('names every letter that is no option', async () => {
    expect((await one('p -5x/2')).slice(0, 3)).toEqual([
      "p: invalid option -- '5'",
      "p: invalid option -- '/'",
      "p: invalid option -- '2'",
    ]);
  });

  test('names the variable that was asked for, but not with a format', async () => {
    const [plain, formatted] = await say('p init_task.pid', 'p/x jiffies');
    expect(plain).toEqual(['$1 = 0']);
    expect(formatted?.[0]).toMatch(/^\$2 = 0x[0-9a-f]+$/);
    expect((await one('p jiffies'))[0]).toMatch(/^jiffies = \$1 = \d+$/);
  });

  test('says where the copies of a per-CPU variable are', async () => {
    const lines = await one('p runqueues');
    expect(lines.slice(0, 3)).toEqual([
      'PER-CPU DATA TYPE:',
      '  struct rq runqueues;',
      'PER-CPU ADDRESSES:',
    ]);
  });

  test('a variable that nothing types is offered with its address', async () => {
    const address = target().symbol('kallsyms_token_index').toString(16);
    const [line] = await one('p kallsyms_token_index');
    expect(line).toContain(
      `is not in the dump; it is at ${address}: try "p *(TYPE *)0x${address}"`,
    );
    expect(await one('p (long)kallsyms_token_index')).toHaveLength(1);
  });

  test.each([
    ['p nosuch', 'p: gdb request failed: p nosuch'],
    ['p 1/0', 'p: gdb request failed: p 1/0'],
    ['p *(int *)0', 'p: gdb request failed: p *(int *)0'],
    ['p nosuch:a', 'p: gdb request failed: p nosuch:a'],
    ['p "abc"', 'p: gdb request failed: p abc'],
    ['p -x -d jiffies', 'p: -d and -x are mutually exclusive'],
    ['p runqueues:9', 'p: invalid cpu specification: 9'],
    ['p runqueues:x', 'p: x: "x" is not a digit 0 - 9'],
  ])('%s says %s', async (line, words) => {
    expect(await one(line)).toEqual([words]);
  });
});

describe('whatis', () => {
  test('tells variables, functions, enumerators, expressions and types', async () => {
    expect(await one('whatis init_task')).toEqual(['struct task_struct init_task;']);
    expect(await one('whatis &init_task')).toEqual(['struct task_struct *']);
    expect(await one('whatis unsigned long')).toEqual(['SIZE: 8']);
    expect((await one('whatis list_head')).at(-1)).toBe('SIZE: 16');
  });

  test('finds the types of a size that refer to another', async () => {
    const lines = await one('whatis -r 16 -m list_head');
    expect(lines[0]).toBe('SIZE  TYPE');
    expect(lines).toContain('  16  list_head');
    expect(await one('whatis -m nosuch')).toEqual(['(none found)']);
    expect(await one('whatis -r x')).toEqual(['whatis: not a valid number: x']);
    expect(await one('whatis -r 100-10')).toEqual(['whatis: invalid range: 100-10']);
  });
});

describe('lines without a command', () => {
  test('a symbol is printed, a structure shown, an integer type reads memory', async () => {
    expect((await one('jiffies'))[0]).toMatch(/^jiffies = \$1 = /);
    expect(await one('task_struct.pid init_task')).toEqual(['  pid = 0,']);
    expect(await one('*task_struct.pid init_task')).toEqual(['  pid = 0,']);
    expect(await one(`unsigned int ${task()}`)).toEqual(await one(`rd -32 ${task()}`));
    expect((await one('print/x 255'))[0]).toBe('$1 = 0xff');
  });
});

describe('list and tree', () => {
  test('a list that ends where it begins is empty', async () => {
    const first = (await one('p/x modules.next'))[0]?.split('0x')[1] ?? '';
    expect(await one(`list -H modules module.list -e ${first}`)).toEqual(['(empty)']);
  });

  test('a NULL among list_heads is an error, and ends a chain of pointers', async () => {
    const place = task();
    expect(await one(`list -h ${place} -o task_struct.vfork_done`)).toEqual([
      place,
      '',
      'list: invalid list entry: 0',
    ]);
    expect(await one(`list ${place} -o task_struct.vfork_done`)).toEqual([place]);
  });

  test('an external head is no entry; a structure that holds one is', async () => {
    const modules = target().symbol('modules').toString(16);
    expect(await one('list -H modules')).not.toContain(modules);
    expect(await one('list -h modules')).toContain(modules);
    expect(await one('list modules')).toContain(modules);
  });

  test('backwards is forwards turned round', async () => {
    const head = `(init_task+${target().types.member('task_struct', 'tasks').offset})`;
    const tasks = await one(`list -H ${head} task_struct.tasks`);
    expect(tasks.length).toBeGreaterThan(3);
    expect(await one(`list -r -H ${head} task_struct.tasks`)).toEqual([...tasks].reverse());
  });

  test('members of entries follow them, and what is no member is reported and passed by', async () => {
    expect(await one('list task_struct.parent -s task_struct.pid,nosuch init_task')).toEqual([
      task(),
      '  pid = 0,',
      'list: invalid data structure member reference: nosuch',
    ]);
    expect(await one('list task_struct.parent -S task_struct.pid,comm init_task')).toEqual([
      task(),
      '  pid = 0',
      '  comm = "swapper/0"',
    ]);
  });

  test.each([
    ['list 0', 'list: invalid kernel virtual address: 0'],
    ['list xyz', 'list: invalid argument: xyz'],
    ['list nosuch.member init_task', 'list: invalid argument: nosuch.member'],
    ['list -o x 0', 'list: invalid -o argument: x'],
    ['list modules modules', 'list: list start already entered'],
    ['tree xyz', 'tree: invalid start argument: xyz'],
    ['tree -s nosuch.x jiffies', "tree: Can't get offset of 'nosuch.x'"],
    ['tree -t x -l jiffies', 'tree: -l option is not applicable to Xarrays'],
  ])('%s says %s', async (line, words) => {
    expect(await one(line)).toEqual([words]);
  });
});

describe('search', () => {
  test('finds a word where it is, masked, and with what is beside it', async () => {
    const modules = target().symbol('modules').toString(16);
    const [, value = ''] = /: *([0-9a-f]+)/.exec((await one(`rd ${modules}`))[0] ?? '') ?? [];
    const range = `-s ${modules} -l 16`;
    expect(await one(`search ${range} -l 8 ${value}`)).toEqual([`${modules}: ${value}`]);
    const rounded = `${value.slice(0, -4)}0000`;
    expect(await one(`search ${range} -m ffff ${rounded}`)).toContain(`${modules}: ${value}`);
    expect(await one(`search ${range} -h ${value.slice(-4)}`)).toContain(
      `${modules}: ${value.slice(-4).replace(/^0+/, '')}`,
    );
    expect((await one(`search ${range} -x 1 ${value}`)).length).toBeGreaterThan(2);
  });

  test.each([
    ['search -k xyz', 'search: invalid input: "xyz"'],
    ['search ""', 'search: The length of the symbol name is zero!'],
    ['struct list_head ""', 'struct: The length of the symbol name is zero!'],
    ['dis ""', 'dis: The length of the symbol name is zero!'],
    ['search -h 12345', 'search: value too large for -h option: 12345'],
    ['search -w 123456789', 'search: value too large for -w option: 123456789'],
    ['search -k -c a -x 2', 'search: -x option is not allowed with -c'],
    ['search -t -k 1', 'search: -t option cannot be used with other memory-selection options'],
    ['search -e 0 1', 'search: invalid ending address: 0'],
  ])('%s says %s', async (line, words) => {
    expect(await one(line)).toEqual([words]);
  });

  test('asks for a string when all it was given is empty', async () => {
    expect((await one('search -c ""'))[0]).toBe('Usage:');
  });
});

describe('the declared globals', needsDumps, () => {
  test.each(['kd61-null', 'x612-gpf'])('have a type that %s knows', (dump) => {
    const kernel = sharedTarget(dump);
    const { declarations, perCpu } = kernel.machine.globals;
    const untyped = Object.keys({ ...GLOBALS, ...typesByName([...declarations, ...perCpu]) })
      .filter((name) => kernel.findSymbol(name) !== undefined)
      .filter((name) => findVariable(kernel, name)?.type === undefined);
    expect(untyped).toEqual([]);
  });

  test.each([
    ['kd61-null', 'struct shrinker'],
    ['x612-gpf', 'struct shrinker *'],
  ])('do not reach into the next variable: %s has a %s', (dump, type) => {
    const kernel = sharedTarget(dump);
    const { type: found } = findVariable(kernel, 'huge_zero_page_shrinker') ?? {};
    expect(found && expressionTypes(kernel).nameOf(found)).toBe(type);
  });

  test.each([
    ['anon_vma_cachep', 'struct kmem_cache *'],
    ['tcp_prot', 'struct proto'],
    ['pipefifo_fops', 'const struct file_operations'],
    ['sysctl_rmem_max', '__u32'],
    ['mount_lock', 'seqlock_t'],
    ['system_wq', 'struct workqueue_struct *'],
  ])('%s is a %s by declaration or by the way it is named', (name, type) => {
    const kernel = sharedTarget('kd61-null');
    const { type: found } = findVariable(kernel, name) ?? {};
    expect(found && expressionTypes(kernel).nameOf(found)).toBe(type);
  });
});
