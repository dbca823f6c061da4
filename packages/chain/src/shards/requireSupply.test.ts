import { SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import type { Account, Address, Evm } from "@trellis/protocol";
import { beforeEach, expect, it } from "vitest";
import { createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { addressOf } from "../chain/testing/testNetwork.ts";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { recipientOf, ShardChains, STRANGERS, shardedNetwork } from "./testing/ShardChains.ts";

const [STRANGER] = STRANGERS as [Address];
const EMPTY = { nonce: 0n, balance: 0n, codeHash: "0x" } as const;

let shards: ShardChains;
beforeEach(async () => {
  shards = await ShardChains.open(shardedNetwork(2));
});

/** An engine with a fault in an account's balance. */
function faultyEvm(address: Address, by: bigint): Evm {
  const evm = createRealEvm();
  return {
    ...evm,
    async runBlock(input) {
      const result = await evm.runBlock(input);
      const before = result.changes.accounts.get(address) ?? input.state.account(address) ?? EMPTY;
      const account = { ...before, balance: before.balance + by };
      const accounts = new Map<Address, Account | undefined>(result.changes.accounts).set(address, account);
      return { ...result, changes: { ...result.changes, accounts } };
    },
  };
}

const chainWith = (shard: number, evm: Evm): Promise<TestChain> => {
  const { parameters } = shards.chains[shard]!.view;
  return createTestChain({ parameters, shard, ports: { evm, anchors: shards.anchors } });
};

it("SUPPLY_INCREASED: a chain stops at a block in which one wei appears [SHARD-17]", async () => {
  const block = await shards.mine(1, { transactions: [shards.send(1, 0, { to: STRANGER, value: 5n })] });
  const chain = await chainWith(1, faultyEvm(STRANGER, 1n));
  await expect(chain.take(block)).rejects.toMatchObject({ code: "CHAIN_STOPPED" });
  expect(chain.failure()).toMatchObject({ code: "SUPPLY_INCREASED", facts: { number: "1" } });
});

it("ESCROW_UNCOVERED: a chain stops at a block whose gateway lacks one wei [SHARD-17]", async () => {
  const block = await shards.mine(1, { transactions: [shards.send(1, 0, { to: STRANGER, value: 5n })] });
  const chain = await chainWith(1, faultyEvm(SHARD_GATEWAY_ADDRESS, -1n));
  await expect(chain.take(block)).rejects.toMatchObject({ code: "CHAIN_STOPPED" });
  expect(chain.failure()).toMatchObject({ code: "ESCROW_UNCOVERED", facts: { balance: "4", escrow: "5" } });
});

it("a block that delivers a message and destroys coins is no fault [SHARD-17]", async () => {
  await shards.mine(0, { transactions: [shards.send(0, 1, { to: recipientOf("destroyer"), value: 7n })] });
  await shards.round();
  expect(shards.deliveries(1)).toHaveLength(1);
  const chain = await chainWith(1, faultyEvm(addressOf("erin"), -1n));
  await chain.take(...shards.builders[1]!.blocks.slice(1));
  expect(chain.failure()).toBeUndefined();
});

it("totals of a final state name what was sent and received, and up to which blocks", async () => {
  await shards.mine(1, { transactions: [shards.send(1, 0, { to: STRANGER, value: 5n })] });
  await shards.finalize(shards.link(1));
  await shards.finalize();
  await shards.finalize();
  const totals = shards.chains[0]!.totals()!;
  expect(totals).toMatchObject({ shard: 0, sent: [0n, 0n], received: [0n, 5n] });
  expect(totals.recorded[1]).toBe(1);
  expect(shards.chains[1]!.totals()).toMatchObject({ shard: 1, number: 0, sent: [0n, 0n] });
});
