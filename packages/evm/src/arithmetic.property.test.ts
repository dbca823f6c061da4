import { bytesToBigint, bytesToHex } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEvm } from "./createEvm.ts";
import { callInput, code, contractState, push32, RETURN_TOP, random } from "./testing/testState.ts";

const evm = createEvm({ random });
const MODULUS = 2n ** 256n;

const WORD = fc.oneof(
  fc.bigInt({ min: 0n, max: MODULUS - 1n }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.nat({ max: 255 }).map((bit) => 1n << BigInt(bit)),
  fc.nat({ max: 255 }).map((bit) => (1n << BigInt(bit)) - 1n),
  fc.bigInt({ min: 0n, max: 300n }).map((value) => MODULUS - 1n - value),
  // Quotient estimates are often wrong for these limbs.
  fc
    .array(fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 2n), { minLength: 4, maxLength: 4 })
    .map((limbs) => limbs.reduce((sum, limb) => (sum << 64n) | limb, 0n)),
);

const signed = (value: bigint): bigint => BigInt.asIntN(256, value);
const wrapped = (value: bigint): bigint => BigInt.asUintN(256, value);
const flag = (value: boolean): bigint => (value ? 1n : 0n);

const BINARY: Record<string, [opcode: string, meaning: (x: bigint, y: bigint) => bigint]> = {
  ADD: ["01", (x, y) => x + y],
  MUL: ["02", (x, y) => x * y],
  SUB: ["03", (x, y) => x - y],
  DIV: ["04", (x, y) => (y === 0n ? 0n : x / y)],
  SDIV: ["05", (x, y) => (y === 0n ? 0n : signed(x) / signed(y))],
  MOD: ["06", (x, y) => (y === 0n ? 0n : x % y)],
  SMOD: ["07", (x, y) => (y === 0n ? 0n : signed(x) % signed(y))],
  EXP: ["0a", power],
  SIGNEXTEND: ["0b", (x, y) => (x > 30n ? y : BigInt.asIntN(Number(x + 1n) * 8, y))],
  LT: ["10", (x, y) => flag(x < y)],
  GT: ["11", (x, y) => flag(x > y)],
  SLT: ["12", (x, y) => flag(signed(x) < signed(y))],
  SGT: ["13", (x, y) => flag(signed(x) > signed(y))],
  EQ: ["14", (x, y) => flag(x === y)],
  AND: ["16", (x, y) => x & y],
  OR: ["17", (x, y) => x | y],
  XOR: ["18", (x, y) => x ^ y],
  BYTE: ["1a", (x, y) => (x > 31n ? 0n : (y >> (248n - 8n * x)) & 0xffn)],
  SHL: ["1b", (x, y) => (x > 255n ? 0n : y << x)],
  SHR: ["1c", (x, y) => (x > 255n ? 0n : y >> x)],
  SAR: ["1d", (x, y) => signed(y) >> (x > 255n ? 255n : x)],
};
const TERNARY: Record<string, [opcode: string, meaning: (x: bigint, y: bigint, z: bigint) => bigint]> = {
  ADDMOD: ["08", (x, y, z) => (z === 0n ? 0n : (x + y) % z)],
  MULMOD: ["09", (x, y, z) => (z === 0n ? 0n : (x * y) % z)],
};

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let bit = 255n; bit >= 0n; bit--) {
    result = (result * result) % MODULUS;
    if ((exponent >> bit) & 1n) result = (result * base) % MODULUS;
  }
  return result;
}

async function run(program: string): Promise<bigint> {
  const { output, outcome } = await evm.call(callInput(contractState(code(program, RETURN_TOP))));
  expect(outcome).toBe("success");
  return bytesToBigint(output);
}

describe("arithmetic equals BigInt's", () => {
  it.each(Object.entries(BINARY))("%s", async (_name, [opcode, meaning]) => {
    await fc.assert(
      fc.asyncProperty(WORD, WORD, async (x, y) => {
        expect(await run(`${push32(y)}${push32(x)}${opcode}`)).toBe(wrapped(meaning(x, y)));
      }),
      { numRuns: 400 },
    );
  });

  it.each(Object.entries(TERNARY))("%s", async (_name, [opcode, meaning]) => {
    await fc.assert(
      fc.asyncProperty(WORD, WORD, WORD, async (x, y, z) => {
        expect(await run(`${push32(z)}${push32(y)}${push32(x)}${opcode}`)).toBe(wrapped(meaning(x, y, z)));
      }),
      { numRuns: 1000 },
    );
  });

  it("ISZERO, NOT", async () => {
    await fc.assert(
      fc.asyncProperty(WORD, async (x) => {
        expect(await run(`${push32(x)}15`)).toBe(flag(x === 0n));
        expect(await run(`${push32(x)}19`)).toBe(MODULUS - 1n - x);
      }),
      { numRuns: 100 },
    );
  });
});

describe("KECCAK256 equals the hash library's", () => {
  it("for every length around a block's, and for repeated mapping keys", async () => {
    const state = contractState(code("365f5f37365f20", RETURN_TOP));
    const lengths = [0, 1, 7, 8, 31, 32, 33, 64, 64, 135, 136, 137, 271, 272, 273, 1000];
    for (const length of lengths) {
      for (const seed of [1, 2, 1]) {
        const data = Uint8Array.from({ length }, (_, index) => (index * 31 + seed * 7) & 0xff);
        const { output } = await evm.call(callInput(state, { data }));
        expect(bytesToHex(output)).toBe(bytesToHex(keccak256(data)));
      }
    }
  });
});
