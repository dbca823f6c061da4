import type { PooledTransaction, Transaction } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { KnownSenders } from "./KnownSenders.ts";
import { addressOf, recoverSenders, transfer } from "./testing/testNetwork.ts";

const transaction = transfer({ from: "alice", nonce: 0 });
const sender = addressOf("alice");
const pooled = { transaction, sender } as unknown as PooledTransaction;

function setUp() {
  const asked: { count: number; isUrgent: boolean | undefined }[] = [];
  const senders = new KnownSenders((transactions, isUrgent) => {
    asked.push({ count: transactions.length, isUrgent });
    return recoverSenders(transactions);
  });
  const recover = (transactions: readonly Transaction[]) => senders.recover(transactions);
  return { senders, recover, asked };
}

describe("KnownSenders", () => {
  it("recovers urgently, once for all blocks with the transaction", async () => {
    const { recover, asked } = setUp();
    expect(await recover([transaction])).toEqual([sender]);
    expect(await recover([transaction])).toEqual([sender]);
    expect(asked).toEqual([{ count: 1, isUrgent: true }]);
  });

  it("knows the sender of a pooled transaction, also after another block has included it", async () => {
    const { senders, recover, asked } = setUp();
    senders.onPoolEvent({ kind: "added", transaction: pooled });
    expect(await recover([transaction])).toEqual([sender]);
    senders.onPoolEvent({ kind: "dropped", transaction: pooled, reason: "included" });
    expect(await recover([transaction])).toEqual([sender]);
    expect(asked).toEqual([]);
  });

  it("recovers only unknown senders, in the order of the transactions", async () => {
    const { senders, recover, asked } = setUp();
    senders.onPoolEvent({ kind: "added", transaction: pooled });
    const other = transfer({ from: "bob", nonce: 0 });
    expect(await recover([other, transaction, other])).toEqual([addressOf("bob"), sender, addressOf("bob")]);
    expect(asked).toEqual([{ count: 2, isUrgent: true }]);
  });
});
