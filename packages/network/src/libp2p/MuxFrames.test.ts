import fc from "fast-check";
import { expect, it } from "vitest";
import { MuxFrames } from "./MuxFrames.ts";

const LIMITS = { dataBytesMax: 1_000, frameTokens: 1, streamTokens: 10 };

const frames = fc.array(
  fc.record({ type: fc.integer({ min: 0, max: 3 }), flags: fc.nat(15), length: fc.nat(1_000) }),
  { maxLength: 20 },
);

function encode(all: readonly { readonly type: number; readonly flags: number; readonly length: number }[]) {
  return Buffer.concat(
    all.flatMap(({ type, flags, length }) => {
      const header = Buffer.alloc(12);
      header.writeUInt8(type, 1);
      header.writeUInt16BE(flags, 2);
      header.writeUInt32BE(length, 8);
      return type === 0 ? [header, Buffer.alloc(length, 0xff)] : [header];
    }),
  );
}

it("counts frames and opened streams under any fragmentation [LINK-13]", () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 300 }), (all, chunkBytes) => {
      const bytes = encode(all);
      const reader = new MuxFrames(LIMITS);
      let tokens = 0;
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        tokens += reader.read(bytes.subarray(at, at + chunkBytes))!;
      }
      const opened = all.filter(({ type, flags }) => type <= 1 && (flags & 1) === 1).length;
      expect(tokens).toBe(all.length + 10 * opened);
    }),
  );
});

it("does not wait for a data frame longer than any window", () => {
  expect(new MuxFrames(LIMITS).read(encode([{ type: 0, flags: 0, length: 1_000 }]))).toBe(1);
  expect(new MuxFrames(LIMITS).read(encode([{ type: 0, flags: 0, length: 1_001 }]))).toBeUndefined();
  expect(new MuxFrames(LIMITS).read(encode([{ type: 1, flags: 0, length: 2 ** 32 - 1 }]))).toBe(1);
});
