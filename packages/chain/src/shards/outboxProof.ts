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
  type OutboxRange,
} from "@trellis/protocol";
import { mergeProofs, openProofs, type Trie } from "@trellis/storage";
import { decodeSlot } from "../state/BaseState.ts";
import { shardErrors } from "./errors.ts";

interface ProofOptions {
  /** Shard that receives the messages. */
  readonly destination: number;
  /** Index of the last message to prove; undefined proves only the counters. */
  readonly last: number | undefined;
  readonly queueMax: number;
}

interface HeadOptions extends Omit<ProofOptions, "last"> {
  /** Indexes of the messages whose heads are proven. */
  readonly heads: readonly number[];
}

/** Counters in the source's state, for the destination. */
export interface ProvenQueues {
  /** Messages from the source to the destination. */
  readonly sent: number;
  /** Messages from the destination that the source has consumed. */
  readonly acknowledged: number;
}

/** Proofs of ShardGateway in the source's state. */
type GatewayProof = Pick<AccountProof, "storageRoot" | "accountProof" | "proveSlot">;

/** [SHARD-8] */
export function proveOutbox(
  stateRoot: Hash,
  gateway: GatewayProof,
  { last, ...options }: ProofOptions,
): OutboxProof {
  return proveHeads(stateRoot, gateway, { ...options, heads: last === undefined ? [] : [last] });
}

/** [SHARD-20] */
export function proveHeads(stateRoot: Hash, gateway: GatewayProof, options: HeadOptions): OutboxProof {
  const account = { key: GATEWAY_KEY, proof: gateway.accountProof };
  const slots = slotsOf(options).map((slot) => ({
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
  { source, previousHead, messages, proof }: MessageBatch,
  { destination, queueMax }: Omit<ProofOptions, "last">,
): ProvenQueues {
  const last = messages.at(-1)?.index;
  const heads = last === undefined ? [] : [last];
  const { sent, acknowledged, ...opened } = openHeads(stateRoot, proof, { destination, heads, queueMax });
  const computed = headsAfter({ previousHead, messages }, { source, destination, sent });
  if (opened.heads[0] !== computed.at(-1)) throw invalid("another head", { source, destination, last });
  return { sent, acknowledged };
}

export interface OpenedRange extends ProvenQueues {
  /** After each message. */
  readonly heads: readonly Hash[];
  /** Proves the counters and these heads. */
  readonly gateway: GatewayProof;
}

/** [SHARD-20] @throws MESSAGE_PROOF_INVALID */
export function openOutboxRange(
  stateRoot: Hash,
  range: OutboxRange,
  { source, destination, queueMax }: Omit<ProofOptions, "last"> & { readonly source: number },
): OpenedRange {
  const indexes = range.messages.map(({ index }) => index);
  const opened = openHeads(stateRoot, range.proof, { destination, heads: indexes, queueMax });
  const computed = headsAfter(range, { source, destination, sent: opened.sent });
  const wrong = computed.findIndex((head, at) => head !== opened.heads[at]);
  if (wrong !== -1) throw invalid("another head", { source, destination, last: indexes[wrong]! });
  return opened;
}

/** @throws MESSAGE_PROOF_INVALID */
function headsAfter(
  { previousHead, messages }: Pick<OutboxRange, "previousHead" | "messages">,
  {
    source,
    destination,
    sent,
  }: { readonly source: number; readonly destination: number } & Pick<ProvenQueues, "sent">,
): Hash[] {
  const first = messages[0]?.index ?? 0;
  const last = first + messages.length - 1;
  if (last >= sent) throw invalid("message not sent yet", { last, sent });
  let head = previousHead;
  return messages.map((message, position) => {
    const isInPlace = message.index === first + position;
    if (message.source !== source || message.destination !== destination || !isInPlace)
      throw invalid("message of another queue or position", { source, destination, position });
    head = nextOutboxHead(head, messageId(message));
    return head;
  });
}

/** @throws MESSAGE_PROOF_INVALID */
function openHeads(stateRoot: Hash, proof: OutboxProof, options: HeadOptions): OpenedRange {
  const account = openTrie(stateRoot, [GATEWAY_KEY], proof.accountNodes);
  const encoded = account.get(GATEWAY_KEY);
  if (encoded === undefined) throw invalid("state without a gateway", { stateRoot });
  const { storageRoot } = decodeProven(stateRoot, encoded, decodeAccount);
  const slots = slotsOf(options);
  const storage = openTrie(storageRoot, slots.map(keyOfSlot), proof.storageNodes);
  const read = (key: Uint8Array): bigint => {
    const value = storage.get(key);
    return value === undefined ? 0n : decodeProven(storageRoot, value, decodeSlot);
  };
  const [outbox, inbox, ...heads] = slots.map((slot) => read(keyOfSlot(slot))) as [
    bigint,
    bigint,
    ...bigint[],
  ];
  return {
    sent: unpackOutbox(outbox).sent,
    acknowledged: unpackInbox(inbox).next,
    heads: heads.map(wordOf),
    gateway: {
      storageRoot,
      accountProof: proof.accountNodes,
      proveSlot(slot) {
        const key = keccak256(hexToBytes(slot));
        return { value: read(key), proof: storage.prove(key) };
      },
    },
  };
}

function openTrie(root: Hash, keys: readonly Uint8Array[], nodes: readonly Uint8Array[]): Trie {
  try {
    return openProofs(root, keys, nodes);
  } catch (cause) {
    throw invalid("invalid trie proof", { root }, cause);
  }
}

function decodeProven<T>(root: Hash, value: Uint8Array, decode: (value: Uint8Array) => T): T {
  try {
    return decode(value);
  } catch (cause) {
    throw invalid("invalid value", { root }, cause);
  }
}

function slotsOf({ destination, heads, queueMax }: HeadOptions): bigint[] {
  const counters = [outboxSlot(destination), inboxSlot(destination)];
  return [...counters, ...heads.map((index) => outboxHeadSlot(destination, index, queueMax))];
}

const GATEWAY_KEY = keccak256(hexToBytes(SHARD_GATEWAY_ADDRESS));

function keyOfSlot(slot: bigint): Uint8Array {
  return keccak256(bigintToBytes(slot, 32));
}

function wordOf(word: bigint): Hash {
  return bytesToHex(bigintToBytes(word, 32));
}

function invalid(reason: string, facts: Record<string, string | number | undefined>, cause?: unknown) {
  return shardErrors.MESSAGE_PROOF_INVALID({ reason, ...facts }, cause);
}
