import { hex, type VAddr } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { displayBytes } from '../text/escape.ts';

/** A symbol for a line of sym. */
export interface ShownSymbol {
  readonly name: string;
  readonly address: VAddr;
  readonly type: string;
  readonly module?: string | undefined;
}

/** A symbol as crash's sym prints it: `ffffffff81000000 (T) _text`, `+16` behind the name, `[module]` at the end. */
export function symbolLine(
  symbol: ShownSymbol,
  options: { readonly offset?: number; readonly radix?: 10 | 16; readonly module?: boolean } = {},
): string {
  const { offset = 0, radix = 10, module = false } = options;
  const distance = offset === 0 ? '' : `+${radix === 16 ? `0x${offset.toString(16)}` : offset}`;
  const address = hex(symbol.address + BigInt(offset));
  // crash's mark of a module's start is shown with the module's name.
  if (symbol.type === 'm' && symbol.module !== undefined) {
    return `${address} (m) (${displayBytes(symbol.module)} module)${distance}`;
  }
  const suffix = module && symbol.module !== undefined ? ` [${displayBytes(symbol.module)}]` : '';
  return `${address} (${symbol.type}) ${displayBytes(symbol.name)}${distance}${suffix}`;
}

/** crash's lines about an unknown name: symbols that contain it. */
export function* symbolAlternatives(target: Target, name: string): Generator<string, void> {
  yield `symbol not found: ${name}`;
  yield 'possible alternatives:';
  let found = false;
  for (const symbol of target.symbols.search(name)) {
    found = true;
    yield `  ${symbolLine(symbol, { module: true })}`;
  }
  if (!found) yield '  (none found)';
}
