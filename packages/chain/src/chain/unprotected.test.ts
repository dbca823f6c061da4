import { createTransaction, recoverSender, TRANSACTION_TYPES, type Transaction } from "@trellis/protocol";
import { expect, it } from "vitest";
import { verifyStore } from "../integrity/verifyStore.ts";
import { createMemoryJournal } from "../mempool/journal/testing/createMemoryJournal.ts";
import { createTestChain, type TestChain } from "./testing/testChain.ts";
import { addressOf, COIN, GWEI, testParameters } from "./testing/testNetwork.ts";

/** Nick's method: a signature that was chosen, so that any chain without EIP-155 takes the transaction. */
function presigned(nonce: bigint): Transaction {
  const word = BigInt(`0x${"22".repeat(32)}`);
  return createTransaction(
    {
      type: TRANSACTION_TYPES.legacy,
      chainId: 0n,
      nonce,
      gasLimit: 100_000n,
      to: addressOf("bob"),
      value: COIN,
      data: new Uint8Array(0),
      accessList: [],
      maxFeePerGas: 100n * GWEI,
      maxPriorityFeePerGas: 100n * GWEI,
    },
    { kind: "ecdsa", r: word, s: word, yParity: 0 },
  );
}

async function fundedChain(allowUnprotected: boolean): Promise<TestChain> {
  const parameters = testParameters({ allowUnprotected });
  const chain = await createTestChain({ parameters, isArchive: true, journal: createMemoryJournal() });
  await chain.mine({ override: new Map([[recoverSender(presigned(0n)), { balance: 5n * COIN }]]) });
  return chain;
}

it("a network may accept transactions without a chain id, also after a restart [TX-2]", async () => {
  const chain = await fundedChain(true);
  await chain.submit(presigned(0n));
  const restored = await chain.reopen();
  expect(restored.pool.status().pending).toBe(1);
  await restored.mine();
  const sender = recoverSender(presigned(0n));
  for (const { view } of [restored, await restored.reopen()]) {
    expect(view.head().transactions).toMatchObject([{ sender, receipt: { status: 1 } }]);
    expect(view.head().transactions[0]!.transaction.encoded).toEqual(presigned(0n).encoded);
  }
  expect(verifyStore(chain.store)).toMatchObject({ problems: [] });
});

it("TX_UNPROTECTED", async () => {
  const chain = await fundedChain(false);
  await expect(chain.submit(presigned(0n))).rejects.toMatchObject({ code: "TX_UNPROTECTED" });
});
