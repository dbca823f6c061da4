import { SHARD_GATEWAY_ADDRESS } from "@trellis/contracts";
import {
  blockEntries,
  type Delivery,
  deliveryHash,
  jsonText,
  messageId,
  SYSTEM_ADDRESS,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { transfer } from "../chain/testing/testNetwork.ts";
import { recipientOf, ShardChains, shardedNetwork } from "./testing/ShardChains.ts";

const to = recipientOf("counter");

/** The head of shard 2 has a delivery and a transaction, which both call the counter. */
async function deliverToCounter() {
  const shards = await ShardChains.open(shardedNetwork(3));
  await shards.mine(1, { transactions: [shards.send(1, 2, { to, gasLimit: 60_000n })] });
  await shards.finalize(shards.link(1));
  const { view } = shards.chains[2]!;
  const call = transfer({ from: "alice", nonce: 0, to, chainId: view.parameters.chainId });
  await shards.mine(2, { transactions: [call] });
  return { shards, view, call };
}

describe("SHARD-13.2: deliveries as a block's entries", () => {
  it("EVM-11.3: traces contain the deliveries, and run transactions after them", async () => {
    const { view, call } = await deliverToCounter();
    const tracer = { kind: "call", onlyTopCall: false, withLog: false } as const;
    const traces = await view.simulation.traceBlock(view.head().hash, tracer);
    const block = view.head();
    const [delivered, called] = blockEntries(block).map(({ receipt }) => receipt);
    const quantity = (gasUsed: bigint) => `0x${gasUsed.toString(16)}`;
    const inner = { from: SHARD_GATEWAY_ADDRESS, to, gas: quantity(60_000n), type: "CALL" };
    const [delivery, transaction] = traces;
    expect(delivery).toMatchObject({
      transactionHash: delivered!.transactionHash,
      result: { from: SYSTEM_ADDRESS, to: SHARD_GATEWAY_ADDRESS, gasUsed: quantity(delivered!.gasUsed) },
    });
    expect(JSON.parse(jsonText(delivery!.result)).calls).toContainEqual(expect.objectContaining(inner));
    expect(transaction).toMatchObject({
      transactionHash: call.hash,
      result: { to, gasUsed: quantity(called!.gasUsed) },
    });
    expect(traces).toHaveLength(2);
    const only = await view.simulation.traceTransaction(block.hash, delivered!.transactionHash, tracer);
    expect(only).toEqual(delivery!.result);
  });

  it("SHARD-13.2: a delivery is found by its hash, before the block's transactions", async () => {
    const { shards, view, call } = await deliverToCounter();
    const { hash } = view.head();
    const [{ message }] = shards.deliveries(2) as [Delivery];
    const found = deliveryHash(message);
    expect([found, call.hash].map((wanted) => view.locate(wanted)?.index)).toEqual([0, 1]);
    expect(view.transactionStatus(found)).toMatchObject({ kind: "accepted", block: hash, index: 0 });
    expect(view.locate(messageId(message))).toBeUndefined();
  });
});
