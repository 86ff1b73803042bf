import { bytesOf } from '../build/ram.ts';

/** Functions: name, address, bytes, nm's letter (`t` when left out). */
export const FUNCTIONS: readonly (readonly [string, bigint, number, ('t' | 'T')?])[] = [
  ['cpu_idle', 0xc100_1bf8n, 0x70, 'T'],
  ['kernel_thread_helper', 0xc100_35b4n, 0x10, 'T'],
  ['do_trap', 0xc100_4ab2n, 0xa4],
  ['do_invalid_op', 0xc100_4c64n, 0x95, 'T'],
  ['oops_end', 0xc100_5dd8n, 0x9c, 'T'],
  ['die', 0xc100_5f0en, 0x54, 'T'],
  ['show_registers', 0xc100_5f62n, 0x1d0, 'T'],
  ['machine_kexec', 0xc101_88b0n, 0x104, 'T'],
  ['relocate_kernel', 0xc101_8a10n, 0x110, 'T'],
  ['kthreadd', 0xc102_e6c4n, 0x140, 'T'],
  ['crash_kexec', 0xc104_a3c6n, 0xc0, 'T'],
  ['__remove_from_page_cache', 0xc105_af0bn, 0x91, 'T'],
  ['remove_from_page_cache', 0xc105_af9cn, 0x27, 'T'],
  ['sync_page', 0xc105_afc3n, 0x40],
  ['truncate_inode_page', 0xc106_100dn, 0x7d, 'T'],
  ['truncate_inode_pages_range', 0xc106_108an, 0x23a, 'T'],
  ['truncate_inode_pages', 0xc106_12c4n, 0xc, 'T'],
  ['invalidate_mapping_pages', 0xc106_12d0n, 0x80, 'T'],
  ['remove_vma', 0xc106_e11bn, 0x52],
  ['sys_brk', 0xc106_e16dn, 0x40, 'T'],
  ['__do_munmap', 0xc106_f013n, 0x2a8, 'T'],
  ['do_munmap', 0xc106_f2bbn, 0x31, 'T'],
  ['sys_munmap', 0xc106_f2ecn, 0x60, 'T'],
  ['do_brk', 0xc106_f34cn, 0x40, 'T'],
  ['fput', 0xc107_e0f8n, 0x1b3, 'T'],
  ['fget', 0xc107_e2abn, 0x40, 'T'],
  ['d_kill', 0xc108_b564n, 0x43],
  ['prune_one_dentry', 0xc108_b5a7n, 0x40],
  ['dput', 0xc108_c19fn, 0xfb, 'T'],
  ['d_invalidate', 0xc108_c29an, 0x40, 'T'],
  ['evict', 0xc108_da9bn, 0x7b],
  ['dispose_list', 0xc108_db16n, 0x40],
  ['iput', 0xc108_e08fn, 0x1df, 'T'],
  ['bmap', 0xc108_e26en, 0x40, 'T'],
  ['poll_schedule_timeout', 0xc109_a250n, 0x50, 'T'],
  ['do_select', 0xc109_a6b8n, 0x4c0, 'T'],
  ['core_sys_select', 0xc109_ac20n, 0x300, 'T'],
  ['sys_select', 0xc109_b100n, 0x120, 'T'],
  ['ext4_evict_inode', 0xc10f_a3cfn, 0x265, 'T'],
  ['ext4_get_reserved_space', 0xc10f_a634n, 0x40],
  ['schedule', 0xc137_6a40n, 0x5c0, 'T'],
  ['schedule_hrtimeout_range_clock', 0xc137_7078n, 0xd0, 'T'],
  ['schedule_hrtimeout_range', 0xc137_7d24n, 0x1e, 'T'],
  ['system_call', 0xc137_7fc0n, 0x3e, 'T'],
  ['syscall_call', 0xc137_7ffen, 0xb],
  ['syscall_exit', 0xc137_8009n, 0x17],
  ['invalid_op', 0xc137_82e0n, 0xc, 'T'],
  ['page_fault', 0xc137_8304n, 0xc, 'T'],
  ['error_code', 0xc137_8310n, 0x50],
  ['debug', 0xc137_8360n, 0x60, 'T'],
  ['sys_call_table', 0xc138_0000n, 0],
];

