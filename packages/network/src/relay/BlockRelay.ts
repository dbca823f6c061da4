import { type Counter, isTrellisError, LruMap, type TrellisError } from "@trellis/base";
import {
  type Block,
  type BlockExchange,
  type ChainView,
  decodeTransaction,
  type Hash,
  type Transaction,
} from "@trellis/protocol";
import { networkErrors } from "../errors.ts";
import type { PeerGuard } from "../peers/PeerGuard.ts";
import type { AnswerQueue } from "../requests/AnswerQueue.ts";
import type { PeerRequests } from "../requests/PeerRequests.ts";
import { type Server, serve } from "../requests/serve.ts";
import type { BlockIntake } from "../sync/BlockIntake.ts";
import type { GossipVerdict, PeerId, Transport } from "../transport/Transport.ts";
import { type CompactBlock, SHORT_ID_BYTES, type Wire } from "../wire/index.ts";
import { assembleBlock, type BlockForm, compactBlock, findTransactions } from "./compactBlock.ts";
import type { KnownTransactions } from "./KnownTransactions.ts";
import { BLOCK_RELAY_LIMITS } from "./limits.ts";
import type { BlockAnnouncer, Relay } from "./Relay.ts";
import type { TraceRelay } from "./TraceRelay.ts";

interface BlockRelayOptions {
  readonly received: Counter<"source">;
  readonly form: BlockForm;
  readonly wire: Wire;
  readonly transport: Pick<Transport, "publish">;
  readonly requests: Pick<PeerRequests, "blockTransactions">;
  readonly guard: PeerGuard;
  readonly queue: BlockIntake;
  readonly chain: Pick<BlockExchange, "checkHeader">;
  readonly view: Pick<ChainView, "block">;
  readonly known: KnownTransactions;
  readonly answerQueue: AnswerQueue;
  readonly traces: TraceRelay | undefined;
}

interface Announcement {
  readonly hash: Hash;
  readonly from: PeerId;
}

/** [NET-18] */
export class BlockRelay implements Relay, BlockAnnouncer {
  readonly servers: readonly Server[];
  readonly topics: Relay["topics"];
  readonly #options: BlockRelayOptions;
  readonly #underway = new Set<Announcement>();
  readonly #heard = new LruMap<Hash, true>(BLOCK_RELAY_LIMITS.heardMax);
  #isStopped = false;

  constructor(options: BlockRelayOptions) {
    this.#options = options;
    const { wire, guard, view, answerQueue } = options;
    this.topics = [wire.topics.blocks];
    this.servers = [
      serve(
        guard,
        wire.protocols.blockTransactions,
        (_peer, { block, indexes }) => ({ transactions: transactionsAt(view.block(block), block, indexes) }),
        answerQueue,
      ),
    ];
  }

  stop(): void {
    this.#isStopped = true;
  }

