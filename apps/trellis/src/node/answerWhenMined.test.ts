import type { Scheduler } from "@trellis/base";
import type { ChainEvent, ChainView, Hash, PooledTransaction } from "@trellis/protocol";
import { expect, it } from "vitest";
import { answerWhenMined } from "./answerWhenMined.ts";

const FIRST: Hash = `0x${"01".repeat(32)}`;

function world(isOn = true) {
  const mined = new Set<Hash>();
  const nonces = new Map<Hash, bigint>();
  const listeners = new Set<(event: ChainEvent) => void>();
  const timers: (() => void)[] = [];
  const scheduler: Scheduler = {
    after(_delayMs, task) {
      timers.push(task);
      return { cancel: () => timers.splice(timers.indexOf(task), 1) };
    },
  };
  const intake = answerWhenMined(
    {
      async submit(encoded) {
        const hash: Hash = `0x${Buffer.from(encoded).toString("hex").padStart(64, "0")}`;
        nonces.set(hash, BigInt(encoded[1] ?? 0));
        return hash;
      },
    },
    {
      locate: ((hash) => (mined.has(hash) ? {} : undefined)) as ChainView["locate"],
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    {
      get: (hash) =>
        ({ sender: "0x00", transaction: { hash, nonce: nonces.get(hash) } }) as unknown as PooledTransaction,
      nextNonce: () => 1n,
    },
    { scheduler, isOn: () => isOn },
  );
  const mine = (): void => {
    for (const hash of nonces.keys()) mined.add(hash);
    for (const listener of listeners) listener({ kind: "block", hash: FIRST } as ChainEvent);
  };
  return { intake, mine, timers, listeners };
}

async function isOpen(answer: Promise<Hash>): Promise<boolean> {
  return Promise.race([
    answer.then(() => false),
    new Promise<true>((resolve) => setImmediate(resolve, true)),
  ]);
}

it("returns the hash at once if transactions cause no block", async () => {
  expect(await isOpen(world(false).intake.submit(Uint8Array.of(1, 0), { isLocal: true }))).toBe(false);
});

it("returns the hash once the block is mined", async () => {
  const { intake, mine, timers, listeners } = world();
  const answer = intake.submit(Uint8Array.of(1, 0), { isLocal: true });
  expect(await isOpen(answer)).toBe(true);
  mine();
  expect(await isOpen(answer)).toBe(false);
  expect([timers.length, listeners.size]).toEqual([0, 0]);
});

it("waits a bounded time", async () => {
  const { intake, timers } = world();
  const answer = intake.submit(Uint8Array.of(1, 0), { isLocal: true });
  expect(await isOpen(answer)).toBe(true);
  timers[0]!();
  expect(await isOpen(answer)).toBe(false);
});

it("waits for one transaction at a time and answers the others at once", async () => {
  const { intake, mine } = world();
  const held = intake.submit(Uint8Array.of(1, 0), { isLocal: true });
  expect(await isOpen(held)).toBe(true);
  expect(await isOpen(intake.submit(Uint8Array.of(2, 0), { isLocal: true }))).toBe(false);
  mine();
  await held;
  expect(await isOpen(intake.submit(Uint8Array.of(3, 0), { isLocal: true }))).toBe(true);
});

it("answers at once for a transaction behind a nonce gap", async () => {
  const { intake } = world();
  expect(await isOpen(intake.submit(Uint8Array.of(1, 1), { isLocal: true }))).toBe(false);
});
