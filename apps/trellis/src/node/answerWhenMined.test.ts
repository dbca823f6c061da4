import type { Scheduler } from "@trellis/base";
import type { Hash, PoolEvent, PooledTransaction, Submission } from "@trellis/protocol";
import { expect, it } from "vitest";
import { answerWhenMined } from "./answerWhenMined.ts";

const BASE_FEE = 100n;

interface Sent {
  readonly nonce?: bigint;
  readonly maxFeePerGas?: bigint;
}

function world(isOn = true) {
  const pooled = new Map<Hash, PooledTransaction>();
  const timers: (() => void)[] = [];
  let listen: ((event: PoolEvent) => void) | undefined;
  let next: Sent = {};
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
        const transaction = { hash, nonce: 0n, maxFeePerGas: BASE_FEE, ...next };
        pooled.set(hash, { sender: "0x00", transaction } as unknown as PooledTransaction);
        return hash;
      },
    },
    { nextBaseFee: () => BASE_FEE },
    {
      get: (hash) => pooled.get(hash),
      nextNonce: () => 1n,
      subscribe(listener) {
        listen = listener;
        return () => {};
      },
    },
    { scheduler, isOn: () => isOn },
  );
  const send = (id: number, fields: Sent = {}, submission: Partial<Submission> = {}): Promise<Hash> => {
    next = fields;
    return intake.submit(Uint8Array.of(id >> 8, id & 0xff), { isLocal: true, ...submission });
  };
  const sendOwn = (id: number, fields?: Sent): Promise<Hash> => send(id, fields, { sender: "0x00" });
  const leave = (reason: string): void => {
    for (const transaction of pooled.values()) listen!({ kind: "dropped", transaction, reason });
    pooled.clear();
  };
  return { send, sendOwn, settled: intake.settled, leave, timers };
}

async function isOpen(answer: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    answer.then(() => false),
    new Promise<true>((resolve) => setImmediate(resolve, true)),
  ]);
}

it("returns the hash at once if transactions cause no block", async () => {
  expect(await isOpen(world(false).send(1))).toBe(false);
});

it.each(["ACCEPTED", "EVICTED"])(
  "returns the hash once the transaction has left the pool: %s",
  async (reason) => {
    const { send, leave, timers } = world();
    const answers = [send(1), send(2)];
    for (const answer of answers) expect(await isOpen(answer)).toBe(true);
    leave(reason);
    for (const answer of answers) expect(await isOpen(answer)).toBe(false);
    expect(timers).toEqual([]);
  },
);

it("returns the hash of its own account's transaction at once, and calls wait until the last has left", async () => {
  const { sendOwn, settled, leave } = world();
  expect(settled()).toBeUndefined();
  const answers = [sendOwn(1), sendOwn(2)];
  for (const answer of answers) expect(await isOpen(answer)).toBe(false);
  const first = settled()!;
  expect(await isOpen(first)).toBe(true);
  leave("ACCEPTED");
  expect(await isOpen(first)).toBe(false);
  expect(settled()).toBeUndefined();
});

it("calls do not wait for a transaction that the next block cannot take", async () => {
  const { sendOwn, settled } = world();
  await sendOwn(1, { nonce: 1n });
  expect(settled()).toBeUndefined();
});

it("calls wait a bounded time", async () => {
  const { sendOwn, settled, timers } = world();
  await sendOwn(1);
  const waiting = settled()!;
  timers[0]!();
  expect(await isOpen(waiting)).toBe(false);
});

it("waits a bounded time", async () => {
  const { send, timers } = world();
  const answer = send(1);
  expect(await isOpen(answer)).toBe(true);
  timers[0]!();
  expect(await isOpen(answer)).toBe(false);
});

it("holds at most 1,000 responses", async () => {
  const { send } = world();
  for (let id = 1; id <= 1_000; id++) send(id);
  expect(await isOpen(send(1_001))).toBe(false);
});

it("answers at once for a transaction that the next block cannot take", async () => {
  const { send } = world();
  expect(await isOpen(send(1, { nonce: 1n }))).toBe(false);
  expect(await isOpen(send(2, { maxFeePerGas: BASE_FEE - 1n }))).toBe(false);
});
