import { bytesToHex } from "@trellis/base";
import { privateKeyToAddress } from "@trellis/crypto";
import {
  type Awaitable,
  decodeTransaction,
  recoverSender,
  type SignedBy,
  signTransaction,
  TRANSACTION_TYPES,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { mempoolErrors } from "../errors.ts";
import { createTestPool, fund } from "../testing/testPool.ts";
import type { Journal } from "./Journal.ts";
import { createMemoryJournal } from "./testing/createMemoryJournal.ts";

const PRIVATE_KEY = new Uint8Array(32).fill(7);
const SENDER = bytesToHex(privateKeyToAddress(PRIVATE_KEY));

function signed(nonce: number, tip = 5n): SignedBy {
  const transaction = signTransaction(
    {
      type: TRANSACTION_TYPES.dynamicFee,
      chainId: 31_337n,
      nonce: BigInt(nonce),
      gasLimit: 21_000n,
      to: ZERO_ADDRESS,
      value: 0n,
      data: new Uint8Array(),
      accessList: [],
      maxFeePerGas: 1_000n * tip,
      maxPriorityFeePerGas: tip,
    },
    PRIVATE_KEY,
  );
  return { transaction, sender: SENDER };
}

function decodeAndRecover(encoded: Uint8Array): Awaitable<SignedBy> {
  const transaction = decodeTransaction(encoded);
  return { transaction, sender: recoverSender(transaction) };
}

function createJournaled(journal: Journal, nonce = 0n, limits = {}) {
  const test = createTestPool(limits, journal);
  fund(test.world, SENDER, 10n ** 18n, nonce);
  return test;
}

describe("journal of local transactions", () => {
  it("restores valid local transactions, including queued ones, and drops the others", async () => {
    const journal = createMemoryJournal();
    const before = createJournaled(journal);
    for (const nonce of [0, 1, 2, 5]) before.pool.add(signed(nonce), { isLocal: true });
    before.pool.add(signed(3), { isLocal: false });
    before.pool.add(signed(2, 6n), { isLocal: true });

    const after = createJournaled(journal, 1n);
    expect(await after.pool.restore(decodeAndRecover)).toEqual({ restored: 4, mined: 1, refused: 0 });
    const { pending, queued } = after.pool.contentFrom(SENDER);
    expect(pending.map(({ transaction }) => [transaction.nonce, transaction.maxPriorityFeePerGas])).toEqual([
      [1n, 5n],
      [2n, 6n],
    ]);
    expect(queued.map(({ transaction, isLocal }) => [transaction.nonce, isLocal])).toEqual([[5n, true]]);
    expect(journal.load()).toEqual([...pending, ...queued].map(({ transaction }) => transaction.encoded));
  });

  it("restores acknowledged transactions of remote clients, which stay remote", async () => {
    const journal = createMemoryJournal();
    const before = createJournaled(journal);
    before.pool.add(signed(0), { isLocal: false, isAcknowledged: true });
    before.pool.add(signed(1), { isLocal: true, isAcknowledged: true });
    before.pool.add(signed(2), { isLocal: false });
    for (let start = 0; start < 2; start += 1) {
      const after = createJournaled(journal);
      expect(await after.pool.restore(decodeAndRecover)).toEqual({ restored: 2, mined: 0, refused: 0 });
      const { pending } = after.pool.contentFrom(SENDER);
      expect(pending.map(({ isLocal }) => isLocal)).toEqual([false, true]);
    }
  });

  it("skips records that are not transactions, and accepts the others", async () => {
    const journal = createMemoryJournal();
    journal.append(Uint8Array.of(1, 2, 3));
    journal.append(signed(0).transaction.encoded);
    const { pool } = createJournaled(journal);
    expect(await pool.restore(decodeAndRecover)).toEqual({ restored: 1, mined: 0, refused: 1 });
  });

  it("waits for signatures verified by workers", async () => {
    const journal = createMemoryJournal();
    journal.append(signed(0).transaction.encoded);
    const { pool } = createJournaled(journal);
    await pool.restore(async (encoded) => decodeAndRecover(encoded));
    expect(pool.status().pending).toBe(1);
  });

  it("does not swallow programming errors", async () => {
    const journal = createMemoryJournal();
    journal.append(signed(0).transaction.encoded);
    const { pool } = createJournaled(journal);
    const failing = () => Promise.reject(new RangeError("broken"));
    await expect(pool.restore(failing)).rejects.toThrow("broken");
    expect(journal.load()).toHaveLength(1);
  });

  it("is rewritten with the mempool's contents when it has grown", () => {
    const journal = createMemoryJournal();
    const { encoded } = signed(0).transaction;
    const { pool, world } = createJournaled(journal, 0n, { journalRotationBytes: 3 * encoded.length });
    for (let nonce = 0; nonce < 3; nonce += 1) {
      fund(world, SENDER, 10n ** 18n, BigInt(nonce));
      pool.add(signed(nonce), { isLocal: true });
    }
    expect(journal.load()).toHaveLength(3);
    fund(world, SENDER, 10n ** 18n, 3n);
    pool.add(signed(3), { isLocal: true });
    expect(journal.load()).toHaveLength(1);
  });

  it("a failing journal keeps no transaction out, and is not rewritten each time", () => {
    let rewrites = 0;
    const fail = () => {
      throw mempoolErrors.JOURNAL_UNAVAILABLE({ path: "/full" });
    };
    const journal: Journal = {
      append: () => {},
      load: () => [],
      rewrite: () => {
        rewrites += 1;
        fail();
      },
    };
    const { pool, logged } = createJournaled(journal, 0n, { journalRotationBytes: 1 });
    for (let nonce = 0; nonce < 4; nonce += 1) pool.add(signed(nonce), { isLocal: true });
    expect(pool.status().pending).toBe(4);
    expect(rewrites).toBe(1);
    expect(logged).toMatchObject([{ event: "journal.failed", facts: { operation: "rewrite" } }]);

    const broken = createJournaled({ append: fail, load: () => [], rewrite: fail });
    for (let nonce = 0; nonce < 4; nonce += 1) broken.pool.add(signed(nonce), { isLocal: true });
    expect(broken.logged).toHaveLength(1);
    expect(broken.logged).toMatchObject([{ facts: { operation: "append" } }]);
  });
});
