import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import type { Address } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { STAKING_ADDRESS } from "../index.ts";
import { encodeCall } from "../storage/encodeAbi.ts";
import { account, COIN, createTestChain, RICH, type TestChain, validatorOf } from "../testing/TestChain.ts";

const V = account(1);
const THIEF: Address = `0x${"7f".repeat(20)}`;
const STAKING = STAKING_ADDRESS.slice(2);
const slotName = (slot: number): Hex => `0x${slot.toString(16).padStart(64, "0")}`;

/**
 * Forwards calls to Staking and stores 96 bytes of their data in slots 1 to 3. When Staking pays, calls
 * Staking with this data and adds 1 (failure) or 256 (success) to slot 0.
 */
const PROXY = hexToBytes(
  `0x${[
    `3373${STAKING}14605357`, // caller is Staking: jump to 0x53
    "365f5f37", // data to memory
    "5f51600155602051600255604051600355", // and to slots 1, 2, 3
    `5f5f365f3473${STAKING}5af1`, // call Staking with data and value
    "6051575f5ffd", // success: jump to 0x51, else revert
    "5b00",
    "5b5f54", // 0x53: load slot 0
    "6001545f52600254602052600354604052", // slots 1, 2, 3 to memory
    `5f5f60445f5f73${STAKING}5af1`, // call Staking with 68 bytes
    "60ff02600101015f5500", // slot 0 += success * 255 + 1
  ].join("")}`,
);

function open(): TestChain {
  const chain = createTestChain({ validators: [validatorOf(1)] });
  chain.state.setCode(THIEF, PROXY);
  chain.state.setBalance(account(5), RICH);
  return chain;
}
const through = (chain: TestChain, signature: string, values: readonly bigint[], value = 0n) =>
  chain.execute({ from: account(5), to: THIEF, value, data: encodeCall(signature, values) });
const attempts = (chain: TestChain) => chain.state.storage(THIEF, slotName(0));

describe("STAKE-11: a recipient re-enters", () => {
  it("the proxy forwards its calls", () => {
    const chain = open();
    through(chain, "stake(address)", [BigInt(V)], 7n * COIN);
    expect(chain.view(STAKING_ADDRESS, "stakeOf", V, THIEF)).toBe(7n * COIN);
    const stored = [1, 2, 3].map((slot) => chain.state.storage(THIEF, slotName(slot)));
    const data = concatBytes(...stored.map((word) => hexToBytes(`0x${word.toString(16).padStart(64, "0")}`)));
    expect(bytesToHex(data.subarray(0, 36))).toBe(bytesToHex(encodeCall("stake(address)", [BigInt(V)])));
  });

  it("receives its rewards once", () => {
    const chain = open();
    through(chain, "stake(address)", [BigInt(V)], 1_000n * COIN);
    for (let epoch = 0; epoch < 3; epoch++) chain.endEpoch();
    const owed = chain.view<bigint>(STAKING_ADDRESS, "rewardsOf", V, THIEF);
    expect(owed).toBeGreaterThan(0n);
    through(chain, "claim(address)", [BigInt(V)]);
    expect(chain.balance(THIEF)).toBe(owed);
    expect(attempts(chain)).toBe(1n);
  });

  it("receives its stake once", () => {
    const chain = open();
    through(chain, "stake(address)", [BigInt(V)], 10n * COIN);
    through(chain, "unbond(address,uint256)", [BigInt(V), 10n * COIN]);
    for (let epoch = 0; epoch < 3; epoch++) chain.endEpoch();
    through(chain, "withdraw(address,uint256)", [BigInt(V), 0n]);
    expect(chain.balance(THIEF)).toBe(10n * COIN);
    expect(attempts(chain)).toBe(1n);
  });
});
