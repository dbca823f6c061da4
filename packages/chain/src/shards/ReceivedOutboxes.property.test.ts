import { isTrellisError } from "@trellis/base";
import {
  decodeOutboxRange,
  encodeOutboxRange,
  type Hash,
  type Message,
  OUTBOX_RANGE_LIMITS,
  type OutboxRange,
  type OutboxRequest,
} from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { proveHeads, verifyMessageBatch } from "./outboxProof.ts";
import { ReceivedOutboxes } from "./ReceivedOutboxes.ts";
import { createSourceState } from "./testing/createSourceState.ts";

const SOURCE = 3;
const DESTINATION = 1;
const QUEUE_MAX = 8;
const BLOCK: Hash = `0x${"b1".repeat(32)}`;

function messageOf(index: number): Message {
  const address = `0x${"5e".repeat(20)}` as const;
  const fields = { kind: "call", value: 7n, gasLimit: 9n, expiry: 1_000 } as const;
  return {
    ...fields,
    source: SOURCE,
    destination: DESTINATION,
    index,
    sender: address,
    to: address,
    data: Uint8Array.of(index),
  };
}

function open(sent: number, accounts = 20) {
  const messages = Array.from({ length: sent }, (_, index) => messageOf(index));
  const queues = [{ destination: DESTINATION, messages, acknowledged: 0, next: 2, known: 4 }];
  const state = createSourceState(queues, QUEUE_MAX, accounts);
  const rangeOf = (first: number, count: number): OutboxRange => {
    const carried = messages.slice(first, first + count);
    const heads = carried.map(({ index }) => index);
    return {
      previousHead: state.headAfter(first - 1),
      messages: carried,
      proof: proveHeads(state.stateRoot, state.gateway, {
        destination: DESTINATION,
        heads,
        queueMax: QUEUE_MAX,
      }),
    };
  };
  const wanted: OutboxRequest[] = [];
  const outboxes = new ReceivedOutboxes({
    destination: DESTINATION,
    queueMax: QUEUE_MAX,
    want: (request) => wanted.push(request),
  });
  const record = { hash: BLOCK, stateRoot: state.stateRoot };
  const openAt = (next: number) => outboxes.open(SOURCE, record, { next });
  const take = (range: OutboxRange) => outboxes.take(wanted.at(-1)!, range);
  return { messages, state, rangeOf, wanted, outboxes, record, openAt, take };
}

/** Within the ring. */
const anyRun = fc
  .record({ sent: fc.nat(40), back: fc.nat(3 * QUEUE_MAX), count: fc.nat(30) })
  .map(({ sent, back, count }) => ({ sent, first: Math.max(0, sent - back), count }));

describe("SHARD-20: received ranges", () => {
  it("prove any part of their messages, as blocks carry them", () => {
    fc.assert(
      fc.property(anyRun, fc.nat(30), fc.nat(30), ({ sent, first, count }, skip, part) => {
        const { openAt, take, rangeOf, state, messages, wanted } = open(sent);
        expect(openAt(first)).toBeUndefined();
        const { messagesMax: countMax } = OUTBOX_RANGE_LIMITS;
        const request = { source: SOURCE, destination: DESTINATION, block: BLOCK, first, countMax };
        expect(wanted).toEqual([request]);
        const range = decodeOutboxRange(encodeOutboxRange(rangeOf(first, count)));
        expect(range).toEqual(rangeOf(first, count));
        expect(take(range)).toBe(range.messages.length > 0 || first >= sent);
        const next = first + (skip % (range.messages.length + 1));
        const outbox = openAt(next)!;
        expect(outbox.messages).toEqual(messages.slice(next, first + range.messages.length));
        const batch = outbox.prove(part % (outbox.messages.length + 1));
        const options = { destination: DESTINATION, queueMax: QUEUE_MAX };
        expect(verifyMessageBatch(state.stateRoot, batch, options)).toEqual({ sent, acknowledged: 2 });
        expect(outbox).toMatchObject({ sent, acknowledged: 2 });
      }),
      { numRuns: 200 },
    );
  });

  it("of one record are joined, in any order and with gaps", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(19), fc.integer({ min: 1, max: 8 })), { minLength: 1, maxLength: 6 }),
        fc.nat(19),
        (runs, next) => {
          const { openAt, take, rangeOf, state, messages } = open(20);
          openAt(0);
          const held = new Set<number>();
          for (const [first, count] of runs) {
            take(rangeOf(first, count));
            for (let index = first; index < Math.min(20, first + count); index++) held.add(index);
          }
          let end = next;
          while (held.has(end)) end++;
          const outbox = openAt(next)!;
          expect(outbox.messages).toEqual(messages.slice(next, end));
          for (let count = 0; count <= end - next; count++) {
            const options = { destination: DESTINATION, queueMax: QUEUE_MAX };
            const proven = verifyMessageBatch(state.stateRoot, outbox.prove(count), options);
            expect(proven).toEqual({ sent: 20, acknowledged: 2 });
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("MESSAGE_PROOF_INVALID: changed in any place, and nothing of them is kept", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const { openAt, take, rangeOf } = open(12);
        openAt(0);
        const range = rangeOf(4, 6);
        const encoded = encodeOutboxRange(range);
        const place = at % encoded.length;
        let changed: OutboxRange;
        try {
          changed = decodeOutboxRange(encoded.with(place, encoded[place]! ^ flip));
        } catch (error) {
          if (isTrellisError(error)) return;
          throw error;
        }
        expect(() => take(changed)).toThrow(expect.objectContaining({ code: "MESSAGE_PROOF_INVALID" }));
        expect(openAt(4)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("of another shard, or that leave out a message, are refused", () => {
    const { openAt, outboxes, rangeOf, wanted, take } = open(12);
    openAt(0);
    const range = rangeOf(2, 6);
    const refused = expect.objectContaining({ code: "MESSAGE_PROOF_INVALID" });
    expect(() => outboxes.take({ ...wanted[0]!, source: 2 }, range)).toThrow(refused);
    for (const messages of [
      range.messages.toSpliced(2, 1),
      range.messages.slice(1),
      range.messages.slice(0, 3),
    ])
      expect(() => take({ ...range, messages })).toThrow(refused);
  });

  it("that nobody wanted are not kept", () => {
    const { outboxes, rangeOf, openAt } = open(3);
    const request = { source: SOURCE, destination: DESTINATION, block: BLOCK, first: 0, countMax: 3 };
    expect(outboxes.take(request, rangeOf(0, 3))).toBe(true);
    expect(openAt(0)).toBeUndefined();
  });

  it("are wanted ahead of the anchor, from where the newest template ended", () => {
    const { openAt, outboxes, take, rangeOf, wanted, record } = open(9);
    const later = { hash: `0x${"b2".repeat(32)}` as const, stateRoot: record.stateRoot };
    outboxes.expect(SOURCE, later);
    expect(wanted).toEqual([]);
    openAt(2);
    take(rangeOf(2, 5));
    openAt(2)!.prove(5);
    expect(wanted.at(-1)).toMatchObject({ block: BLOCK, first: 7 });
    outboxes.expect(SOURCE, later);
    expect(wanted.at(-1)).toMatchObject({ block: later.hash, first: 7 });
    const { length } = wanted;
    outboxes.expect(SOURCE, record);
    expect(wanted).toHaveLength(length);
  });
});
