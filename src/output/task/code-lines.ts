import type { CodeLine } from '../../kernel/text/disassembly.ts';
import type { CodeName } from '../../kernel/text/disassembly-names.ts';

/** Form of `dis` lines. */
export interface CodeStyle {
  /** Of the distances into functions. */
  readonly radix: 10 | 16;
  /** As gdb alone prints it: indented, distances in decimal, no marks. */
  readonly plain: boolean;
}

/** `0xffffffff81000004 <schedule+4>:` and a tab, then the instruction if it is known, with the name of its target. */
export function codeLineText(
  line: Pick<CodeLine, 'address' | 'at'> & Partial<CodeLine>,
  { radix, plain }: CodeStyle,
): string {
  const base = plain ? 10 : radix;
  const { instruction, at, target } = line;
  const label = at ? ` <${nameText(at, base)}>` : '';
  const head = `${plain ? '   ' : ''}0x${line.address.toString(16)}${label}:\t`;
  if (!instruction) return head;
  const { reference } = instruction;
  const comment =
    reference?.kind === 'memory' ? `        # 0x${reference.address.toString(16)}` : '';
  const name = target ? ` <${nameText(target, base)}>` : '';
  const mark = line.isTracerNop && !plain ? ' [FTRACE NOP]' : '';
  return `${head}${instruction.text}${comment}${name}${mark}`;
}

const nameText = ({ name, offset }: CodeName, radix: 10 | 16): string =>
  offset === 0 ? name : `${name}+${radix === 16 ? `0x${offset.toString(16)}` : offset}`;
