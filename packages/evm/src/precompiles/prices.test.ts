import { bigintToBytes, bytesToBigint, concatBytes } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import { callInput, code, contractState, random } from "../testing/testState.ts";
import { CANCUN_PRICED_PRECOMPILES, PRECOMPILES } from "./precompiles.ts";
import { atPrice } from "./prices.ts";

const word = (value: bigint): Uint8Array => bigintToBytes(value, 32);
const GAS_MAX = 1e9;
const ONE_EXPONENT = concatBytes(...[33n, 1n, 33n].map(word), new Uint8Array(67).fill(3));

async function costs(evm: ReturnType<typeof createEvm>, id: number, data: Uint8Array): Promise<bigint> {
  const at = id.toString(16).padStart(2, "0");
  const measures = contractState(code(`365f5f375a5f5f365f5f60${at}5af1505a90035f5260205ff3`));
  return bytesToBigint((await evm.call(callInput(measures, { data }))).output);
}

describe("EVM-18: prices on Trellis networks", () => {
  it.each([
    { name: "ecrecover", id: 0x01, cancun: 3_000, trellis: 6_000 },
    { name: "alt_bn128 addition", id: 0x06, cancun: 150, trellis: 375 },
    { name: "alt_bn128 multiplication", id: 0x07, cancun: 6_000, trellis: 12_000 },
    { name: "ML-DSA-44", id: 0x12, cancun: 4_500, trellis: 18_000 },
    { name: "pairing of empty input", id: 0x08, cancun: 45_000, trellis: 45_000 },
    { name: "modexp of empty input", id: 0x05, cancun: 200, trellis: 500 },
    { name: "modexp of 33 bytes", id: 0x05, input: ONE_EXPONENT, cancun: 200, trellis: 500 },
  ])(
    "$name costs $trellis instead of $cancun",
    async ({ id, input = new Uint8Array(0), cancun, trellis }) => {
      expect(CANCUN_PRICED_PRECOMPILES.get(id)!(input, GAS_MAX)!.gasUsed).toBe(cancun);
      expect(PRECOMPILES.get(id)!(input, GAS_MAX)!.gasUsed).toBe(trellis);
      const [ours, ethereums] = [
        createEvm({ random }),
        createEvm({ random, precompiles: CANCUN_PRICED_PRECOMPILES }),
      ];
      expect((await costs(ours, id, input)) - (await costs(ethereums, id, input))).toBe(
        BigInt(trellis - cancun),
      );
    },
  );

  it("costs 200,000 for point evaluation, all of the gas when it fails", () => {
    const pointEvaluation = PRECOMPILES.get(0x0a)!;
    expect(pointEvaluation(new Uint8Array(192), 199_999)!.gasUsed).toBe(200_000);
    expect(pointEvaluation(new Uint8Array(192), 200_000)).toBeUndefined();
  });

  it("prices modular exponentiation by EIP-7883 in the core and in the host", async () => {
    // EIP-7883: 16 up to 32 bytes, then 2 words²; 16 per exponent byte after the 32nd.
    const inputOf = ([base, exponent, modulus]: readonly [number, number, number]): Uint8Array =>
      concatBytes(
        ...[base, exponent, modulus].map((length) => word(BigInt(length))),
        new Uint8Array(base + exponent + modulus).fill(0xff),
      );
    const evm = createEvm({ random });
    const idle = (await costs(evm, 0x05, inputOf([1, 1, 1]))) - 500n;
    for (const [lengths, price] of [
      [[1, 40, 1], 16 * (16 * 8 + 255)],
      [[32, 32, 32], 16 * 255],
      [[33, 8, 33], 2 * 25 * 63],
      [[1, 64, 40], 2 * 25 * (16 * 32 + 255)],
      [[0, 64, 0], 16 * (16 * 32 + 255)],
    ] as const) {
      const input = inputOf(lengths);
      expect(PRECOMPILES.get(0x05)!(input, GAS_MAX)!.gasUsed).toBe(price);
      expect(await costs(evm, 0x05, input)).toBe(idle + BigInt(price));
    }
  });

  it("computes only what the gas pays for", () => {
    const calls: number[] = [];
    const priced = atPrice((_, gas) => {
      calls.push(gas);
      return { gasUsed: 101, output: new Uint8Array(0) };
    }, 150);
    expect(priced(new Uint8Array(0), 151)!.gasUsed).toBe(152);
    expect(priced(new Uint8Array(0), 152)!.gasUsed).toBe(152);
    expect(calls).toEqual([100, 101]);
  });
});
