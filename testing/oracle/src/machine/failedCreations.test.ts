import { createEvm, ethereumPricedPrecompiles } from "@trellis/evm";
import { expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import { ALICE, blockInput, COIN, CONTRACT, carrier, stateOf, transfer } from "../testState.ts";

/** PUSH1 byte PUSH0 MSTORE8 PUSH1 1 PUSH0 REVERT. */
const revertingWith = (byte: string): string => `60${byte}5f5360015ffd`;

function creating(initCode: string): string {
  const size = initCode.length / 2;
  const word = initCode.padStart(64, "0");
  return `7f${word}5f5260${size.toString(16).padStart(2, "0")}60${(32 - size).toString(16).padStart(2, "0")}5ff0503d5f5500`;
}

it.each(["00", "ef"])("a creation that reverts with 0x%s pays for the executed code", async (byte) => {
  const state = stateOf({
    [ALICE]: { balance: COIN },
    [CONTRACT]: { nonce: 1n, code: creating(revertingWith(byte)) },
  });
  const signed = transfer({ to: CONTRACT, gasLimit: 1_000_000n });
  const engine = createEvm({
    precompiles: ethereumPricedPrecompiles,
    random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  });
  const input = blockInput(state, [carrier([signed])], {});
  for (const evm of [engine, createOracleEvm()]) {
    const { gasUsed, changes } = await evm.runBlock(input);
    expect(gasUsed).toBeLessThan(100_000n);
    expect([...(changes.storage.get(CONTRACT) ?? [])].map(([, value]) => value)).toEqual([1n]);
  }
});
