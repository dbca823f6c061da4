import { isTrellisError } from "@trellis/base";
import {
  decodeMessageBatch,
  EMPTY_OUTBOX_HEAD,
  encodeMessageBatch,
  MESSAGE_BATCH_LIMITS,
  type Message,
  type MessageBatch,
  ZERO_HASH,
} from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { proveOutbox, verifyMessageBatch } from "./outboxProof.ts";
import { createSourceState, createStateWithoutGateway } from "./testing/createSourceState.ts";

const SOURCE = 3;
const DESTINATION = 1;
const OTHER = 2;
const QUEUE_MAX = 2;
const RING = 4 * QUEUE_MAX;

function messageOf(destination: number, index: number): Message {
  return {
    kind: "call",
    source: SOURCE,
    destination,
    index,
    sender: `0x${"5e".repeat(20)}`,
    to: `0x${"70".repeat(20)}`,
    value: BigInt(index) + 7n,
    gasLimit: 9n,
    expiry: 1_000,
    data: Uint8Array.of(index),
  };
}

const messagesTo = (destination: number, count: number) =>
  Array.from({ length: count }, (_, index) => messageOf(destination, index));

interface Case {
  readonly sent: number;
  readonly first: number;
  readonly count: number;
  readonly next: number;
  readonly accounts: number;
}

/** A run of messages whose last head is still in the ring. */
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    sent: fc.nat(30),
    back: fc.nat(RING - 1),
    count: fc.nat(6),
    next: fc.nat(5),
    accounts: fc.nat(60),
  })
  .map(({ sent, back, count, next, accounts }) => {
    const last = Math.max(0, sent - 1 - back);
    const taken = sent === 0 ? 0 : Math.min(count, last + 1);
    return { sent, first: last + 1 - taken, count: taken, next, accounts };
  });

function open({ sent, first, count, next, accounts }: Case) {
  const messages = messagesTo(DESTINATION, sent);
  const queues = [
    { destination: DESTINATION, messages, acknowledged: 0, next, known: next + 2 },
    { destination: OTHER, messages: messagesTo(OTHER, 5), acknowledged: 1, next: 3, known: 4 },
  ];
  const state = createSourceState(queues, QUEUE_MAX, accounts);
  const batch: MessageBatch = {
    source: SOURCE,
    previousHead: state.headAfter(first - 1),
    messages: messages.slice(first, first + count),
    proof: proveOutbox(state.stateRoot, state.gateway, {
      destination: DESTINATION,
      last: count === 0 ? undefined : first + count - 1,
      queueMax: QUEUE_MAX,
    }),
  };
  return { state, batch };
}

const verify = (root: `0x${string}`, batch: MessageBatch, destination = DESTINATION) =>
  verifyMessageBatch(root, batch, { destination, queueMax: QUEUE_MAX });

const isRefused = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    return isTrellisError(error, "MESSAGE_PROOF_INVALID");
  }
};

