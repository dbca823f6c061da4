import type { Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import { CONTEXT, callInput, code, contractState, random } from "../testing/testState.ts";

const hashOf = (seed: string) => (number: bigint) =>
  `0x${seed}${number.toString(16).padStart(62, "0")}` as Hash;

describe("BLOCKHASH", () => {
  it("asks the host once per number and context: 20 gas do not pay for a lookup", async () => {
    const evm = createEvm({ random });
    const program = code(`${"6062405060634050".repeat(40)}6063405f5260205ff3`);
    const state = contractState(program);
    for (const seed of ["aa", "bb"]) {
      const asked: bigint[] = [];
      const blockHash = (number: bigint): Hash => {
        asked.push(number);
        return hashOf(seed)(number);
      };
      const { output } = await evm.call(callInput(state, {}, { context: { ...CONTEXT, blockHash } }));
      expect(Buffer.from(output).toString("hex")).toBe(hashOf(seed)(99n).slice(2));
      expect(asked).toEqual([98n, 99n]);
    }
  });

  it("is zero for the block itself, later ones, and those more than 256 back", async () => {
    const evm = createEvm({ random });
    const at = async (number: bigint, wanted: number) => {
      const program = code(`61${wanted.toString(16).padStart(4, "0")}405f5260205ff3`);
      const context = { ...CONTEXT, number, blockHash: hashOf("cc") };
      const { output } = await evm.call(callInput(contractState(program), {}, { context }));
      return Buffer.from(output).toString("hex");
    };
    const zero = "00".repeat(32);
    expect(await at(1_000n, 1_000)).toBe(zero);
    expect(await at(1_000n, 1_001)).toBe(zero);
    expect(await at(1_000n, 743)).toBe(zero);
    expect(await at(1_000n, 744)).toBe(hashOf("cc")(744n).slice(2));
    expect(await at(1_000n, 999)).toBe(hashOf("cc")(999n).slice(2));
  });
});
