import { hexToBytes, runPaced, type Steps } from "@trellis/base";
import {
  type Hash,
  headerHash,
  type NetworkParameters,
  type PastBlock,
  type PastImport,
  type TrustedPlace,
} from "@trellis/protocol";
import { rootDepth } from "../../consensus/rules/pastDepths.ts";
import { BLOCK_HASHES } from "../../execution/Executor.ts";
import type { ChainBatch } from "../../store/ChainBatch.ts";
import { stateSyncErrors } from "../errors.ts";
import { requireNothingExecuted } from "../importHeaders.ts";
import type { StateSyncPorts, SyncQueue } from "../StateSyncPorts.ts";
import { type ReceivedBlock, verifyPast } from "./verifyPast.ts";

/** Blocks per unit of blue score: allows for a DAG with as many red blocks as an attacker can mine. */
const BLOCKS_PER_SCORE_MAX = 4;

/**
 * The checkpoint's hash proves all headers, because each page continues the hashes of parents. Only GHOSTDAG
 * data can be false. [SYNC-32]
 */
export class PastImporter implements PastImport {
  readonly #parameters: NetworkParameters;
  readonly #ports: StateSyncPorts;
  readonly #queue: SyncQueue;
  readonly #checkpoint: Hash;
  readonly #received: ReceivedBlock[] = [];
  /** Parents of received blocks that have not been received. */
  readonly #awaited = new Set<Hash>();
  /** Parents of the root. */
  readonly #below = new Set<Hash>();
  #root: Hash | undefined;
  #nextOnChain: Hash;

  constructor(parameters: NetworkParameters, ports: StateSyncPorts, queue: SyncQueue, checkpoint: Hash) {
    requireNothingExecuted(ports, queue);
    this.#parameters = parameters;
    this.#ports = ports;
    this.#queue = queue;
    this.#checkpoint = checkpoint;
    this.#awaited.add(checkpoint);
    this.#nextOnChain = checkpoint;
  }

  take(blocks: readonly PastBlock[]): void {
    for (const { header, place } of blocks) this.#take({ hash: headerHash(header), header, place });
  }

  #take(block: ReceivedBlock): void {
    const { hash, header, place } = block;
    const last = this.#received.at(-1);
    if (!this.#awaited.delete(hash)) throw stateSyncErrors.PAST_INVALID({ reason: "no parent", block: hash });
    if (last !== undefined && !isAfter(last, block))
      throw stateSyncErrors.PAST_INVALID({ reason: "order", block: hash });
    if (place !== undefined && !this.#fits(place))
      throw stateSyncErrors.PAST_INVALID({ reason: "sizes", block: hash });
    if (this.#received.length >= BLOCKS_PER_SCORE_MAX * (rootDepth(this.#parameters) + BLOCK_HASHES))
      throw stateSyncErrors.PAST_UNVERIFIABLE({ reason: "too many blocks", count: this.#received.length });
    this.#received.push(block);
    if (hash === this.#nextOnChain && this.#isRoot(block)) {
      this.#root = hash;
      for (const parent of header.parents) {
        this.#below.add(parent);
        this.#awaited.delete(parent);
      }
      return;
    }
    if (hash === this.#nextOnChain) this.#nextOnChain = header.parents[0]!;
    for (const parent of header.parents) if (!this.#below.has(parent)) this.#awaited.add(parent);
  }

  #fits({ daaCounts, bitsOfStreams, blues }: TrustedPlace): boolean {
    const { streams, mergesetMax } = this.#parameters;
    const { length } = streams;
    return daaCounts.length === length && bitsOfStreams.length === length && blues.length <= mergesetMax;
  }

  #isRoot({ header }: ReceivedBlock): boolean {
    const { blueScore, number } = this.#received[0]!.header;
    return (
      header.blueScore <= blueScore - rootDepth(this.#parameters) && header.number <= number - BLOCK_HASHES
    );
  }

  async complete(): Promise<void> {
    const root = this.#root;
    if (root === undefined) throw stateSyncErrors.PAST_INVALID({ reason: "no root" });
    const blocks = this.#received.toReversed();
    const past = await runPaced(verifyPast(this.#parameters, this.#ports, root, blocks), this.#ports.pace);
    await this.#queue.exclusively(async () => {
      requireNothingExecuted(this.#ports, this.#queue);
      const { chainDag, pace, tables } = this.#ports;
      const { batch } = past;
      if (chainDag.dag.has(this.#checkpoint)) return;
      await runPaced(this.#deleteOthers(batch), pace);
      // An import begun before cannot end above the checkpoint. Its trie nodes serve the next one.
      batch.delete(tables.meta, "adopting");
      batch.put(tables.meta, "pruned", hexToBytes(root));
      batch.put(tables.meta, "headersOnly", Uint8Array.of(1));
      batch.onCommit(() => {
        chainDag.become(past.chainDag);
        this.#queue.awaitState();
      });
      await this.#queue.commit(batch);
    });
  }

  *#deleteOthers(batch: ChainBatch): Steps<void> {
    const { chainDag, blocks, tables } = this.#ports;
    const { table } = chainDag.dag;
    for (let number = 1; number < table.count; number++) {
      const hash = table.hash(number);
      const serial = table.serials[number]!;
      if (batch.added(tables.dagRecords, serial) === undefined) batch.delete(tables.dagRecords, serial);
      if (batch.added(tables.headers, hash) === undefined) blocks.delete(batch, [{ hash, part: "block" }]);
      yield;
    }
  }
}

/** Descending by (blueWork, hash). [DAG-2] */
function isAfter(last: ReceivedBlock, next: ReceivedBlock): boolean {
  const [a, b] = [last.header.blueWork, next.header.blueWork];
  return a > b || (a === b && last.hash > next.hash);
}
