import { bigintToBytes, bytesToHex } from "@trellis/base";
import type { Hash, StateReader } from "@trellis/protocol";
import { SHARD_GATEWAY_ADDRESS } from "../addresses.ts";
import { mappingSlot, type Place, slotReader, unpack } from "../storage/slots.ts";
import { GATEWAY_LAYOUT, INBOX_LAYOUT, OUTBOX_LAYOUT } from "./layout.ts";

/** Messages from this shard to another. */
export interface Outbox {
  readonly sent: number;
  readonly acknowledged: number;
  /** wei, in escrow since genesis. */
  readonly value: bigint;
}

/** Messages from another shard to this one. */
export interface Inbox {
  /** Index of the next message. */
  readonly next: number;
  /** Messages that the source is known to have sent. */
  readonly known: number;
  /** Of the source's newest cross-link whose counters are recorded; 0 for genesis. */
  readonly height: number;
  /** Unix seconds of the last progress. [SHARD-12.4] */
  readonly since: number;
  /** wei, issued since genesis. */
  readonly value: bigint;
}

/** Equal to RING_FACTOR in ShardGateway.sol. [SHARD-5] */
const RING_FACTOR = 4;
/**
 * Equal to ShardGateway.sol. Above 20 target intervals, and above the time by which a timestamp can be ahead.
 * [SHARD-12.4]
 */
export const STALL_SECONDS = 60;

/** Set at genesis. [SHARD-3] */
export function readGateway(state: StateReader): { readonly lifetimeSeconds: number } {
  const word = slotReader(state, SHARD_GATEWAY_ADDRESS)(GATEWAY_LAYOUT.lifetimeSeconds.slot);
  return { lifetimeSeconds: Number(unpack(word, GATEWAY_LAYOUT.lifetimeSeconds, 4)) };
}

/** [SHARD-5] */
export function readOutbox(state: StateReader, destination: number): Outbox {
  const read = slotReader(state, SHARD_GATEWAY_ADDRESS);
  const base = outboxSlot(destination);
  return { ...unpackOutbox(read(base)), value: read(base + OUTBOX_LAYOUT.value.slot) };
}

/** [SHARD-5] */
export function readInbox(state: StateReader, source: number): Inbox {
  const read = slotReader(state, SHARD_GATEWAY_ADDRESS);
  const base = inboxSlot(source);
  return { ...unpackInbox(read(base)), value: read(base + INBOX_LAYOUT.value.slot) };
}

/** Head after message `index`, which is not overwritten yet. [SHARD-5] */
export function readOutboxHead(
  state: StateReader,
  destination: number,
  index: number,
  queueMax: number,
): Hash {
  const head = slotReader(state, SHARD_GATEWAY_ADDRESS)(outboxHeadSlot(destination, index, queueMax));
  return bytesToHex(bigintToBytes(head, 32));
}

export function outboxSlot(destination: number): bigint {
  return mappingSlot(BigInt(destination), GATEWAY_LAYOUT.outboxes.slot);
}

export function inboxSlot(source: number): bigint {
  return mappingSlot(BigInt(source), GATEWAY_LAYOUT.inboxes.slot);
}

export function outboxHeadSlot(destination: number, index: number, queueMax: number): bigint {
  const position = BigInt(index % (RING_FACTOR * queueMax));
  return mappingSlot(position, outboxSlot(destination) + OUTBOX_LAYOUT.heads.slot);
}

export function unpackOutbox(word: bigint): Pick<Outbox, "sent" | "acknowledged"> {
  return { sent: counter(word, OUTBOX_LAYOUT.sent), acknowledged: counter(word, OUTBOX_LAYOUT.acknowledged) };
}

export function unpackInbox(word: bigint): Omit<Inbox, "value"> {
  const { next, known, height, since } = INBOX_LAYOUT;
  return {
    next: counter(word, next),
    known: counter(word, known),
    height: counter(word, height),
    since: counter(word, since),
  };
}

/** Whether blocks with this TIMESTAMP may leave out the source's messages. [SHARD-12.4] */
export function isStalled({ next, known, since }: Omit<Inbox, "value">, timestamp: number): boolean {
  return next < known && timestamp - since > STALL_SECONDS;
}

function counter(word: bigint, place: Place): number {
  return Number(unpack(word, place, 8));
}
