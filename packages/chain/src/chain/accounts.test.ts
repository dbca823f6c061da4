import { type Address, type DumpedAccount, type Hash, ZERO_ADDRESS } from "@trellis/protocol";
import { expect, it } from "vitest";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, COIN, slotOf, transfer } from "./testing/testNetwork.ts";

const EMPTY = new Uint8Array(0);

function accountsOf({ control }: TestChain): ReadonlyMap<Address, DumpedAccount> {
  return new Map([...control!.accounts()].map((account) => [account.address, account]));
}

it("a control lists the accounts after the head, final or not", async () => {
  const chain = await createTestChain({ isArchive: true });
  const genesis = [...accountsOf(chain).keys()];
  expect(genesis).toEqual(genesis.toSorted());
  expect(genesis).toEqual(
    expect.arrayContaining(["alice", "bob", "carol"].map((name) => addressOf(name as "bob"))),
  );
  const slots = (...values: readonly (readonly [bigint, bigint])[]) =>
    new Map(values.map(([slot, value]): [Hash, bigint] => [slotOf(slot), value]));
  const set = (address: Address, override: object) =>
    chain.mine({ override: new Map([[address, override]]) });
  const code = Uint8Array.of(0x60, 0x01);
  await set(addressOf("bob"), { code, stateDiff: slots([1n, 5n], [2n, 6n], [3n, 7n]) });
  await set(addressOf("carol"), { stateDiff: slots([9n, 9n]) });
  await set(ZERO_ADDRESS, { balance: 1n });
  for (let made = 0; made < 40; made++) await chain.mine();
  const { number } = chain.view.finalized().header;
  expect(number).toBeGreaterThan(3);
  for (const isFinal of [true, false]) {
    if (!isFinal) {
      await chain.submit(transfer({ from: "alice", nonce: 0, to: addressOf("dave"), valueWei: COIN }));
      await chain.mine();
      await set(addressOf("bob"), { stateDiff: slots([2n, 0n], [4n, 8n]) });
      await set(addressOf("carol"), { state: slots([7n, 7n]) });
      await set(ZERO_ADDRESS, { balance: 0n });
    }
    const accounts = accountsOf(chain);
    const ofBob = isFinal ? slots([1n, 5n], [2n, 6n], [3n, 7n]) : slots([1n, 5n], [3n, 7n], [4n, 8n]);
    expect(accounts.get(addressOf("bob"))).toMatchObject({ code, balance: 1_000n * COIN });
    expect(accounts.get(addressOf("bob"))!.storage).toEqual(ofBob);
    expect(accounts.get(addressOf("carol"))!.storage).toEqual(isFinal ? slots([9n, 9n]) : slots([7n, 7n]));
    expect(accounts.get(addressOf("dave"))).toMatchObject({
      balance: (isFinal ? 1_000n : 1_001n) * COIN,
      code: EMPTY,
      storage: new Map(),
    });
    expect(accounts.get(addressOf("alice"))!.nonce).toBe(isFinal ? 0n : 1n);
    expect(accounts.has(ZERO_ADDRESS)).toBe(isFinal);
  }
});
