import { expect, it } from "vitest";
import { baseErrors } from "../errors.ts";
import { ByteReader } from "./ByteReader.ts";

const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
const malformed = baseErrors.HEX_INVALID;

it("reads both byte orders, also from views of a larger buffer", () => {
  const view = BYTES.subarray(1);
  const big = new ByteReader(view, { malformed });
  expect([big.u8(), big.u16(), big.u32(), big.u64()]).toEqual([2, 0x0304, 0x05060708, 0x090a0b0c0d0e0f10n]);
  expect(() => big.end()).not.toThrow();
  const little = new ByteReader(view, { malformed, isLittleEndian: true });
  expect([little.u8(), little.u16(), little.u32()]).toEqual([2, 0x0403, 0x08070605]);
  expect(little.peek()).toBe(9);
  expect(little.u64()).toBe(0x100f0e0d0c0b0a09n);
  expect(little.peek()).toBeUndefined();
});

it("returns copies", () => {
  const reader = new ByteReader(BYTES.slice(0, 4), { malformed });
  const target = new Uint8Array(4);
  reader.takeInto(target, 1, 2);
  expect(target).toEqual(Uint8Array.of(0, 1, 2, 0));
  const rest = reader.take(2);
  expect(rest).toEqual(Uint8Array.of(3, 4));
  expect(rest.buffer.byteLength).toBe(2);
});

it("throws the given error for missing or excess bytes", () => {
  const reader = new ByteReader(BYTES.slice(0, 3), { malformed });
  reader.u8();
  expect(() => reader.u32("count")).toThrowError(
    expect.objectContaining({ facts: { what: "count", offset: 1, missing: 2 } }),
  );
  expect(() => reader.end()).toThrowError(expect.objectContaining({ facts: { leftOver: 2 } }));
});
