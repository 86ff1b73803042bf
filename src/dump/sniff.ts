import { ET_CORE } from './elf-header.ts';
import { foreignElf } from './foreign-elf.ts';
import { matches, type Refusal, refusalOf } from './refusals.ts';
import { type ByteSource, readBytes } from './source.ts';

/** What a file is, by its first bytes. */
export type FileKind =
  | 'kdump'
  | 'diskdump'
  | 'flattened'
  | 'elf-core'
  /** An ELF executable or shared object: a kernel's vmlinux, or not a kernel at all. */
  | 'vmlinux'
  | 'system-map'
  | 'refused'
  | 'unknown';

/** The kind of a file, and its format's name. */
export interface Sniffed {
  readonly kind: FileKind;
  /** For `refused`: the format's name and what to do about it. */
  readonly name?: string;
  readonly hint?: string;
}

const PROBE_BYTES = 4096;

/** What a source is, by its first bytes and never by its name. */
export function sniff(source: ByteSource): Sniffed {
  const head = readBytes(source, 0, PROBE_BYTES);
  if (matches(head, 0, 'KDUMP   ')) return { kind: 'kdump' };
  if (matches(head, 0, 'DISKDUMP')) return { kind: 'diskdump' };
  if (matches(head, 0, 'makedumpfile\0')) return { kind: 'flattened' };
  if (matches(head, 0, '\x7fELF')) return sniffElf(source, head);
  if (isSystemMap(head)) return { kind: 'system-map' };
  const refusal = refusalOf(source, head);
  return refusal === undefined ? { kind: 'unknown' } : refused(refusal);
}

const refused = ({ name, hint }: Refusal): Sniffed => ({ kind: 'refused', name, hint });

function sniffElf(source: ByteSource, head: Uint8Array): Sniffed {
  const bigEndian = head[5] === 2;
  const type = bigEndian
    ? (head[16] ?? 0) * 256 + (head[17] ?? 0)
    : (head[16] ?? 0) + (head[17] ?? 0) * 256;
  const foreign = foreignElf(source, type);
  if (foreign !== undefined) return refused(foreign);
  return { kind: type === ET_CORE ? 'elf-core' : 'vmlinux' };
}

/** Lines of `address type name`, as nm and /proc/kallsyms write them; crash asks for as much. */
function isSystemMap(head: Uint8Array): boolean {
  const lines = Buffer.from(head).toString('latin1').split('\n').slice(0, -1);
  return (
    lines.length > 0 &&
    lines.every((line) => /^[0-9a-f]{8,16} [a-zA-Z?] \S+(\t\[\S+\])?$/.test(line))
  );
}
