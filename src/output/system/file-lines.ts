import { hex, type VAddr } from '../../base/address.ts';
import type { NamedInode, OpenFile, PageCache } from '../../kernel/fs/open-files.ts';
import { displayBytes } from '../text/escape.ts';
import { center } from '../text/justify.ts';

const WIDTH = 16;
const title = (text: string): string => center(text, WIDTH);
const address = (value: VAddr): string => center(hex(value), WIDTH);

/** Titles of the tables of open files. */
export const openFileHeader = ` FD ${title('FILE')} ${title('DENTRY')} ${title('INODE')} TYPE PATH`;
export const cachedFileHeader = ` FD ${title('INODE')} ${title('I_MAPPING')} NRPAGES TYPE PATH`;
export const dentryHeader = `${title('DENTRY')} ${title('INODE')} ${title('SUPERBLK')} TYPE PATH`;
export const inodeHeader = `${title('INODE')}  NRPAGES`;

const typeAndPath = ({ type, path }: NamedInode): string =>
  `${type.padEnd(4)} ${displayBytes(path)}`;

/** One open file. */
export const openFileRow = (each: OpenFile): string =>
  `${String(each.fd).padStart(3)} ${[each.file, each.dentry, each.inode].map(address).join(' ')} ${typeAndPath(each)}`;

/** One open file and its pages in the page cache. */
export const cachedFileRow = (each: OpenFile, { mapping, pages }: PageCache): string =>
  `${String(each.fd).padStart(3)} ${address(each.inode)} ${address(mapping)} ${String(pages).padStart(7)} ${typeAndPath(each)}`;

/** One name. */
export const dentryRow = (each: NamedInode): string =>
  `${[each.dentry, each.inode, each.superblock].map(address).join(' ')} ${typeAndPath(each)}`;

/** One inode. */
export const inodeRow = (inode: VAddr, pages: number): string =>
  `${address(inode)}  ${String(pages).padStart(7)}`;
