import { bigintToBytes, bytesToBigint, concatBytes } from "@trellis/base";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import { CONTEXT, callInput, code, contractState, random } from "../testing/testState.ts";
import { modexp, modexpAtOsakaPrice, modexpOsaka } from "./modexp.ts";
import { ethereumPrecompiles } from "./precompiles.ts";

const evm = createEvm({ random });
const ethereum = createEvm({ random, precompiles: ethereumPrecompiles });
const wrapped = createEvm({
  random,
  precompiles: (fork) =>
    new Map([...ethereumPrecompiles(fork)].map(([id, run]) => [id, (input, gas) => run(input, gas)])),
});
const FORWARDS = contractState(code("365f5f375f5f365f5f6005", "5af1", "503d5f5f3e3d5ff3"));

const NUMBER = fc.oneof(
  fc.uint8Array({ maxLength: 32 }),
  fc.uint8Array({ maxLength: 9 }),
  fc.nat({ max: 32 }).map((length) => new Uint8Array(length).fill(0xff)),
  fc.nat({ max: 40 }).map((length) => new Uint8Array(length)),
);

function inputOf(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const lengths = [base, exponent, modulus].map((part) => bigintToBytes(BigInt(part.length), 32));
  return concatBytes(...lengths, base, exponent, modulus);
}

describe("modular exponentiation", () => {
  it("is the same in the core, for small operands, and in the host", async () => {
    await fc.assert(
      fc.asyncProperty(NUMBER, NUMBER, NUMBER, fc.nat({ max: 20 }), async (base, exponent, modulus, cut) => {
        const whole = inputOf(base, exponent, modulus);
        const input = whole.subarray(0, Math.max(0, whole.length - (cut > 10 ? cut - 10 : 0)));
        const expected = modexp(input, 1_000_000)!;
        const context = { ...CONTEXT, fork: "prague" } as const;
        const { output } = await evm.call(callInput(FORWARDS, { data: input }, { context }));
        expect(Buffer.from(output).toString("hex")).toBe(Buffer.from(expected.output).toString("hex"));
      }),
      { numRuns: 2000 },
    );
  });

  it("accepts empty input without memory", async () => {
    const asks = contractState(code("5f5f5f5f5f60055af1", "5f5260205ff3"));
    const { output } = await createEvm({ random }).call(callInput(asks, {}));
    expect(bytesToBigint(output)).toBe(1n);
  });

  it.each([
    { eip: "EIP-2565", fork: "prague", evm: ethereum, modexp, least: 200 },
    { eip: "EIP-7883", fork: "osaka", evm: ethereum, modexp: modexpOsaka, least: 500 },
    { eip: "EIP-7883, wrapped", fork: "osaka", evm: wrapped, modexp: modexpOsaka, least: 500 },
    { eip: "EIP-7883 (EVM-18)", fork: "cancun", evm, modexp: modexpAtOsakaPrice, least: 500 },
    { eip: "EIP-7883 (EVM-18)", fork: "osaka", evm, modexp: modexpOsaka, least: 500 },
  ] as const)("costs the same in the core and in the host by $eip in $fork", async (row) => {
    const { fork, evm, modexp, least } = row;
    const measures = contractState(code("365f5f375a5f5f365f5f60055af1505a90035f5260205ff3"));
    const costs = async (data: Uint8Array): Promise<number> => {
      const { output } = await evm.call(callInput(measures, { data }, { context: { ...CONTEXT, fork } }));
      return Number(bytesToBigint(output));
    };
    const idle = (await costs(inputOf(new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)))) - least;
    const parts = fc.tuple(NUMBER, fc.uint8Array({ maxLength: 60 }), NUMBER);
    await fc.assert(
      fc.asyncProperty(parts, async ([base, exponent, modulus]) => {
        const input = inputOf(base, exponent, modulus);
        expect(await costs(input)).toBe(idle + modexp(input, 1_000_000)!.gasUsed);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { part: "base", lengths: [1_025, 1, 1] },
    { part: "exponent", lengths: [1, 1_025, 1] },
    { part: "modulus", lengths: [1, 1, 1_025] },
  ])("EVM-22: fails above 1,024 bytes of $part in Osaka (EIP-7823)", async ({ lengths }) => {
    const asks = contractState(code("365f5f375f5f365f5f6005", "5af1", "5f5260205ff3"));
    const [base, exponent, modulus] = lengths.map((length) => new Uint8Array(length).fill(1)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const successAt = async (fork: "prague" | "osaka", at: number): Promise<bigint> => {
      const data = inputOf(base.subarray(0, at), exponent.subarray(0, at), modulus.subarray(0, at));
      const { output } = await evm.call(callInput(asks, { data }, { context: { ...CONTEXT, fork } }));
      return bytesToBigint(output);
    };
    expect(await successAt("osaka", 1_024)).toBe(1n);
    expect(await successAt("osaka", 1_025)).toBe(0n);
    expect(await successAt("prague", 1_025)).toBe(1n);
  });
});