/** Calls by return address: of a function by name, or bytes of a call through a pointer. */
export const CALLS: readonly (readonly [bigint, string | Uint8Array])[] = [
  // call *%edi in error_code, call *0x24(%eax) in evict, call *sys_call_table(,%eax,4)
  [0xc137_8357n, bytesOf('ffd7')],
  [0xc108_dab2n, bytesOf('ff5024')],
  [0xc137_8005n, bytesOf('ff1485 000038c1')],
  [0xc100_4cebn, 'do_trap'],
  [0xc100_4b1cn, 'die'],
  [0xc100_5f4an, 'oops_end'],
  [0xc100_5e3en, 'crash_kexec'],
  [0xc104_a41dn, 'machine_kexec'],
  [0xc101_8988n, bytesOf('ffd0')],
  [0xc105_afbcn, '__remove_from_page_cache'],
  [0xc106_1079n, 'remove_from_page_cache'],
  [0xc106_1123n, 'truncate_inode_page'],
  [0xc106_12cdn, 'truncate_inode_pages_range'],
  [0xc10f_a452n, 'truncate_inode_pages'],
  [0xc108_e211n, 'evict'],
  [0xc108_b58en, 'iput'],
  [0xc108_c292n, 'd_kill'],
  [0xc107_e289n, 'dput'],
  [0xc106_e14fn, 'fput'],
  [0xc106_f26an, 'remove_vma'],
  [0xc106_f335n, '__do_munmap'],
  [0xc100_1c3fn, 'schedule'],
  [0xc102_e7a1n, 'schedule'],
  [0xc100_35ban, bytesOf('ffd3')],
  [0xc137_7105n, 'schedule'],
  [0xc137_7d3fn, 'schedule_hrtimeout_range_clock'],
  [0xc109_a27cn, 'schedule_hrtimeout_range'],
  [0xc109_ab10n, 'poll_schedule_timeout'],
  [0xc109_ad2en, 'do_select'],
  [0xc109_b1a4n, 'core_sys_select'],
];

/**
 * The log, with levels where they are not the usual one. Its last lines are as they were found in a system log; a line
 * feed within a message was followed by its level again, and the stack's rows have one of their own.
 */
export const LOG: readonly string[] = [
  '<5>Linux version 2.6.36-hardened-r6 (root@dimension) (gcc version 4.4.4 (Gentoo Hardened 4.4.4-r2 p1.2, pie-0.4.5) ) #1 SMP Sat Jan 8 12:02:11 PST 2011',
  '<6>BIOS-provided physical RAM map:',
  '<6> BIOS-e820: 0000000000000000 - 00000000000a0000 (usable)',
  '<6> BIOS-e820: 0000000000100000 - 0000000020000000 (usable)',
  '<5>512MB LOWMEM available.',
  '<5>Kernel command line: root=/dev/sda3 crashkernel=64M@16M panic=30',
  '<6>EXT4-fs (sda3): mounted filesystem with ordered data mode. Opts: (null)',
  '<0>kernel BUG at mm/filemap.c:128!',
  'Modules linked in:',
  'Pid: 13604, comm: apache2 Not tainted 2.6.36-hardened-r6 #1 0K8980/Dimension 3000',
  'EIP: 0060:[<c105af4f>] EFLAGS: 00010046 CPU: 0',
  'EIP is at __remove_from_page_cache+0x44/0x91',
  'EAX: 00000000 EBX: c16acf40 ECX: 00000015 EDX: 00000015',
  'ESI: de877d7c EDI: ffffffff EBP: 00000015 ESP: dc4abe28',
  ' DS: 0068 ES: 0068 FS: 00d8 GS: 0033 SS: 0068',
  '<0> de877d7c c16acf40 c105afbc c16acf40 de877d7c c1061079 c16acf40 00000000',
  '<0><0> c1061123 de877d7c 00000015 00000006 ffffffff 00000000 0000000e 00000000',
  '<0><0> c1641f40 c1641f60 c1641f80 c1641fa0 c173ecc0 c1695de0 c16acf40 c15d2f00',
  ' [<c105afbc>] ? remove_from_page_cache+0x20/0x27',
  ' [<c1061079>] ? truncate_inode_page+0x6c/0x7d',
  ' [<c1061123>] ? truncate_inode_pages_range+0x99/0x23a',
  ' [<c10612cd>] ? truncate_inode_pages+0x9/0xc',
  ' [<c10fa452>] ? ext4_evict_inode+0x83/0x265',
  ' [<c108dab2>] ? evict+0x17/0x7b',
  ' [<c108e211>] ? iput+0x182/0x1df',
  ' [<c108b58e>] ? d_kill+0x2a/0x43',
  ' [<c108c292>] ? dput+0xf3/0xfb',
  ' [<c107e289>] ? fput+0x191/0x1b3',
  ' [<c106e14f>] ? remove_vma+0x34/0x52',
  ' [<c106f26a>] ? __do_munmap+0x257/0x2a8',
  ' [<c106f335>] ? sys_munmap+0x49/0x60',
  ' [<c1378005>] ? syscall_call+0x7/0xb',
  '---[ end trace 4598df0f375c22c4 ]---',
];

