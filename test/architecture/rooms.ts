/**
 * The rooms of the house and who may use whom. A README in each room says the same to a reader; the architecture test
 * holds the two, and the code, to each other.
 */

/** The order of the layers: a file may import from its own layer and from those listed for it. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  dump: ['base'],
  arch: ['base'],
  memory: ['base', 'dump', 'arch'],
  symbols: ['base', 'memory'],
  types: ['base', 'memory'],
  debuginfo: ['base', 'dump', 'types'],
  unwind: ['base', 'arch', 'memory', 'symbols', 'types'],
  kernel: ['base', 'dump', 'arch', 'memory', 'symbols', 'types', 'debuginfo', 'unwind'],
  analyze: ['base', 'arch', 'memory', 'symbols', 'types', 'unwind', 'kernel'],
  output: ['base', 'debuginfo', 'kernel', 'analyze'],
  session: [
    'base',
    'dump',
    'memory',
    'symbols',
    'types',
    'debuginfo',
    'unwind',
    'kernel',
    'output',
  ],
  shared: [
    'base',
    'debuginfo',
    'analyze',
    'memory',
    'symbols',
    'types',
    'unwind',
    'kernel',
    'output',
    'session',
  ],
  commands: [
    'base',
    'debuginfo',
    'analyze',
    'memory',
    'symbols',
    'types',
    'unwind',
    'kernel',
    'output',
    'session',
    'shared',
    'extension-api',
  ],
  'extension-api': [
    'base',
    'memory',
    'symbols',
    'types',
    'unwind',
    'kernel',
    'output',
    'session',
    'shared',
  ],
  // People who share a session: what they see is text, so that joining loads nothing that reads a dump.
  share: ['base', 'output', 'session'],
  ui: ['base', 'symbols', 'types', 'kernel', 'output', 'session', 'share'],
  cli: ['base', 'dump', 'kernel', 'output', 'session', 'share', 'ui', 'commands', 'dumps'],
  library: ['base', 'symbols', 'dump', 'kernel', 'session', 'commands'],
  build: ['base', 'session', 'commands', 'cli'],
};

/** Rooms of one layer, and which others of that layer each may use. */
export type Rooms = Readonly<Record<string, readonly string[]>>;

const KERNEL: Rooms = {
  // What a machine is; the list of machines stands above them, for `open` alone.
  arch: [],
  core: ['arch'],
  lib: ['core'],
  values: ['core'],
  printk: ['core', 'lib'],
  time: ['core', 'lib'],
  modules: ['core', 'lib'],
  taints: ['core'],
  drivers: ['core', 'lib'],
  task: ['core', 'lib', 'values'],
  fs: ['core', 'lib', 'task'],
  sched: ['core', 'lib', 'task'],
  panic: ['core', 'printk', 'task'],
  bpf: ['core', 'lib', 'time'],
  ipc: ['core', 'lib', 'task'],
  irqs: ['core', 'lib', 'arch'],
  mm: ['core', 'lib', 'task', 'fs', 'arch'],
  'mm/slab': ['core', 'lib', 'mm'],
  net: ['core', 'lib', 'task', 'fs'],
  text: ['core', 'mm', 'arch', 'modules'],
  // The kernel on x86 knows its address map and its stacks.
  'arch/x86': ['arch', 'core', 'mm', 'task'],
  'arch/index': ['arch', 'arch/x86', 'core'],
  stacktrace: ['core', 'lib', 'task', 'mm', 'mm/slab', 'panic'],
  waits: ['core', 'lib', 'task', 'stacktrace'],
  timeline: ['core', 'task', 'printk', 'time', 'drivers', 'waits'],
  system: ['arch', 'core', 'lib', 'mm', 'panic', 'stacktrace', 'taints', 'task', 'time', 'values'],
  search: ['arch', 'core', 'mm', 'mm/slab', 'stacktrace', 'task', 'values'],
  open: ['core', 'lib', 'modules', 'arch', 'arch/index'],
};

const SESSION: Rooms = {
  line: [],
  sinks: [],
  state: ['line', 'sinks'],
  command: ['line', 'state'],
  help: ['command', 'state'],
  completion: ['command', 'help', 'line', 'state'],
  transcript: ['command', 'sinks', 'state'],
  run: ['command', 'completion', 'help', 'line', 'sinks', 'state', 'transcript'],
  script: ['command', 'line', 'run', 'sinks', 'state', 'transcript'],
  program: ['command', 'completion', 'help', 'line', 'run', 'sinks', 'state'],
};

const OUTPUT: Rooms = {
  text: [],
  mm: ['text'],
  task: ['text'],
  system: ['text'],
  analyze: ['text'],
  transcript: ['text'],
};

const DEBUGINFO: Rooms = {
  elf: [],
  units: ['elf'],
  lines: ['elf', 'units'],
  frames: ['elf'],
  names: ['elf', 'units'],
  types: ['elf', 'names', 'units'],
  'debug-file': ['elf', 'frames', 'lines', 'names', 'types', 'units'],
};

/** The layers that are divided into rooms. */
export const ROOMS: Readonly<Record<string, Rooms>> = {
  debuginfo: DEBUGINFO,
  kernel: KERNEL,
  session: SESSION,
  output: OUTPUT,
};

/** A room with more files than this is two rooms. */
export const MOST_FILES = 26;

/** `src/kernel/mm/slab/find.ts` -> `mm/slab`; undefined for a path of a layer without rooms. */
export function innerRoom(path: string): { layer: string; room: string } | undefined {
  const [top, layer = '', ...rest] = path.replace(/\.tsx?$/, '').split('/');
  const rooms = top === 'src' ? ROOMS[layer] : undefined;
  if (rooms === undefined || rest.length === 0) return undefined;
  // A room that is one file is called as that file; a list of what a room has stands above the room.
  if (rest.length === 1) return { layer, room: rest[0] as string };
  if (rest.length === 2 && rest[1] === 'index' && rooms[rest.join('/')])
    return { layer, room: rest.join('/') };
  const nested = rest.slice(0, -1).join('/');
  return { layer, room: rooms[nested] ? nested : (rest[0] as string) };
}
