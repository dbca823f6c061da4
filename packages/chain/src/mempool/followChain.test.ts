import { EMPTY_TRIE_ROOT, KEY_ALGORITHMS } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import {
  ALICE,
  BOB,
  CAROL,
  chainBlock,
  createFunded,
  createTestPool,
  fund,
  LOCAL,
  noncesOf,
  REMOTE,
  RICH,
  summary,
  transfer,
} from "./testing/testPool.ts";

describe("followChain", () => {
  it("drops accepted transactions, and those whose nonce another transaction used", () => {
    const { pool, world, events } = createFunded();
    const accepted = transfer({ sender: ALICE, nonce: 0 });
    pool.add(accepted, REMOTE);
    pool.add(transfer({ sender: BOB, nonce: 0 }), REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 1 }), REMOTE);
    fund(world, ALICE, RICH, 1n);
    fund(world, BOB, RICH, 1n);
    pool.onChain({
      removed: [],
      added: [chainBlock([accepted, transfer({ sender: BOB, nonce: 0, tip: 9 })])],
    });
    expect(summary(events).slice(3)).toEqual(["dropped 0 ACCEPTED", "dropped 0 NONCE_TOO_LOW"]);
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 });
  });

  it("returns transactions that only removed blocks accepted, ahead of later ones of the same price", () => {
    const { pool, world, events } = createFunded();
    const [first, second] = [
      transfer({ sender: ALICE, nonce: 0 }),
      transfer({ sender: ALICE, nonce: 1 }),
    ] as const;
    pool.add(first, LOCAL);
    pool.add(second, REMOTE);
    pool.add(transfer({ sender: ALICE, nonce: 2 }), REMOTE);
    fund(world, ALICE, RICH, 2n);
    const blocks = [chainBlock([first]), chainBlock([second])];
    pool.onChain({ removed: [], added: blocks });
    pool.add(transfer({ sender: BOB, nonce: 0 }), REMOTE);
    expect(noncesOf(pool.contentFrom(ALICE).pending)).toEqual([2n]);

    events.length = 0;
    fund(world, ALICE, RICH, 0n);
    pool.onChain({ removed: blocks.toReversed(), added: [] });
    expect(summary(events)).toEqual(["added 0", "added 1"]);
    expect(noncesOf(pool.contentFrom(ALICE).pending)).toEqual([0n, 1n, 2n]);
    expect(pool.contentFrom(ALICE).pending.map(({ isLocal }) => isLocal)).toEqual([true, false, false]);
    expect(
      pool
        .select({ baseFee: 10n, gasMax: 10n ** 9n, bytesMax: 1e6, countMax: 2 })
        .map(({ sender }) => sender),
    ).toEqual([ALICE, ALICE]);
  });

  it("keeps transactions that lost their funds in a reorganisation", () => {
    const { pool, world } = createTestPool();
    fund(world, ALICE, RICH);
    const gift = transfer({ sender: ALICE, nonce: 0, to: BOB, value: RICH / 2n });
    const spending = transfer({ sender: BOB, nonce: 0, value: RICH / 4n });
    const blocks = [chainBlock([gift]), chainBlock([spending])];
    pool.onChain({ removed: blocks.toReversed(), added: [] });
    expect(noncesOf(pool.contentFrom(BOB).queued)).toEqual([0n]);

    fund(world, ALICE, RICH / 4n, 1n);
    fund(world, BOB, RICH / 2n, 0n);
    pool.onChain({ removed: [], added: [chainBlock([gift])] });
    expect(noncesOf(pool.contentFrom(BOB).pending)).toEqual([0n]);
  });

  it("KEY_NOT_VALID after a key rotation drops transactions of the old key, with one registry read", () => {
    const { pool, world, events, asked } = createFunded();
    const rotation = transfer({ sender: ALICE, nonce: 0 });
    pool.add(rotation, REMOTE);
    for (const nonce of [1, 2, 3]) pool.add(transfer({ sender: ALICE, nonce }), REMOTE);
    fund(world, ALICE, RICH, 1n);
    world.retiredKeys.add(ALICE);
    asked.length = 0;
    pool.onChain({ removed: [], added: [chainBlock([rotation])] });
    expect(summary(events).slice(4)).toEqual([
      "dropped 0 ACCEPTED",
      "dropped 1 KEY_NOT_VALID",
      "dropped 2 KEY_NOT_VALID",
      "dropped 3 KEY_NOT_VALID",
    ]);
    expect(asked).toEqual([ALICE]);
    expect(pool.status().pending).toBe(0);
  });

  it("reads an ECDSA sender's key once per state, other keys each time", () => {
    const { pool, world, asked } = createFunded();
    for (const nonce of [0, 1]) pool.add(transfer({ sender: ALICE, nonce }), REMOTE);
    expect(asked).toEqual([ALICE]);
    const { transaction } = transfer({ sender: ALICE, nonce: 2 });
    const key = { algorithm: KEY_ALGORITHMS.secp256k1, publicKey: new Uint8Array(0) };
    const signature = { kind: "keyAgile", from: ALICE, ...key, signature: new Uint8Array(0) } as const;
    const gasLimit = 24_000n;
    pool.add({ sender: ALICE, transaction: { ...transaction, signature, gasLimit } }, REMOTE);
    expect(asked).toEqual([ALICE, ALICE]);
    world.retiredKeys.add(ALICE);
    pool.onChain({ removed: [], added: [] });
    const late = transfer({ sender: ALICE, nonce: 3 });
    expect(() => pool.add(late, REMOTE)).toThrow(expect.objectContaining({ code: "KEY_NOT_VALID" }));
  });

  it("SENDER_HAS_CODE drops all transactions of a sender that became a contract", () => {
    const { pool, world, events } = createFunded();
    pool.add(transfer({ sender: ALICE, nonce: 0 }), REMOTE);
    world.accounts.set(ALICE, { nonce: 0n, balance: RICH, codeHash: EMPTY_TRIE_ROOT });
    pool.onChain({ removed: [], added: [chainBlock([transfer({ sender: BOB, nonce: 0, to: ALICE })])] });
    expect(summary(events).at(-1)).toBe("dropped 0 SENDER_HAS_CODE");
  });

  it("SENDER_LIMIT_REACHED and EVICTED when more transactions return than fit", () => {
    const { pool, world, events } = createFunded({ countMax: 3, senderCountMax: 2, senderQueuedMax: 2 });
    pool.add(transfer({ sender: BOB, nonce: 0, tip: 4 }), REMOTE);
    pool.add(transfer({ sender: CAROL, nonce: 0, tip: 3 }), REMOTE);
    const returning = [0, 1, 2].map((nonce) => transfer({ sender: ALICE, nonce, tip: 9 }));
    fund(world, ALICE, RICH, 0n);
    pool.onChain({ removed: [chainBlock(returning)], added: [] });
    expect(summary(events).slice(2)).toEqual([
      "added 0",
      "added 1",
      "added 2",
      "dropped 2 SENDER_LIMIT_REACHED",
      "dropped 0 EVICTED",
    ]);
    expect(pool.contentFrom(CAROL).pending).toEqual([]);
  });

  it("recheck finds changes that no block reported: funds, keys, nonces", () => {
    const { pool, world, events } = createFunded();
    const poor = transfer({ sender: ALICE, nonce: 0 });
    const retired = transfer({ sender: BOB, nonce: 0 });
    const passed = transfer({ sender: CAROL, nonce: 0 });
    for (const signed of [poor, retired, passed]) pool.add(signed, REMOTE);
    fund(world, ALICE, 1n);
    world.retiredKeys.add(BOB);
    fund(world, CAROL, RICH, 1n);
    events.length = 0;
    pool.recheck([poor, retired, passed].map(({ transaction }) => transaction.hash));
    pool.recheck([retired.transaction.hash]);
    expect(summary(events)).toEqual(["dropped 0 KEY_NOT_VALID", "dropped 0 NONCE_TOO_LOW"]);
    expect(pool.status()).toMatchObject({ pending: 0, queued: 1 });
  });

  it("rechecks the sender of a skipped transaction", () => {
    const { pool, world } = createFunded();
    const skipped = transfer({ sender: ALICE, nonce: 0 });
    pool.add(skipped, REMOTE);
    fund(world, ALICE, 1n);
    pool.onChain({ removed: [], added: [chainBlock([])] });
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 });
    pool.onChain({ removed: [], added: [chainBlock([], { skipped: [skipped.transaction.hash] })] });
    expect(pool.status()).toMatchObject({ pending: 0, queued: 1 });
  });
});
