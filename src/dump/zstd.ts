import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as zlib from 'node:zlib';
import { DumpError } from '../base/errors.ts';

/** What zstddec's module exports (its src/types.ts), as far as it is used here. */
interface ZstdExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  free(pointer: number): void;
  /** Returns the size, or an error code that is larger than any size (ZSTD_isError). */
  ZSTD_decompress(target: number, room: number, source: number, size: number): number;
}

/** The synchronous half of the WebAssembly API, which TypeScript only declares for browsers. */
interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

let decoder: Pick<ZstdDecoder, 'decode'> | undefined;

/**
 * Decodes one zstd frame (RFC 8878) from `source[0, sourceEnd)` into `target`. Returns the number of bytes
 * written, or -1 when the frame is damaged or does not fit. The first call compiles the decoder (about 2 ms). Throws
 * DumpError where this Node has no means to decode zstd.
 */
export function decodeZstd(source: Uint8Array, sourceEnd: number, target: Uint8Array): number {
  decoder ??= openDecoder();
  return decoder.decode(source, sourceEnd, target);
}

/** Node is without WebAssembly under --jitless, and where its address space is limited below some gigabytes. */
function openDecoder(): Pick<ZstdDecoder, 'decode'> {
  try {
    return new ZstdDecoder();
  } catch (error) {
    // `WebAssembly` is not defined, or its memory could not be had.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const decompress = (zlib as { zstdDecompressSync?: ZlibZstd }).zstdDecompressSync;
    if (decompress) return { decode: (...page) => decodeByZlib(decompress, ...page) };
    throw new DumpError(
      'pages compressed with zstd cannot be read: this Node has no WebAssembly',
      'run it without --jitless and without a limit of address space (ulimit -v), or with Node 22.15 or later',
    );
  }
}

type ZlibZstd = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

function decodeByZlib(
  decompress: ZlibZstd,
  source: Uint8Array,
  sourceEnd: number,
  target: Uint8Array,
): number {
  try {
    const page = decompress(source.subarray(0, sourceEnd), { maxOutputLength: target.length });
    target.set(page);
    return page.length;
  } catch (error) {
    // ZSTD_error_* for a damaged frame; ERR_BUFFER_TOO_LARGE for a long one.
    if (error instanceof Error && 'code' in error) return -1;
    throw error;
  }
}

/**
 * zstddec's WebAssembly behind a synchronous interface, with buffers that live as long as the process instead of two
 * allocations and a fresh array per page. (node:zlib has zstd since 22.15; for pages of 4 KiB it is no quicker.)
 */
class ZstdDecoder {
  #wasm: ZstdExports;
  #input = 0;
  #inputRoom = 0;
  #output = 0;
  #outputRoom = 0;

  constructor() {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
    // The views below are made anew for each page, so growth of the memory needs no handling.
    const imports = { env: { emscripten_notify_memory_growth: () => {} } };
    this.#wasm = new Instance(new Module(wasmBytes()), imports).exports as ZstdExports;
  }

  decode(source: Uint8Array, sourceEnd: number, target: Uint8Array): number {
    this.#reserve(sourceEnd, target.length);
    const wasm = this.#wasm;
    new Uint8Array(wasm.memory.buffer, this.#input, sourceEnd).set(source.subarray(0, sourceEnd));
    const size = wasm.ZSTD_decompress(this.#output, target.length, this.#input, sourceEnd) >>> 0;
    if (size > target.length) return -1;
    target.set(new Uint8Array(wasm.memory.buffer, this.#output, size));
    return size;
  }

  #reserve(input: number, output: number): void {
    if (input > this.#inputRoom) {
      if (this.#inputRoom > 0) this.#wasm.free(this.#input);
      this.#input = this.#wasm.malloc(input);
      this.#inputRoom = input;
    }
    if (output > this.#outputRoom) {
      if (this.#outputRoom > 0) this.#wasm.free(this.#output);
      this.#output = this.#wasm.malloc(output);
      this.#outputRoom = output;
    }
  }
}

/**
 * The decoder's machine code. zstddec compiles it asynchronously only, and reads here are synchronous; so the base64
 * constant is taken from the package's file. The file is not loaded until a dump has such pages.
 */
function wasmBytes(): Uint8Array {
  const path = createRequire(import.meta.url).resolve('zstddec');
  const code = /^const wasm = "([A-Za-z0-9+/=]+)";?$/m.exec(readFileSync(path, 'latin1'))?.[1];
  if (code === undefined) throw new Error(`${path} keeps its WebAssembly elsewhere`);
  return Buffer.from(code, 'base64');
}
