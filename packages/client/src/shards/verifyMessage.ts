import { type Hex, quantityToHex } from "@trellis/base";
import { AnswerReader } from "../evm/AnswerReader.ts";
import { lightErrors } from "../light/errors.ts";
import type { TrustedFinality } from "../light/FinalityProof.ts";
import { ProvenState, wordOf } from "../light/ProvenState.ts";
import {
  CROSS_LINKS,
  capacityOf,
  firstCounter,
  headSlot,
  inboxSlot,
  NETWORK_SLOT,
  nextHead,
  outboxSlot,
  recordSlot,
  SHARD_GATEWAY,
} from "./gateway.ts";
import { type Message, messageId } from "./Message.ts";
import type { ShardNode } from "./waitForMessage.ts";

export interface ShardNodes {
  readonly coordinator: ShardNode;
  /** Nodes of the message's shards; shard 0's can be the coordinator. */
  readonly source: ShardNode;
  readonly destination: ShardNode;
}

export interface VerifiedMessage {
  /** The source's final state has the message at its index. */
  readonly isSent: boolean;
  /** The destination's final state has consumed it: it was executed, or its value returns. */
  readonly isConsumed: boolean;
}

interface FinalState {
  readonly blockHash: Hex;
  readonly stateRoot: Hex;
}

/**
 * Trusts no node: shard 0's certificates prove its state, which proves the states of the other shards. [SHARD-15]
 * For a failed message, verify its refund: the destination's outbox has it if and only if the message failed.
 * @param trusted proven by `followFinality`
 * @throws LIGHT_PROOF_INVALID, LIGHT_STALE if a checkpoint is missing, NODE_UNREACHABLE, NODE_REFUSED
 */
export async function verifyMessage(
  message: Message,
  { checkpoint }: TrustedFinality,
  { coordinator, source, destination }: ShardNodes,
): Promise<VerifiedMessage> {
  if (messageId(message) !== message.id) throw invalid("the id is not that of the fields", message);
  const { stateRoot, height } = checkpoint;
  if (stateRoot === undefined)
    throw lightErrors.LIGHT_STALE({ reason: "no checkpoint proven yet", trustedHeight: height });
  const zero = { blockHash: checkpoint.hash, stateRoot };
  const finalState = async (shard: number): Promise<FinalState | undefined> =>
    shard === 0 ? zero : recordOf(coordinator, zero, shard);
  const [from, to] = [await finalState(message.source), await finalState(message.destination)];
  return {
    isSent: from !== undefined && (await isInOutbox(source, from, message)),
    isConsumed: to !== undefined && (await isConsumedIn(destination, to, message)),
  };
}

/** Undefined while shard 0 has only the shard's genesis. */
async function recordOf(node: ShardNode, at: FinalState, shard: number): Promise<FinalState | undefined> {
  const first = recordSlot(shard);
  const read = await provenSlots(node, at, CROSS_LINKS, [first + 1n, first + 2n]);
  const [blockHash, stateRoot] = [wordOf(read(first + 1n)), wordOf(read(first + 2n))];
  return stateRoot === wordOf(0n) ? undefined : { blockHash, stateRoot };
}

async function isInOutbox(node: ShardNode, at: FinalState, message: Message): Promise<boolean> {
  const { destination, index, id } = message;
  const network = await provenSlots(node, at, SHARD_GATEWAY, [NETWORK_SLOT, outboxSlot(destination)]);
  const capacity = capacityOf(network(NETWORK_SLOT));
  const sent = firstCounter(network(outboxSlot(destination)));
  if (sent <= index) return false;
  // The ring has overwritten the head before the message.
  if (sent >= index + capacity) throw invalid("the message is too old to be proven", message);
  const [before, after] = [index - 1, index].map((each) => headSlot(destination, each, capacity));
  const slots = index === 0 ? [after!] : [before!, after!];
  const heads = await provenSlots(node, at, SHARD_GATEWAY, slots);
  const previous = index === 0 ? wordOf(0n) : wordOf(heads(before!));
  if (wordOf(heads(after!)) !== nextHead(previous, id))
    throw invalid("the outbox has another message", message);
  return true;
}

async function isConsumedIn(node: ShardNode, at: FinalState, { source, index }: Message): Promise<boolean> {
  const slot = inboxSlot(source);
  return firstCounter((await provenSlots(node, at, SHARD_GATEWAY, [slot]))(slot)) > index;
}

/** EIP-1186 against a known state root. */
async function provenSlots(
  { name, request }: ShardNode,
  { blockHash, stateRoot }: FinalState,
  address: Hex,
  slots: readonly bigint[],
): Promise<(slot: bigint) => bigint> {
  const read = new AnswerReader(name);
  const answer = read.object(
    await request("eth_getProof", [address, slots.map(quantityToHex), { blockHash }]),
    "proof of an account",
  );
  const nodesOf = (value: unknown): Hex[] =>
    read.list(value, "trie nodes").map((node) => read.hex(node, "trie node"));
  const storage = read
    .list(answer.storageProof, "proofs of slots")
    .flatMap((each) => nodesOf(read.object(each, "proof of a slot").proof));
  const state = new ProvenState([...nodesOf(answer.accountProof), ...storage]);
  const root = state.storageRoot(stateRoot, address);
  return (slot) => state.word(root, wordOf(slot));
}

function invalid(reason: string, { id, source, destination, index }: Message) {
  return lightErrors.LIGHT_PROOF_INVALID({
    what: "message",
    reason,
    message: id,
    source,
    destination,
    index,
  });
}
