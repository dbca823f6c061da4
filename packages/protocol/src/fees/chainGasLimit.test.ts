import { expect, it } from "vitest";
import { CHAIN_GAS_MAX, chainGasLimit } from "./chainGasLimit.ts";

it("EXEC-8: is the sum of all carriers' budgets, up to the engine's capacity", () => {
  expect(chainGasLimit(30_000_000n, 1)).toBe(30_000_000n);
  expect(chainGasLimit(30_000_000n, 15)).toBe(450_000_000n);
  expect([16, 17, 400].map((carriers) => chainGasLimit(30_000_000n, carriers))).toEqual(
    Array(3).fill(480_000_000n),
  );
  expect(chainGasLimit(CHAIN_GAS_MAX - 1n, 1)).toBe(CHAIN_GAS_MAX - 1n);
});
