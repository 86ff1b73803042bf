import { type PageMember, wordSize } from '../../kernel/mm/page-members.ts';

/** The text of one member in the page struct that begins `at` bytes into a view. */
export type MemberText = (view: DataView, at: number) => string;

/**
 * How crash shows a member of struct page by itself: pointers and structures in full width, flags in hexadecimal,
 * counts in decimal, other numbers in the output radix.
 */
export function memberText(member: PageMember, radix: number): MemberText {
  const { name, form, path } = member;
  const { offset, size } = path;
  const isCount = /^_(count|mapcount)/.test(name);
  if (form === 'pointer') return (view, at) => `${hexAt(view, at + offset, 8)}  `;
  if (form === 'words') {
    return isCount
      ? (view, at) => `${view.getInt32(at + offset, true)}  `
      : words(offset, wordSize(member), size);
  }
  if (path.bitSize > 0) return bitField(member, isCount ? 10 : radix);
  if (form === 'bool')
    return (view, at) => `${view.getUint8(at + offset) === 0 ? 'false' : 'true'}  `;
  if (name === 'flags' || (radix === 16 && !isCount)) {
    const end = form === 'signed' && size === 8 ? '' : '  ';
    return (view, at) => hexAt(view, at + offset, size) + end;
  }
  return form === 'signed'
    ? (view, at) => `${signedAt(view, at + offset, size)}  `
    : (view, at) => `${unsignedAt(view, at + offset, size)}  `;
}

/** Structures of ints have no blanks after them. */
function words(offset: number, size: number, total: number): MemberText {
  const end = size === 4 ? '' : '  ';
  return (view, at) => {
    let text = '';
    for (let i = 0; i + size <= total; i += size) {
      text += (i === 0 ? '' : ',') + hexAt(view, at + offset + i, size);
    }
    return text + end;
  };
}

function bitField({ path, form }: PageMember, radix: number): MemberText {
  const { bitOffset, bitSize, size } = path;
  const first = Math.floor(bitOffset / 8);
  const length = Math.ceil(((bitOffset % 8) + bitSize) / 8);
  return (view, at) => {
    let value = 0n;
    for (let i = length - 1; i >= 0; i--)
      value = (value << 8n) | BigInt(view.getUint8(at + first + i));
    value = BigInt.asUintN(bitSize, value >> BigInt(bitOffset % 8));
    if (form === 'bool') return value === 0n ? 'false  ' : 'true  ';
    if (form === 'signed') value = BigInt.asIntN(bitSize, value);
    if (radix === 10) return `${value}  `;
    return `${BigInt.asUintN(size * 8, value)
      .toString(16)
      .padStart(size * 2, '0')}  `;
  };
}

function hexAt(view: DataView, at: number, size: number): string {
  if (size === 8) return hexAt(view, at + 4, 4) + hexAt(view, at, 4);
  return unsigned32(view, at, size)
    .toString(16)
    .padStart(size * 2, '0');
}

const unsignedAt = (view: DataView, at: number, size: number): string =>
  size === 8 ? view.getBigUint64(at, true).toString() : String(unsigned32(view, at, size));

function signedAt(view: DataView, at: number, size: number): string {
  if (size === 8) return view.getBigInt64(at, true).toString();
  const shift = 32 - size * 8;
  return String((unsigned32(view, at, size) << shift) >> shift);
}

const unsigned32 = (view: DataView, at: number, size: number): number =>
  size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
