import { type Account, EMPTY_CODE_HASH } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEntry, type Entry } from "./Entry.ts";
import { SenderTransactions } from "./SenderTransactions.ts";
import { testAddress, transfer } from "./testing/testPool.ts";

const SENDER = testAddress(1);

function account(nonce: bigint, balance: bigint): Account {
  return { nonce, balance, codeHash: EMPTY_CODE_HASH };
}

function entry(nonce: number, cost: bigint): Entry {
  const signed = transfer({ sender: SENDER, nonce, cap: 0, tip: 0, value: cost });
  return createEntry(signed, { isLocal: false, admittedAtMs: 1, sequence: nonce });
}

function filled(start: Account, ...entries: readonly Entry[]): SenderTransactions {
  const sender = new SenderTransactions(SENDER, start);
  for (const each of entries) sender.put(each, 1);
  return sender;
}

const state = ({ entries, runLength, runCost }: SenderTransactions) => ({
  nonces: entries.map(({ nonce }) => Number(nonce)),
  runLength,
  runCost,
});

describe("SenderTransactions", () => {
  it("adds to the executable run what the balance covers to the last wei", () => {
    const sender = filled(account(5n, 30n), entry(5, 10n), entry(6, 20n), entry(7, 1n));
    expect(state(sender)).toEqual({ nonces: [5, 6, 7], runLength: 2, runCost: 30n });
  });

  it("queues the run when the account's nonce falls back, and restores it when the gap is filled", () => {
    const sender = filled(account(5n, 100n), entry(5, 10n), entry(6, 20n));
    sender.follow(account(3n, 100n), 9);
    expect(state(sender)).toEqual({ nonces: [5, 6], runLength: 0, runCost: 0n });
    expect(sender.entries.map(({ queuedSinceMs }) => queuedSinceMs)).toEqual([9, 9]);
    sender.put(entry(3, 1n), 9);
    expect(state(sender)).toEqual({ nonces: [3, 5, 6], runLength: 1, runCost: 1n });
    sender.put(entry(4, 2n), 9);
    expect(state(sender)).toEqual({ nonces: [3, 4, 5, 6], runLength: 4, runCost: 33n });
  });

  it("returns transactions below the account's nonce, also beyond the run", () => {
    const sender = filled(account(5n, 100n), entry(5, 10n), entry(7, 20n), entry(8, 30n));
    expect(sender.follow(account(8n, 100n), 9).map(({ nonce }) => nonce)).toEqual([5n, 7n]);
    expect(state(sender)).toEqual({ nonces: [8], runLength: 1, runCost: 30n });
  });

  it("records that the balance made an entry wait", () => {
    const sender = filled(account(5n, 100n), entry(5, 10n), entry(6, 20n));
    sender.follow(account(5n, 29n), 77);
    expect(state(sender)).toMatchObject({ runLength: 1, runCost: 10n });
    expect(sender.entries.map(({ queuedSinceMs }) => queuedSinceMs)).toEqual([1, 77]);
  });

  it("moves a cheaper replacement of an unfunded transaction, and all behind it, into the run", () => {
    const sender = filled(account(5n, 30n), entry(5, 10n), entry(6, 25n), entry(7, 5n));
    expect(state(sender).runLength).toBe(1);
    expect(sender.put(entry(6, 15n), 1)?.cost).toBe(25n);
    expect(state(sender)).toEqual({ nonces: [5, 6, 7], runLength: 3, runCost: 30n });
  });

  it("ends the run before what it removes", () => {
    const sender = filled(account(5n, 100n), entry(5, 1n), entry(6, 2n), entry(7, 4n));
    expect(sender.retain(({ nonce }) => nonce !== 6n, 9).map(({ nonce }) => nonce)).toEqual([6n]);
    expect(state(sender)).toEqual({ nonces: [5, 7], runLength: 1, runCost: 1n });
    expect(sender.pop()?.nonce).toBe(7n);
    expect(sender.pop()?.nonce).toBe(5n);
    expect(state(sender)).toEqual({ nonces: [], runLength: 0, runCost: 0n });
    expect(sender.pop()).toBeUndefined();
  });
});
