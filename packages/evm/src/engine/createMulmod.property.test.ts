import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine } from "../createEvm.ts";
import { random } from "../testing/testState.ts";
import { createMulmod } from "./createMulmod.ts";
import { MAP } from "./memoryMap.ts";

const { memory, core } = createEngine({ random, compile: false });
const calls = { general: 0 };
const mulmod = createMulmod(memory, (out, x, y, modulus) => {
  calls.general++;
  core.mulmodGeneral(out, x, y, modulus);
})!;
const [OUT, X, Y, MODULUS] = [0, 32, 64, 96].map((at) => MAP.SCRATCH + 256 + at) as [
  number,
  number,
  number,
  number,
];
/** A modulus is prepared after 256 uses. */
const USES = 300;
const BN254 = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;

function multiply(x: bigint, y: bigint, modulus: bigint): bigint {
  memory.setWord(X, x);
  memory.setWord(Y, y);
  memory.setWord(MODULUS, modulus);
  mulmod(OUT, X, Y, MODULUS);
  return memory.word(OUT);
}

function prepare(modulus: bigint): void {
  for (let i = 0; i < USES; i++) multiply(3n, 5n, modulus);
}

const bits = (count: number): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: (1n << BigInt(count)) - 1n });
const MODULI = fc.oneof(
  fc.constant(BN254),
  fc.integer({ min: 251, max: 253 }).chain((top) =>
    fc
      .oneof(
        bits(top),
        bits(60),
        bits(60).map((x) => (1n << BigInt(top)) - 1n - x),
      )
      .map((x) => (1n << BigInt(top)) | x),
  ),
);
const PRODUCT = MODULI.chain((modulus) => {
  const below = (1n << BigInt(modulus.toString(2).length)) - 1n;
  const factor = fc.oneof(
    fc.bigInt({ min: 0n, max: below }),
    bits(60),
    bits(256),
    bits(60).map((x) => 2n ** 256n - 1n - x),
    bits(60).map((x) => below - x),
    fc.tuple(bits(5), bits(3)).map(([k, x]) => BigInt.asUintN(256, modulus * k + x)),
    bits(4).map((x) => (modulus > x ? modulus - x : 0n)),
    fc.integer({ min: 0, max: 250 }).map((bit) => 1n << BigInt(bit)),
  );
  return fc.record({
    modulus: fc.constant(modulus),
    factors: fc.array(fc.tuple(factor, factor, bits(252)), { minLength: 40, maxLength: 40 }),
  });
});

describe("MULMOD with fused multiply-adds", () => {
  it("equals BigInt's", () => {
    fc.assert(
      fc.property(PRODUCT, ({ modulus, factors }) => {
        prepare(modulus);
        const bitCount = BigInt(modulus.toString(2).length);
        for (const [x, y, multiple] of factors) {
          expect(multiply(x, y, modulus)).toBe((x * y) % modulus);
          // A product just above or below a multiple of the modulus, where the quotient is hardest to estimate
          if (y < 2n) continue;
          for (const step of [0n, 1n]) {
            const near = (multiple * modulus) / y + step;
            if (near >> bitCount === 0n) expect(multiply(near, y, modulus)).toBe((near * y) % modulus);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("leaves other moduli and rare moduli to the general function", () => {
    prepare(BN254);
    calls.general = 0;
    expect(multiply(7n, 8n, BN254)).toBe(56n);
    expect(calls.general).toBe(0);
    // The highest factors are reduced first.
    expect(multiply(2n ** 256n - 1n, 2n, BN254)).toBe((2n ** 257n - 2n) % BN254);
    expect(calls.general).toBe(0);
    for (const modulus of [0n, 1n, (1n << 254n) + 1n, (1n << 251n) - 1n, 1n << 253n, (1n << 256n) - 1n]) {
      prepare(modulus);
      calls.general = 0;
      expect(multiply(7n, 8n, modulus)).toBe(modulus === 0n ? 0n : 56n % modulus);
      expect(calls.general).toBe(1);
    }
    // A single use of another modulus keeps the prepared one.
    multiply(7n, 8n, BN254);
    expect(calls.general).toBe(1);
  });
});
