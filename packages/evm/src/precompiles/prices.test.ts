import { bigintToBytes, bytesToBigint, concatBytes } from "@trellis/base";
import { FORK_NAMES, FORKS, type ForkName } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import { CONTEXT, callInput, code, contractState, random } from "../testing/testState.ts";
import { ethereumPricedPrecompiles, trellisPrecompiles } from "./precompiles.ts";
import { atPrice } from "./prices.ts";

const word = (value: bigint): Uint8Array => bigintToBytes(value, 32);
const GAS_MAX = 1e9;
const [ethereum, trellis] = [ethereumPricedPrecompiles(FORKS.osaka), trellisPrecompiles(FORKS.osaka)];
const ONE_EXPONENT = concatBytes(...[33n, 1n, 33n].map(word), new Uint8Array(67).fill(3));

async function costs(
  evm: ReturnType<typeof createEvm>,
  id: number,
  data: Uint8Array,
  fork: ForkName = "osaka",
): Promise<bigint> {
  const context = { ...CONTEXT, fork };
  const at = id.toString(16).padStart(4, "0");
  const measures = contractState(code(`365f5f375a5f5f365f5f61${at}5af1505a90035f5260205ff3`));
  return bytesToBigint((await evm.call(callInput(measures, { data }, { context }))).output);
}

describe("EVM-18: prices on Trellis networks", () => {
  it.each([
    { name: "ecrecover", id: 0x01, before: 3_000, after: 6_000 },
    { name: "alt_bn128 addition", id: 0x06, before: 150, after: 375 },
    { name: "alt_bn128 multiplication", id: 0x07, before: 6_000, after: 12_000 },
    { name: "ML-DSA-44", id: 0x12, before: 4_500, after: 18_000 },
    { name: "pairing of empty input", id: 0x08, before: 45_000, after: 45_000 },
    { name: "P-256 verification", id: 0x100, before: 6_900, after: 172_500 },
    { name: "G1 addition", id: 0x0b, input: new Uint8Array(256), before: 375, after: 4_125 },
    { name: "G1 multiplication", id: 0x0c, input: new Uint8Array(160), before: 12_000, after: 252_000 },
    { name: "G2 addition", id: 0x0d, input: new Uint8Array(512), before: 600, after: 7_800 },
    { name: "G2 multiplication", id: 0x0e, input: new Uint8Array(288), before: 22_500, after: 607_500 },
    { name: "pairing of infinity", id: 0x0f, input: new Uint8Array(384), before: 70_300, after: 1_195_100 },
    { name: "map to G1", id: 0x10, input: new Uint8Array(64), before: 5_500, after: 121_000 },
    { name: "map to G2", id: 0x11, input: new Uint8Array(128), before: 23_800, after: 452_200 },
    { name: "modexp of empty input", id: 0x05, before: 500, after: 500 },
    { name: "modexp of 33 bytes", id: 0x05, input: ONE_EXPONENT, before: 500, after: 500 },
  ])("$name costs $after instead of $before", async ({ id, input = new Uint8Array(0), before, after }) => {
    expect(ethereum.get(id)!(input, GAS_MAX)!.gasUsed).toBe(before);
    expect(trellis.get(id)!(input, GAS_MAX)!.gasUsed).toBe(after);
    const [ours, ethereums] = [
      createEvm({ random }),
      createEvm({ random, precompiles: ethereumPricedPrecompiles }),
    ];
    expect((await costs(ours, id, input)) - (await costs(ethereums, id, input))).toBe(BigInt(after - before));
  });

  it("costs 200,000 for point evaluation, all of the gas when it fails", () => {
    const pointEvaluation = trellis.get(0x0a)!;
    expect(pointEvaluation(new Uint8Array(192), 199_999)!.gasUsed).toBe(200_000);
    expect(pointEvaluation(new Uint8Array(192), 200_000)).toBeUndefined();
  });

  it.each(FORK_NAMES)("%s: 0x05 costs EIP-7883's price in the core and in the host", async (fork) => {
    // EIP-7883: 16 up to 32 bytes, then 2 words²; 16 per exponent byte after the 32nd.
    const inputOf = ([base, exponent, modulus]: readonly [number, number, number]): Uint8Array =>
      concatBytes(
        ...[base, exponent, modulus].map((length) => word(BigInt(length))),
        new Uint8Array(base + exponent + modulus).fill(0xff),
      );
    const evm = createEvm({ random });
    const idle = (await costs(evm, 0x05, inputOf([1, 1, 1]), fork)) - 500n;
    for (const [lengths, price] of [
      [[1, 40, 1], 16 * (16 * 8 + 255)],
      [[32, 32, 32], 16 * 255],
      [[33, 8, 33], 2 * 25 * 63],
      [[1, 64, 40], 2 * 25 * (16 * 32 + 255)],
      [[0, 64, 0], 16 * (16 * 32 + 255)],
    ] as const) {
      const input = inputOf(lengths);
      expect(trellisPrecompiles(FORKS[fork]).get(0x05)!(input, GAS_MAX)!.gasUsed).toBe(price);
      expect(await costs(evm, 0x05, input, fork)).toBe(idle + BigInt(price));
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
