/** What a case may allocate: at once, and in all at any time. */
export const MEMORY_LIMIT = 512 << 20;

/** Thrown for a request of memory that no answer needs: not an error that a parser may throw, or catch as its own. */
export class TooMuchMemory extends Error {
  constructor(bytes: number) {
    super(`${Math.round(bytes / 2 ** 20)} MiB were asked for at once`);
    this.name = 'TooMuchMemory';
  }
}

const TYPED = [
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigUint64Array',
  'BigInt64Array',
] as const;

let largest = 0;

function check(bytes: unknown): void {
  if (typeof bytes !== 'number' || !(bytes > MEMORY_LIMIT)) return;
  largest = Math.max(largest, bytes);
  throw new TooMuchMemory(bytes);
}

/**
 * Makes this thread's array buffers refuse a length over the limit, whether or not the memory would be touched.
 * What the heap holds is bounded by the flags of node.
 */
export function guardAllocations(): void {
  const world = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
  const guard = (name: string, unit: number): void => {
    const original = world[name];
    if (!original) return;
    world[name] = new Proxy(original, {
      construct(target, args: unknown[], newTarget) {
        const [length] = args;
        if (typeof length === 'number') check(length * unit);
        else if (typeof length === 'object' && length !== null && 'length' in length)
          check(Number(length.length) * unit);
        return Reflect.construct(target, args, newTarget === world[name] ? target : newTarget);
      },
    });
  };
  guard('ArrayBuffer', 1);
  for (const name of TYPED) {
    const { BYTES_PER_ELEMENT: unit } = world[name] as unknown as { BYTES_PER_ELEMENT: number };
    guard(name, unit);
  }
  const { alloc, allocUnsafe } = Buffer;
  Buffer.alloc = ((size: number, ...rest: []) => {
    check(size);
    return alloc(size, ...rest);
  }) as typeof alloc;
  Buffer.allocUnsafe = (size) => {
    check(size);
    return allocUnsafe(size);
  };
}

/** The largest refused request since the last call, even when somebody caught its error; 0 when there was none. */
export function takeLargestRequest(): number {
  const taken = largest;
  largest = 0;
  return taken;
}
