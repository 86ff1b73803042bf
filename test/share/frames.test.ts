import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadFrame, encodeFrame, FrameReader } from '../../src/share/frames.ts';
import { LIMITS } from '../../src/share/limits.ts';
import { asGuestFrame, asHostFrame } from '../../src/share/messages.ts';

const reader = () => new FrameReader(LIMITS.helloBytes);
const length = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const framed = (text: string): Buffer =>
  Buffer.concat([length(Buffer.byteLength(text)), Buffer.from(text)]);

describe('frames', () => {
  test('a stream that is cut anywhere is read as the objects that were sent', () => {
    const frames = [
      { t: 'want', c: 1 },
      { t: 'say', c: 2, text: 'ü"\\[{' },
      { t: 'pong', id: 3 },
    ];
    const bytes = Buffer.concat(frames.map(encodeFrame));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const read = reader();
      const got = [...read.push(bytes.subarray(0, cut)), ...read.push(bytes.subarray(cut))];
      expect(got).toEqual(frames);
      expect(read.held).toBe(0);
    }
  });

  test.each([
    ['a length of 0', length(0)],
    ['a length of 2^31', length(2 ** 31)],
    ['a length of 2^32-1', length(2 ** 32 - 1)],
    ['a length above the limit', length(LIMITS.helloBytes + 1)],
    ['no JSON', framed('xx')],
    ['a list', framed('[1]')],
    ['null', framed('null')],
    ['an object without a type', framed('{"a":1}')],
    ['brackets without an end', framed('['.repeat(2000))],
    ['objects nested too deep', framed('{"t":[[[[[1]]]]]}')],
  ])('%s is refused before anything is allocated by it', (_name, bytes) => {
    expect(() => [...reader().push(bytes)]).toThrow(BadFrame);
  });

  test('brackets in a text do not count as nesting', () => {
    expect([...reader().push(framed('{"t":"say","text":"[[[[[[\\"[[["}'))]).toHaveLength(1);
  });

  test('any bytes end in a refusal or in objects, and never hold more than they are long', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        const read = reader();
        let total = 0;
        try {
          for (const chunk of chunks) {
            total += chunk.length;
            for (const object of read.push(chunk)) {
              asGuestFrame(object);
              asHostFrame(object);
            }
            expect(read.held).toBeLessThanOrEqual(total);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(BadFrame);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a frame with a wrong field is refused, one of an unknown type is left out', () => {
    expect(asGuestFrame({ t: 'unheard', x: 1 })).toBeUndefined();
    expect(asGuestFrame({ t: '__proto__' })).toBeUndefined();
    expect(asGuestFrame({ t: 'constructor' })).toBeUndefined();
    for (const wrong of [
      { t: 'hello', v: 1, name: 'ann\n', from: 0 },
      { t: 'hello', v: 1, name: 'аnn', from: 0 },
      { t: 'hello', v: 1, name: 'ann', from: -1 },
      { t: 'run', c: 1, d: 1, line: 'x'.repeat(1501) },
      { t: 'run', c: 1, d: 1, line: 7 },
      { t: 'run', c: 1.5, d: 1, line: 'x' },
      { t: 'say', c: 1 },
    ])
      expect(() => asGuestFrame(wrong), JSON.stringify(wrong)).toThrow(BadFrame);
  });
});