/** Words in hexadecimal. */
const hexWords = (text: string): bigint[] =>
  text
    .trim()
    .split(/\s+/)
    .map((word) => BigInt(`0x${word}`));

/** bx cx dx si di bp ax ds es fs gs orig_ax ip cs flags: what the invalid opcode left on the stack. */
export const FAULT = hexWords(`
  c16acf40 15 15 de877d7c ffffffff 15 0 68 68 d8 33 ffffffff c105af4f 60 10046
`);
/** The same of the system call, with sp and ss: munmap(b6c5c000, 16000). */
export const USER = hexWords(`
  b6c5c000 16000 b6c5c000 9a52108 b75e4ff4 bfe4d818 ffffffda 7b 7b 0 33 5b b78b9424 73 246
  bfe4d7f0 7b
`);

/** The stack from the interrupted stack pointer up: the words that the log shows, and above them the other callers. */
export const ABOVE = hexWords(`
  de877d7c c16acf40 c105afbc c16acf40 de877d7c c1061079 c16acf40 0 c1061123 de877d7c 15 6 ffffffff
  0 e 0 c1641f40 c1641f60 c1641f80 c1641fa0 c173ecc0 c1695de0 c16acf40 c15d2f00 c15d2f20 c15d2f40
  c1695e00 c1695e20 c173ece0 c173ed00 0 0 de877cb4 de877cb4 0 de877d7c c10612cd ffffffff ffffffff
  c10fa452 0 0 16 0 0 de877cb4 de877cb4 de0ca400 dc3f1780 c108dab2 de877cb4 de0ca400 c108e211 0
  de877cb4 dc3f1780 0 c108b58e de877cb4 dc3f1780 c108c292 0 dc3f1780 dc6d2a00 c107e289 8 de406c80
  dc3f1780 dc5e0b10 dc6d2a00 c106e14f dc5e0b10 0 c106f26a b6c72000 0 0 0 0 0 dc5e0b10 16 dd12c1a0
  b6c5c000 dd12c1a0 16000 dc5e0b10 0 c106f335 b6c5c000 0 dd12c1d4 b6c5c000 16000 b75e4ff4 bfe4d818
  dc4aa000 0 c1378005
`);

/** Return addresses of the way from the invalid opcode to the dump kernel, by place. */
export const BELOW: readonly (readonly [at: bigint, ip: bigint])[] = [
  [0xdc4a_bc90n, 0xc101_8988n],
  [0xdc4a_bcacn, 0xc104_a41dn],
  [0xdc4a_bd08n, 0xc100_5e3en],
  [0xdc4a_bd20n, 0xc100_5f4an],
  [0xdc4a_bd3cn, 0xc100_4b1cn],
  [0xdc4a_bd58n, 0xc100_4cebn],
  [0xdc4a_bde8n, 0xc137_8357n],
];
