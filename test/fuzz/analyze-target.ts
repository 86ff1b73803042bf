import { accidents, checkDamaged } from '../analyze/damage.ts';
import type { FuzzTarget } from './target.ts';

/** Real accidents with pages that are missing, or words that are others; see damage.ts. */
export const analyzeTarget: FuzzTarget = {
  name: 'analyze',
  weight: 6,
  seeds: () =>
    accidents().names.map((_, i) => Uint8Array.of(i, [0, 255, 40, 8][i % 4] ?? 0, i, 0, i, i * 7)),
  run(bytes) {
    const view = new DataView(new Uint8Array(8).buffer);
    for (const [i, byte] of bytes.subarray(0, 8).entries()) view.setUint8(i, byte);
    const { names } = accidents();
    const missingOneOf = view.getUint8(1);
    checkDamaged(names[view.getUint8(0) % names.length] ?? '', {
      missingOneOf,
      words: missingOneOf === 0 ? 1 + (view.getUint16(2) % 1024) : 0,
      seed: view.getUint32(4),
    });
  },
};