  announce(hash: Hash): void {
    const { view, known, form, wire, transport, traces } = this.#options;
    const block = view.block(hash);
    if (this.#isStopped || block === undefined || this.#heard.has(hash)) return;
    const { id, codec } = wire.topics.blocks;
    traces?.announce([hash]);
    transport.publish(id, codec.encode(compactBlock(block, known, form)));
  }

  async judge(_topic: string, message: Uint8Array, from: PeerId): Promise<GossipVerdict> {
    const { guard, wire, queue } = this.#options;
    const { codec, name, cost } = wire.topics.blocks;
    if (this.#isStopped || !guard.spend(from, name, cost(message))) return "ignore";
    try {
      const { hash, read } = codec.open(message);
      if (!queue.isWanted(hash) || !this.#hasRoom(hash, from)) return "ignore";
      const announcement = { hash, from };
      this.#underway.add(announcement);
      try {
        return await this.#receive(announcement, read());
      } finally {
        this.#underway.delete(announcement);
      }
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      return this.#refuse(from, error);
    }
  }

  async #receive(announcement: Announcement, compact: CompactBlock): Promise<GossipVerdict> {
    const { hash, from } = announcement;
    const { chain, queue, guard, known, received } = this.#options;
    await chain.checkHeader(compact.header);
    const block = await this.#rebuild(hash, compact, from);
    if (block === undefined) return "ignore";
    if (block === "wrong") {
      guard.report(from, "invalidBlock", { block: hash, code: "BODY_ROOT_WRONG" });
      return "reject";
    }
    received.add(1, { source: "gossip" });
    // Set before the import, whose event would announce the block.
    this.#heard.set(hash, true);
    const outcome = await queue.offer(block, from, () => this.#underway.delete(announcement));
    if (outcome.kind === "imported") {
      known.remember(block.body.transactions);
      return "accept";
    }
    if (outcome.kind === "refused" && outcome.error.consequence === "penalise") return "reject";
    return "ignore";
  }

  async #rebuild(hash: Hash, compact: CompactBlock, from: PeerId): Promise<Block | "wrong" | undefined> {
    const found = findTransactions(hash, compact, this.#options.known);
    const filled = await this.#fill(hash, found, from);
    if (filled === undefined) return undefined;
    const block = assembleBlock(compact, filled);
    const isAllGiven = found.every(
      (transaction, index) => transaction !== filled[index] || isWrittenOut(compact, index),
    );
    if (block !== undefined || isAllGiven) return block ?? "wrong";
    // A short id may have matched the wrong transaction.
    const none = compact.entries.map((_, index) => (isWrittenOut(compact, index) ? found[index] : undefined));
    const given = await this.#fill(hash, none, from);
    return given && (assembleBlock(compact, given) ?? "wrong");
  }

  async #fill(
    block: Hash,
    found: readonly (Transaction | undefined)[],
    from: PeerId,
  ): Promise<Transaction[] | undefined> {
    const indexes = [...found.keys()].filter((index) => found[index] === undefined);
    if (indexes.length === 0) return found as Transaction[];
    const encoded = await this.#options.requests.blockTransactions(from, { block, indexes });
    if (encoded === undefined) return undefined;
    const filled = [...found];
    for (const [position, index] of indexes.entries()) filled[index] = decodeTransaction(encoded[position]!);
    return filled as Transaction[];
  }

  /** Allows several announcements per block: a sender may withhold transactions. [NET-20] */
  #hasRoom(hash: Hash, from: PeerId): boolean {
    const { underwayMax, underwayPerPeerMax, underwayPerBlockMax } = BLOCK_RELAY_LIMITS;
    let ofPeer = 0;
    let ofBlock = 0;
    for (const announcement of this.#underway) {
      if (announcement.from === from) ofPeer += 1;
      if (announcement.hash !== hash) continue;
      if (announcement.from === from) return false;
      ofBlock += 1;
    }
    return this.#underway.size < underwayMax && ofPeer < underwayPerPeerMax && ofBlock < underwayPerBlockMax;
  }

  #refuse(from: PeerId, error: TrellisError): GossipVerdict {
    if (error.consequence !== "penalise") return "ignore";
    const offence = error.code.startsWith("MESSAGE_") ? "malformed" : "invalidBlock";
    this.#options.guard.report(from, offence, { code: error.code });
    return "reject";
  }
}

function isWrittenOut({ entries }: CompactBlock, index: number): boolean {
  return entries[index]!.length > SHORT_ID_BYTES;
}

function transactionsAt(block: Block | undefined, hash: Hash, indexes: readonly number[]): Uint8Array[] {
  if (block === undefined) throw networkErrors.RELAY_BLOCK_UNKNOWN({ block: hash });
  const { transactions } = block.body;
  return indexes.map((index) => {
    const transaction = transactions[index];
    if (transaction === undefined) {
      throw networkErrors.PROTOCOL_VIOLATED({
        reason: "transaction index not in the block",
        block: hash,
        index,
        transactions: transactions.length,
      });
    }
    return transaction.encoded;
  });
}
