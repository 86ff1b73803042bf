/** What a word says by its value alone: a pattern that the kernel writes, an error, text. */
export interface KnownWord {
  readonly kind: 'poison' | 'list-poison' | 'error' | 'text' | 'magic';
  /** Short, as a note beside the word: `LIST_POISON1`, `-ENOMEM`, `text "Read to "`. */
  readonly text: string;
  /** Who writes it, as a clause: `list_del() leaves it in next`. */
  readonly why: string;
  /** Bytes between the pattern and the word: a member of what a poisoned pointer should have led to. */
  readonly offset: number;
}

type Pattern = readonly [value: bigint, kind: KnownWord['kind'], text: string, why: string];

/** POISON_POINTER_DELTA of x86_64 (CONFIG_ILLEGAL_POINTER_VALUE). */
const DELTA = 0xdead_0000_0000_0000n;

/** include/linux/poison.h, include/linux/stackleak.h, include/uapi/linux/magic.h. */
const PATTERNS: readonly Pattern[] = [
  [DELTA + 0x100n, 'list-poison', 'LIST_POISON1', 'list_del() leaves it in next'],
  [DELTA + 0x122n, 'list-poison', 'LIST_POISON2', 'list_del() leaves it in prev'],
  // The value of older kernels, 4.18 of RHEL 8 among them.
  [DELTA + 0x200n, 'list-poison', 'LIST_POISON2', 'list_del() leaves it in prev'],
  [DELTA + 0x300n, 'poison', 'TIMER_ENTRY_STATIC', 'a timer that is in no list has it in pprev'],
  [DELTA + 0x400n, 'poison', 'TAIL_MAPPING', 'tail pages of a compound page have it in mapping'],
  [DELTA + 0x500n, 'poison', 'MUTEX_POISON or KEY_DESTROY', 'include/linux/poison.h'],
  [DELTA + 0x600n, 'poison', 'NET_PTR_POISON or LLIST_POISON', 'include/linux/poison.h'],
  [0x0010_0100n, 'list-poison', 'LIST_POISON1', 'list_del() leaves it in next'],
  [0x0020_0200n, 'list-poison', 'LIST_POISON2', 'list_del() leaves it in prev'],
  [0xffff_ffff_ffff_4111n, 'poison', 'STACKLEAK_POISON', 'stack that no system call has used'],
  [0x57ac_6e9dn, 'magic', 'STACK_END_MAGIC', 'the last word of a stack that has not overflowed'],
  [0xdead_4eadn, 'magic', 'SPINLOCK_MAGIC', 'a spinlock of a debugging kernel'],
  [0x09f9_1102_9d74_e35bn, 'poison', 'RED_INACTIVE', 'red zone of a free object'],
  [0xd841_56c5_6356_88c0n, 'poison', 'RED_ACTIVE', 'red zone of an object in use'],
];

/** Bytes that fill freed or unused memory. */
const FILLERS: Readonly<Record<number, readonly [text: string, why: string]>> = {
  107: ['POISON_FREE', 'the slab allocator fills freed objects with it'],
  90: ['POISON_INUSE', 'the slab allocator fills objects with it that nobody has written to'],
  165: ['POISON_END', 'the slab allocator ends poisoned objects with it'],
  187: ['SLUB_RED_INACTIVE', 'red zone of a free object'],
  204: ['SLUB_RED_ACTIVE or freed init memory', 'red zone of an object in use, or int3'],
  170: ['PAGE_POISON', 'the page allocator fills free pages with it'],
  91: ['JBD_POISON_FREE', 'the journal fills what it has freed with it'],
  92: ['JBD2_POISON_FREE', 'the journal fills what it has freed with it'],
  167: ['POOL_POISON_FREED', 'a DMA pool fills freed blocks with it'],
  169: ['POOL_POISON_ALLOCATED', 'a DMA pool fills new blocks with it'],
};