describe("SHARD-8: MESSAGE_PROOF_INVALID", () => {
  it("any run of messages is proven, with both counters, after encoding", () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const { state, batch } = open(given);
        const decoded = decodeMessageBatch(encodeMessageBatch(batch));
        expect(decoded).toEqual(batch);
        expect(verify(state.stateRoot, decoded)).toEqual({ sent: given.sent, acknowledged: given.next });
      }),
      { numRuns: 300 },
    );
  });

  it("changed, missing, repeated or exchanged messages, another head or shard are refused", () => {
    fc.assert(
      fc.property(
        anyCase.filter(({ count }) => count > 0),
        fc.nat(),
        (given, pick) => {
          const { state, batch } = open(given);
          const { messages } = batch;
          const at = pick % messages.length;
          const message = messages[at]!;
          const changed: Partial<MessageBatch>[] = [
            { previousHead: `0x${"11".repeat(32)}` },
            { source: OTHER },
            { messages: messages.with(at, { ...message, value: message.value + 1n }) },
            { messages: messages.with(at, { ...message, data: new Uint8Array(0) }) },
            { messages: messages.with(at, { ...message, index: message.index + 1 }) },
            { messages: messages.with(at, messageOf(OTHER, message.index)) },
            { messages: messages.toSpliced(at, 0, message) },
            ...(messages.length > 1
              ? [{ messages: messages.toSpliced(at, 1) }, { messages: messages.toReversed() }]
              : []),
          ];
          for (const change of changed)
            expect(isRefused(() => verify(state.stateRoot, { ...batch, ...change }))).toBe(true);
          expect(isRefused(() => verify(state.stateRoot, batch, OTHER))).toBe(true);
          expect(isRefused(() => verify(ZERO_HASH, batch))).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("proofs with changed, missing, further or exchanged nodes are refused", () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, flip) => {
        const { state, batch } = open(given);
        for (const field of ["accountNodes", "storageNodes"] as const) {
          const nodes = batch.proof[field];
          const place = at % nodes.length;
          const node = nodes[place]!.slice();
          node[at % node.length]! ^= flip;
          const variants = [
            nodes.with(place, node),
            nodes.toSpliced(place, 1),
            nodes.toSpliced(place, 0, nodes[place]!),
            [...nodes, Uint8Array.of(0xc0)],
            ...(nodes.length > 1 ? [nodes.toReversed()] : []),
          ];
          for (const variant of variants) {
            const proof = { ...batch.proof, [field]: variant };
            expect(isRefused(() => verify(state.stateRoot, { ...batch, proof }))).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("a proof of the counters proves no message, and a message beyond them is refused", () => {
    const { state, batch } = open({ sent: 4, first: 0, count: 4, next: 0, accounts: 20 });
    const { proof } = open({ sent: 4, first: 0, count: 0, next: 0, accounts: 20 }).batch;
    expect(isRefused(() => verify(state.stateRoot, { ...batch, proof }))).toBe(true);
    const more = [...batch.messages, messageOf(DESTINATION, 4)];
    expect(isRefused(() => verify(state.stateRoot, { ...batch, messages: more }))).toBe(true);
  });

  it("a head that the ring has overwritten proves nothing", () => {
    const messages = messagesTo(DESTINATION, RING + 1);
    const queues = [{ destination: DESTINATION, messages, acknowledged: 1, next: 0, known: 0 }];
    const { stateRoot, gateway } = createSourceState(queues, QUEUE_MAX, 5);
    const attempt = (last: number) => {
      const proof = proveOutbox(stateRoot, gateway, { destination: DESTINATION, last, queueMax: QUEUE_MAX });
      const run = {
        source: SOURCE,
        previousHead: EMPTY_OUTBOX_HEAD,
        messages: messages.slice(0, last + 1),
        proof,
      };
      return isRefused(() => verify(stateRoot, run));
    };
    expect([0, 1, RING].map(attempt)).toEqual([true, false, false]);
  });

  it("a state without a gateway is refused", () => {
    const { batch } = open({ sent: 0, first: 0, count: 0, next: 0, accounts: 0 });
    const { stateRoot, accountNodes } = createStateWithoutGateway(40);
    const proof = { accountNodes, storageNodes: batch.proof.storageNodes };
    expect(() => verify(stateRoot, { ...batch, proof })).toThrow(
      expect.objectContaining({
        code: "MESSAGE_PROOF_INVALID",
        facts: expect.objectContaining({ reason: "state without a gateway" }),
      }),
    );
  });

  it("proofs of large states stay within the limits of a batch", () => {
    const { batch } = open({ sent: 30, first: 29, count: 1, next: 1, accounts: 5_000 });
    const nodes = [...batch.proof.accountNodes, ...batch.proof.storageNodes];
    expect(Math.max(...nodes.map(({ length }) => length))).toBeLessThanOrEqual(532);
    expect(nodes.length).toBeLessThan(MESSAGE_BATCH_LIMITS.nodesMax / 4);
  });
});
