import { CHAIN_GAS_MAX, GAS_LIMIT_MAX } from "@trellis/protocol";
import { expect, it } from "vitest";
import { DEFAULT_LIMITS } from "./EngineLimits.ts";

const BLOCK_GAS = Number(CHAIN_GAS_MAX + GAS_LIMIT_MAX);
const FREE_ACCOUNTS = 4_096;
/** Code of maximum size (EIP-170), padding, and the jump bitmap. */
const LARGEST_CODE_BYTES = 24_576 + 40 + 24_576 / 8 + 16;

it("EVM-8: a chain block with a system call, and one transaction, fit the regions they fill fastest", () => {
  const { accounts, slots, transientSlots, logBytes, journalBytes, codeBytes } = DEFAULT_LIMITS;
  expect((accounts - FREE_ACCOUNTS) * 2_400).toBeGreaterThan(BLOCK_GAS);
  expect(slots * 1_900).toBeGreaterThan(BLOCK_GAS);
  expect(logBytes * 8).toBeGreaterThan(BLOCK_GAS);
  expect(transientSlots * 100).toBeGreaterThan(Number(GAS_LIMIT_MAX));
  expect((journalBytes / 48) * 100).toBeGreaterThan(Number(GAS_LIMIT_MAX));
  expect((codeBytes / LARGEST_CODE_BYTES) * 2_400).toBeGreaterThan(Number(GAS_LIMIT_MAX));
});
