import { hexToBytes } from "@trellis/base";
import { GAS_LIMIT_MAX } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { GOVERNED, PARAMETERS_ADDRESS, readParameters, STAKING_ADDRESS, TIMELOCK_ADDRESS } from "../index.ts";
import { attempt, COIN, createTestChain, type TestChain, validatorOf } from "../testing/TestChain.ts";

function open(genesis: Parameters<typeof createTestChain>[0] = {}): TestChain {
  const validators = [1, 2, 3].map((index) => validatorOf(index, BigInt(index) * 1_000n * COIN));
  return createTestChain({ validators, ...genesis });
}

describe("GOV-1: parameters", () => {
  const set = (chain: TestChain, id: number, value: bigint) =>
    chain.send(TIMELOCK_ADDRESS, PARAMETERS_ADDRESS, "set", [id, value]);

  it.each(GOVERNED.map((name, id) => [name, id] as const))("%s: within its bounds", (name, id) => {
    const chain = open();
    const [min, max] = chain.view<[bigint, bigint]>(PARAMETERS_ADDRESS, "bounds", id);
    const before = readParameters(chain.state)![name];
    for (const value of [min, max]) {
      set(chain, id, value);
      expect(readParameters(chain.state)![name]).toBe(before);
      expect(readParameters(chain.state, 1)![name]).toBe(value);
      expect(chain.view(PARAMETERS_ADDRESS, "valueAt", id, 1)).toBe(value);
    }
    expect(attempt(() => set(chain, id, max + 1n))).toBe("ParameterOutOfBounds");
    if (min > 0n) expect(attempt(() => set(chain, id, min - 1n))).toBe("ParameterOutOfBounds");
  });

  it("a gas limit is at most that of a transaction", () => {
    expect(open().view<[bigint, bigint]>(PARAMETERS_ADDRESS, "bounds", 0)[1]).toBe(GAS_LIMIT_MAX);
  });

  it("a parameter set in the next epoch starts from the effective value", () => {
    const chain = open();
    set(chain, 8, 3n);
    chain.endEpoch();
    set(chain, 8, 4n);
    expect(readParameters(chain.state)!.jailEpochs).toBe(3n);
    expect(readParameters(chain.state, 2)!.jailEpochs).toBe(4n);
  });

  it("ParameterUnknown", () => {
    const chain = open();
    for (const run of [
      () => set(chain, GOVERNED.length, 1n),
      () => chain.view(PARAMETERS_ADDRESS, "get", GOVERNED.length),
      () => chain.view(PARAMETERS_ADDRESS, "bounds", GOVERNED.length),
    ]) {
      expect(attempt(run)).toBe("ParameterUnknown");
    }
  });

  it("times have the network's minimum", () => {
    const chain = open({ timeFloorSeconds: 3_600 });
    for (const id of [12, 13, 14]) {
      expect(attempt(() => set(chain, id, 3_599n))).toBe("ParameterOutOfBounds");
      expect(attempt(() => set(chain, id, 3_600n))).toBe("success");
    }
    expect(chain.view(PARAMETERS_ADDRESS, "timeFloorSeconds")).toBe(3_600n);
  });

  it("the activation size of the set and its pay change at the epoch's end", () => {
    const chain = open();
    set(chain, 10, 2n);
    set(chain, 2, 7n * COIN);
    chain.endEpoch();
    expect(chain.view<unknown[]>(STAKING_ADDRESS, "activeSet", 1)).toHaveLength(2);
    expect(chain.view(STAKING_ADDRESS, "issuance")).toBe(7n * COIN);
  });
});

it("reads nothing without contracts", () => {
  const empty = { account: () => undefined, storage: () => 0n, code: () => hexToBytes("0x") };
  expect(readParameters(empty)).toBeUndefined();
});
