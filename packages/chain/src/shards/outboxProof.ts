import { bigintToBytes, bytesToHex, hexToBytes } from "@trellis/base";
import {
  inboxSlot,
  outboxHeadSlot,
  outboxSlot,
  SHARD_GATEWAY_ADDRESS,
  unpackInbox,
  unpackOutbox,
} from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import {
  type AccountProof,
  decodeAccount,
  type Hash,
  type MessageBatch,
  messageId,
  nextOutboxHead,
  type OutboxProof,
} from "@trellis/protocol";
import { mergeProofs, verifyProofs } from "@trellis/storage";
import { decodeSlot } from "../state/BaseState.ts";
import { shardErrors } from "./errors.ts";

interface OutboxRequest {
  /** Shard that receives the messages. */
  readonly destination: number;
  /** Index of the last message to prove; undefined proves only the counters. */
  readonly last: number | undefined;
  readonly queueMax: number;
}

/** Counters in the source's state, for the destination. */
export interface ProvenQueues {
  /** Messages from the source to the destination. */
  readonly sent: number;
  /** Messages from the destination that the source has consumed. */
  readonly acknowledged: number;
}

/** @param gateway proofs of ShardGateway in the source's state [SHARD-8] */
export function proveOutbox(stateRoot: Hash, gateway: AccountProof, request: OutboxRequest): OutboxProof {
  const account = { key: GATEWAY_KEY, proof: gateway.accountProof };
  const slots = slotsOf(request).map((slot) => ({
    key: keyOfSlot(slot),
    proof: gateway.proveSlot(wordOf(slot)).proof,
  }));
  return {
    accountNodes: mergeProofs(stateRoot, [account]),
    storageNodes: mergeProofs(gateway.storageRoot, slots),
  };
}

/**
 * Stateless: needs only the source's state root, of a cross-link. The head after the last message proves all of
 * them, because it hashes the ids in order. [SHARD-8]
 * @throws MESSAGE_PROOF_INVALID
 */
export function verifyMessageBatch(
  stateRoot: Hash,
  batch: MessageBatch,
  { destination, queueMax }: Omit<OutboxRequest, "last">,
): ProvenQueues {
  const { source, messages, proof } = batch;
  const last = messages.at(-1)?.index;
  const words = readSlots(stateRoot, proof, { destination, last, queueMax });
  const { sent } = unpackOutbox(words[0]!);
  const { next } = unpackInbox(words[1]!);
  if (last === undefined) return { sent, acknowledged: next };
  const first = messages[0]!.index;
  if (last >= sent) throw invalid("message not sent yet", { last, sent });
  messages.forEach((message, position) => {
    const isInPlace = message.index === first + position;
    if (message.source !== source || message.destination !== destination || !isInPlace)
      throw invalid("message of another queue or position", { source, destination, position });
  });
  const head = messages.map(messageId).reduce(nextOutboxHead, batch.previousHead);
  if (wordOf(words[2]!) !== head) throw invalid("another head", { source, destination, last });
  return { sent, acknowledged: next };
}

function readSlots(stateRoot: Hash, proof: OutboxProof, request: OutboxRequest): bigint[] {
  const [gateway] = readProof(stateRoot, [GATEWAY_KEY], proof.accountNodes, decodeAccount);
  if (gateway === undefined) throw invalid("state without a gateway", { stateRoot });
  const keys = slotsOf(request).map(keyOfSlot);
  const words = readProof(gateway.storageRoot, keys, proof.storageNodes, decodeSlot);
  return words.map((word) => word ?? 0n);
}

function readProof<T>(
  root: Hash,
  keys: readonly Uint8Array[],
  nodes: readonly Uint8Array[],
  decode: (value: Uint8Array) => T,
): (T | undefined)[] {
  try {
    return verifyProofs(root, keys, nodes).map((value) => (value === undefined ? undefined : decode(value)));
  } catch (cause) {
    throw invalid("invalid trie proof", { root }, cause);
  }
}

function slotsOf({ destination, last, queueMax }: OutboxRequest): bigint[] {
  const counters = [outboxSlot(destination), inboxSlot(destination)];
  return last === undefined ? counters : [...counters, outboxHeadSlot(destination, last, queueMax)];
}

const GATEWAY_KEY = keccak256(hexToBytes(SHARD_GATEWAY_ADDRESS));

function keyOfSlot(slot: bigint): Uint8Array {
  return keccak256(bigintToBytes(slot, 32));
}

function wordOf(word: bigint): Hash {
  return bytesToHex(bigintToBytes(word, 32));
}

function invalid(reason: string, facts: Record<string, string | number>, cause?: unknown) {
  return shardErrors.MESSAGE_PROOF_INVALID({ reason, ...facts }, cause);
}