/** A member of a structure is not further from its beginning than this: what a poisoned pointer leads to. */
const REACH = 0x1000n;
/** MAX_ERRNO, include/linux/err.h. */
const MAX_ERRNO = BigInt(0x1000 - 1);
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The error code of an ERR_PTR: IS_ERR_VALUE, include/linux/err.h; undefined for other words. */
export const errorOfPointer = (value: bigint): number | undefined =>
  value >= wrap(-MAX_ERRNO) ? Number(wrap(-value)) : undefined;

/**
 * What a word of 64 bits says by its value alone; undefined for most. Words within a page of a pattern are that
 * pattern with an offset, where the pattern is no address that exists.
 */
export function knownWord(value: bigint): KnownWord | undefined {
  const found = patternOf(value);
  if (found) return found;
  const error = errorOfPointer(value);
  if (error !== undefined) {
    const name = ERRNO[error] ?? `error ${error}`;
    return {
      kind: 'error',
      text: `-${name}`,
      why: 'an error code in place of a pointer',
      offset: 0,
    };
  }
  return nearPattern(value) ?? asText(value);
}

function patternOf(value: bigint): KnownWord | undefined {
  const exact = PATTERNS.find(([word]) => word === value);
  if (exact) return { kind: exact[1], text: exact[2], why: exact[3], offset: 0 };
  const byte = Number(value & 0xffn);
  const filler = FILLERS[byte];
  if (!filler || value !== repeated(byte)) return undefined;
  return { kind: 'poison', text: filler[0], why: filler[1], offset: 0 };
}

const repeated = (byte: number): bigint => BigInt(byte) * 0x0101_0101_0101_0101n;

/** A poisoned pointer plus the offset of a member: only patterns that no kernel maps. */
function nearPattern(value: bigint): KnownWord | undefined {
  const near = PATTERNS.find(([word, kind]) => {
    const distance = value - word;
    return word > 0xffff_ffffn && kind !== 'magic' && distance > 0n && distance < REACH / 16n;
  });
  if (near) return { kind: near[1], text: near[2], why: near[3], offset: Number(value - near[0]) };
  for (const byte of [0x6b, 0x5a, 0xa5, 0xaa]) {
    const distance = value - repeated(byte);
    const filler = FILLERS[byte];
    if (!filler || distance <= -REACH || distance >= REACH) continue;
    return { kind: 'poison', text: filler[0], why: filler[1], offset: Number(distance) };
  }
  return undefined;
}

/** Seven or eight printable characters: text that stands where a number should. */
function asText(value: bigint): KnownWord | undefined {
  let text = '';
  for (let at = 0n; at < 64n; at += 8n) text += String.fromCharCode(Number((value >> at) & 0xffn));
  const words = /^[\x20-\x7e]{8}$|^[\x20-\x7e]{7}\0$/.test(text);
  return words
    ? {
        kind: 'text',
        text: `text ${JSON.stringify(text.replace(/\0$/, ''))}`,
        why: 'characters where a number should be',
        offset: 0,
      }
    : undefined;
}

/** include/uapi/asm-generic/errno-base.h, errno.h and include/linux/errno.h, by number. */
export const ERRNO: Readonly<Record<number, string>> = Object.fromEntries(
  [
    [
      1,
      'EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT',
    ],
    [15, 'ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY'],
    [27, 'EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS'],
    [39, 'ENOTEMPTY ELOOP'],
    [42, 'ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR'],
    [54, 'EXFULL ENOANO EBADRQC EBADSLT'],
    [
      59,
      'EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO',
    ],
    [72, 'EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN'],
    [82, 'ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE'],
    [91, 'EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT'],
    [97, 'EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED'],
    [104, 'ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED'],
    [112, 'EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM'],
    [121, 'EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED'],
    [129, 'EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON'],
    [
      512,
      'ERESTARTSYS ERESTARTNOINTR ERESTARTNOHAND ENOIOCTLCMD ERESTART_RESTARTBLOCK EPROBE_DEFER',
    ],
    [518, 'EOPENSTALE ENOPARAM'],
    [524, 'ENOTSUPP'],
  ].flatMap(([from, names]) =>
    (names as string).split(' ').map((name, i) => [(from as number) + i, name] as const),
  ),
);
