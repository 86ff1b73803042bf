import { plus, type VAddr } from '../base/address.ts';
import type { KernelObject } from './core/object.ts';
import type { Target } from './core/target.ts';
import { walkXarray } from './lib/xarray.ts';
import { bootTime } from './time/clock.ts';

/** A loaded eBPF program: struct bpf_prog and its struct bpf_prog_aux (include/linux/bpf.h, filter.h). */
export interface BpfProgram {
  readonly id: number;
  readonly address: VAddr;
  readonly aux: VAddr;
  /** `KPROBE`: enum bpf_prog_type without its prefix. */
  readonly type: string;
  /** 16 hexadecimal digits. */
  readonly tag: string;
  /** Ids of the maps that it uses. */
  readonly maps: readonly number[];
  readonly name: string;
  /** Bytes of byte code, and of machine code. */
  readonly translatedSize: number;
  readonly machineCode: { readonly address: VAddr; readonly size: number };
  /** Seconds since 1970. */
  readonly loaded: number;
  readonly isGpl: boolean;
  readonly uid: number | undefined;
}

/** An eBPF map: struct bpf_map. */
export interface BpfMap {
  readonly id: number;
  readonly address: VAddr;
  /** `LRU_HASH`: enum bpf_map_type without its prefix. */
  readonly type: string;
  readonly flags: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly name: string;
  readonly uid: number | undefined;
}

/** A program uses a few maps; MAX_USED_MAPS is 64 (include/linux/bpf_verifier.h). */
const MAX_USED_MAPS = 64;
/** sizeof(struct bpf_insn). */
const INSTRUCTION = 8;
const NANOSECONDS = 1e9;

/** The programs by id (prog_idr, kernel/bpf/syscall.c); none where the kernel has no eBPF. */
export function* bpfPrograms(target: Target): Generator<BpfProgram, void> {
  for (const { id, object } of entriesOf(target, 'prog_idr', 'bpf_prog')) yield program(id, object);
}

/** The maps by id (map_idr). */
export function* bpfMaps(target: Target): Generator<BpfMap, void> {
  for (const { id, object } of entriesOf(target, 'map_idr', 'bpf_map')) yield map(id, object);
}

function* entriesOf(target: Target, idr: string, type: string) {
  const address = target.findSymbol(idr);
  if (address === undefined) return;
  const root = plus(address, target.types.member('idr', 'idr_rt').offset);
  for (const { index, value } of walkXarray(target, root)) {
    yield { id: index, object: target.object(type, value) };
  }
}

function program(id: number, object: KernelObject): BpfProgram {
  const target = object.home as Target;
  const aux = object.follow('aux', 'bpf_prog_aux');
  const maps: number[] = [];
  if (aux) {
    const list = aux.pointer('used_maps');
    const count = list === 0n ? 0 : Math.min(aux.num('used_map_cnt'), MAX_USED_MAPS);
    for (let i = 0; i < count; i++) {
      maps.push(
        target
          .object('bpf_map', target.kernel.pointer(plus(list, i * target.kernel.pointerSize)))
          .num('id'),
      );
    }
  }
  return {
    id,
    address: object.address,
    aux: aux?.address ?? (0n as VAddr),
    type: enumName(target, 'bpf_prog_type', 'BPF_PROG_TYPE_', object.num('type')),
    tag: Buffer.from(object.bytes('tag')).toString('hex'),
    maps,
    name: aux?.has('name') ? aux.string('name') : '',
    translatedSize: object.num('len') * INSTRUCTION,
    machineCode: { address: object.pointer('bpf_func'), size: object.num('jited_len') },
    loaded: bootTime(target) + Number(aux?.big('load_time') ?? 0n) / NANOSECONDS,
    isGpl: object.num('gpl_compatible') !== 0,
    uid: aux && uidOf(aux),
  };
}

function map(id: number, object: KernelObject): BpfMap {
  const target = object.home as Target;
  return {
    id,
    address: object.address,
    type: enumName(target, 'bpf_map_type', 'BPF_MAP_TYPE_', object.num('map_type')),
    flags: object.num('map_flags'),
    keySize: object.num('key_size'),
    valueSize: object.num('value_size'),
    maxEntries: object.num('max_entries'),
    name: object.has('name') ? object.string('name') : '',
    uid: uidOf(object),
  };
}

/**
 * The user who was charged for the memory. A control group is since 5.11 (80ee81e0403c, bpf: Eliminate rlimit-based
 * memory accounting infra for bpf maps) for maps and 5.11 (3ac1f01b43b6, bpf: Eliminate rlimit-based memory accounting
 * for bpf progs) for programs.
 */
function uidOf(object: KernelObject): number | undefined {
  const path = ['user', 'memory.user'].find((candidate) => object.has(candidate));
  return path === undefined ? undefined : object.follow(path, 'user_struct')?.num('uid.val');
}

function enumName(target: Target, type: string, prefix: string, value: number): string {
  const found = target.types.enumOf(type)?.values.find((each) => Number(each.value) === value);
  return found ? found.name.replace(prefix, '') : String(value);
}
