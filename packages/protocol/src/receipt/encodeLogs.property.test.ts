import { bytesToHex, type Hex } from "@trellis/base";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import { encodeLogs } from "./encodeLogs.ts";

const hex = (size: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToHex);
const DATA = fc.oneof(
  fc.uint8Array({ maxLength: 70 }),
  fc
    .constantFrom(1, 55, 56, 255, 256, 65_535, 65_536, 70_000)
    .map((size) => new Uint8Array(size).fill(size === 1 ? 0x80 : 7)),
);
const LOG = fc.record({ address: hex(20), topics: fc.array(hex(32), { maxLength: 4 }), data: DATA });

it("BLOCK-12: logs are encoded like any other list", () => {
  fc.assert(
    fc.property(fc.array(LOG, { maxLength: 8 }), (logs) => {
      const fields = logs.map(({ address, topics, data }) => [address, topics, data]);
      expect(encodeLogs(logs)).toEqual(encodeRlp(fields));
    }),
    { numRuns: 100 },
  );
});

it("BLOCK-12: more logs than a three-byte header can count", () => {
  const log = { address: `0x${"11".repeat(20)}`, topics: [], data: new Uint8Array(0) } as const;
  const logs = Array.from({ length: 730_000 }, () => log);
  const encoded = encodeLogs(logs);
  expect(encoded).toHaveLength(5 + 24 * logs.length);
  expect(bytesToHex(encoded.subarray(0, 5))).toBe(`0xfb${(24 * logs.length).toString(16).padStart(8, "0")}`);
});
