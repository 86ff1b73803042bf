import { EventEmitter } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { expect } from 'vitest';

/** A terminal in memory: what Ink writes goes in, what a person would see comes out. */
export class Screen extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  readonly writableNeedDrain = false;
  columns: number;
  rows: number;
  /** Everything that was written. */
  bytes = '';
  writes = 0;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: 10_000,
      allowProposedApi: true,
      convertEol: true,
    });
  }

  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  write(text: string, after?: () => void): boolean {
    this.bytes += text;
    if (text !== '') this.writes++;
    this.#terminal.write(text);
    after?.();
    return true;
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.#terminal.resize(columns, rows);
    this.emit('resize');
  }

  /** Every line, those scrolled away too, and the cursor as `[x,y]` counted from the first visible row. */
  async text(): Promise<string> {
    await new Promise<void>((resolve) => this.#terminal.write('', resolve));
    const { active } = this.#terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < active.length; row++) {
      lines.push(active.getLine(row)?.translateToString(true) ?? '');
    }
    return lines.join('\n').replace(/\n+$/, '');
  }
  async cursor(): Promise<{ x: number; y: number }> {
    await this.text();
    const { cursorX, cursorY, baseY } = this.#terminal.buffer.active;
    return { x: cursorX, y: cursorY + baseY };
  }
}

const folder = fileURLToPath(new URL('golden/', import.meta.url));

/**
 * Compares with `golden/NAME.txt`. A golden that is not there fails; `UPDATE_GOLDEN=1` writes it, for a
 * person to read.
 */
export function expectGolden(name: string, text: string): void {
  const path = join(folder, `${name}.txt`);
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, `${text}\n`);
  expect(existsSync(path), `${path} is not there`).toBe(true);
  expect(text).toBe(readFileSync(path, 'utf8').replace(/\n$/, ''));
}
