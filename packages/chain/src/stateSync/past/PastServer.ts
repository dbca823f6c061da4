import { type Clock, LruMap } from "@trellis/base";
import type { Hash, NetworkParameters, PastBlock, StateExchange, TrustedPlace } from "@trellis/protocol";
import { isBlue, mergedNumber } from "../../consensus/ghostdag/GhostdagRow.ts";
import { type BlockTable, NONE } from "../../consensus/index.ts";
import type { KnownBlocks } from "../../consensus/KnownBlocks.ts";
import { rootDepth } from "../../consensus/rules/pastDepths.ts";
import { BLOCK_HASHES } from "../../execution/Executor.ts";
import { stateSyncErrors } from "../errors.ts";
import { isDetermined } from "./isDetermined.ts";

/** Newcomers mostly use one of the newest published checkpoints. */
const PASTS_MAX = 4;
/** A search takes about 30 ms, and peers choose the checkpoint. */
const SEARCH_INTERVAL_MS = 1_000;

interface Past {
  readonly root: Hash;
  /** Descending by (blueWork, hash), so that all nodes send the same order. */
  readonly blocks: readonly Hash[];
  readonly positions: ReadonlyMap<Hash, number>;
}

type PastPage = ReturnType<StateExchange["pastOf"]>;

/** [SYNC-32] */
export class PastServer {
  readonly #parameters: NetworkParameters;
  readonly #known: KnownBlocks;
  readonly #clock: Clock;
  readonly #pasts = new LruMap<Hash, Past>(PASTS_MAX);
  #searchedMs = Number.NEGATIVE_INFINITY;

  constructor(parameters: NetworkParameters, known: KnownBlocks, clock: Clock) {
    this.#parameters = parameters;
    this.#known = known;
    this.#clock = clock;
  }

  /** @throws PAST_BUSY */
  page(checkpoint: Hash, after: Hash | undefined, countMax: number): PastPage {
    const past = this.#past(checkpoint);
    const start = after === undefined ? 0 : past?.positions.get(after);
    if (past === undefined || start === undefined) return { blocks: [], isEnd: true };
    const from = after === undefined ? 0 : start + 1;
    const hashes = past.blocks.slice(from, from + countMax);
    return {
      blocks: hashes.map((hash) => this.#block(hash, past.root)),
      isEnd: from + hashes.length >= past.blocks.length,
    };
  }

  /** Undefined once the root is pruned. */
  #past(checkpoint: Hash): Past | undefined {
    const { dag } = this.#known.chainDag;
    if (!dag.has(checkpoint)) return undefined;
    const known = this.#pasts.get(checkpoint);
    if (known !== undefined) return dag.has(known.root) ? known : undefined;
    const { table } = dag;
    const root = this.#rootOf(table.number(checkpoint)!);
    if (root === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    if (Math.abs(nowMs - this.#searchedMs) < SEARCH_INTERVAL_MS)
      throw stateSyncErrors.PAST_BUSY({ checkpoint });
    this.#searchedMs = nowMs;
    const isBelow = (block: number): boolean => dag.isAncestor(table.hash(block), root);
    const found = new Set([table.number(checkpoint)!]);
    for (const block of found) {
      table.parents.forEach(block, (parent) => {
        if (!found.has(parent) && !isBelow(parent)) found.add(parent);
      });
    }
    found.add(table.number(root)!);
    const blocks = table.hashes([...found].sort((a, b) => table.compare(b, a)));
    const past = { root, blocks, positions: new Map(blocks.map((hash, at) => [hash, at])) };
    this.#pasts.set(checkpoint, past);
    return past;
  }

  #rootOf(checkpoint: number): Hash | undefined {
    const { table } = this.#known.chainDag.dag;
    const scoreMax = table.blueScores[checkpoint]! - rootDepth(this.#parameters);
    let at = checkpoint;
    for (let steps = 0; at !== NONE; steps++) {
      const score = table.blueScores[at]!;
      if (score <= scoreMax && steps >= BLOCK_HASHES) return score === 0 ? undefined : table.hash(at);
      at = table.selectedParents[at]!;
    }
    return undefined;
  }

  #block(hash: Hash, root: Hash): PastBlock {
    const { blocks, chainDag } = this.#known;
    const { dag } = chainDag;
    const { table } = dag;
    const number = table.number(hash)!;
    const selectedParent = table.selectedParents[number]!;
    const isImplied =
      selectedParent !== NONE && isDetermined(dag, this.#parameters, root, table.hash(selectedParent));
    const isBelow = (block: number): boolean => dag.isAncestor(table.hash(block), root);
    const place = isImplied ? undefined : placeOf(table, number, isBelow);
    return { header: blocks.storedHeader(hash), place };
  }
}

function placeOf(table: BlockTable, block: number, isBelow: (block: number) => boolean): TrustedPlace {
  const streams = Array.from({ length: table.streamCount }, (_, stream) => stream);
  const merged = table.mergesets.toArray(block).filter((each) => !isBelow(mergedNumber(each)));
  return {
    daaCounts: streams.map((stream) => table.daaCount(block, stream)),
    bitsOfStreams: streams.map((stream) => table.bitsOf(block, stream)),
    blues: merged.flatMap((each, at) => (isBlue(each) ? [at] : [])),
  };
}
