import { baseErrors } from "@trellis/base";
import type { Hash, NetworkParameters } from "@trellis/protocol";
import { depthBlock } from "./depth/depthBlock.ts";
import { pruningPlace } from "./depth/pruningPoint.ts";
import { writeTrustedDepths } from "./depth/trustedDepths.ts";
import { ruleErrors } from "./errors.ts";
import { chainPath } from "./forkChoice/chainPath.ts";
import { SinkCandidates } from "./forkChoice/SinkCandidates.ts";
import { settledBlock } from "./forkChoice/settledBlock.ts";
import { Tips } from "./forkChoice/Tips.ts";
import { virtualParents } from "./forkChoice/virtualParents.ts";
import { Ghostdag } from "./ghostdag/Ghostdag.ts";
import { type GhostdagRow, isBlue, mergedNumber } from "./ghostdag/GhostdagRow.ts";
import {
  redsTooDeep,
  verifyMergeDepth,
  verifyMergesetSize,
  verifyParents,
} from "./ghostdag/verifyMergeset.ts";
import { ORIGIN, Reachability } from "./reachability/Reachability.ts";
import { appendRecord, type DagRecord, encodeRecord } from "./records/record.ts";
import { type BlockFacts, BlockTable } from "./table/BlockTable.ts";
import { blocksToKeep } from "./table/blocksToKeep.ts";
import { newNumbers } from "./table/compactColumns.ts";
import { NONE } from "./table/none.ts";

export type DagLimits = Pick<
  NetworkParameters,
  "ghostdagK" | "parentsMax" | "mergesetMax" | "mergeDepth" | "finalityDepth" | "pruningDepth"
>;

export interface DagOptions {
  readonly limits: DagLimits;
  readonly streamCount: number;
  /** In blocks: a power of two, at least 32. Default: derived from k. */
  readonly windowSize?: number;
}

export interface Merged {
  readonly hash: Hash;
  readonly isBlue: boolean;
}

export interface GhostdagData {
  readonly selectedParent: Hash;
  readonly merged: readonly Merged[];
  readonly blueScore: number;
  readonly blueWork: bigint;
}

interface TrustedColours extends Pick<GhostdagRow, "blueScore" | "blueWork"> {
  readonly blues: readonly number[];
}

export class Dag {
  readonly #limits: DagLimits;
  readonly #windowSize: number;
  #table: BlockTable;
  #reachability: Reachability;
  #ghostdag: Ghostdag;
  #tips: Tips;

  constructor({ limits, streamCount, windowSize }: DagOptions) {
    this.#limits = limits;
    this.#windowSize = windowSize ?? windowSizeOf(limits.ghostdagK);
    this.#table = new BlockTable(streamCount);
    this.#reachability = new Reachability();
    this.#ghostdag = this.#createGhostdag();
    this.#tips = new Tips(this.#table);
  }

  /** @param records ascending by serial */
  static load(options: DagOptions, records: Iterable<DagRecord>): Dag {
    const dag = new Dag(options);
    for (const record of records) {
      const { block, parents, mergeset } = appendRecord(dag.#table, record);
      dag.#table.writeLists(block, parents, mergeset);
      dag.#register(block, parents, mergeset);
    }
    return dag;
  }

  get table(): BlockTable {
    return this.#table;
  }

  get size(): number {
    return this.#table.count;
  }

  has(hash: Hash): boolean {
    return this.#table.number(hash) !== undefined;
  }

  insertGenesis(facts: BlockFacts): number {
    const block = this.#append(facts);
    this.#writePlace(block, {
      parents: [],
      selectedParent: NONE,
      mergeset: [],
      blueCount: 0,
      blueScore: 0,
      blueWork: 0n,
    });
    const { mergeDepthRoots, finalityPoints, pruningSamples, pruningPoints } = this.#table;
    for (const column of [mergeDepthRoots, finalityPoints, pruningSamples, pruningPoints])
      column[block] = block;
    return block;
  }

  ghostdag(parents: readonly Hash[]): GhostdagRow {
    return this.#ghostdag.rowOf(
      parents.map((parent) => {
        const number = this.#table.number(parent);
        if (number === undefined) throw ruleErrors.PARENT_UNKNOWN({ parent });
        return number;
      }),
    );
  }

  verify(row: GhostdagRow): void {
    verifyParents(this.#ancestry, row.parents);
    verifyMergesetSize(row, this.#limits.mergesetMax);
    verifyMergeDepth(this.#ancestry, row, this.#mergeDepthRoot(row));
  }

  insert(facts: BlockFacts, row: GhostdagRow): number {
    const block = this.#append(facts);
    this.#writePlace(block, row);
    this.#writeDepths(block, row);
    this.#ghostdag.keep(block, row);
    return block;
  }

  /**
   * GHOSTDAG data that is trusted, not computed. Only stored parents are listed.
   * @param blues positions in the mergeset
   */
  trustedRow(
    parents: readonly Hash[],
    selectedParent: Hash | undefined,
    { blues, blueScore, blueWork }: TrustedColours,
  ): GhostdagRow {
    const numbers = parents.map((parent) => this.#number(parent));
    const selected = selectedParent === undefined ? NONE : this.#number(selectedParent);
    const blue = new Set(blues);
    const mergeset = this.#ghostdag
      .mergeset(numbers, selected)
      .map((merged, at) => merged * 2 + Number(blue.has(at)));
    return {
      parents: numbers,
      selectedParent: selected,
      mergeset,
      blueCount: blue.size + 1,
      blueScore,
      blueWork,
    };
  }

  /** Stores the block as a DAG pruned at `root` does: it references no block below the root. */
  insertTrusted(facts: BlockFacts, row: GhostdagRow, root: Hash): number {
    const block = this.#append(facts);
    this.#writePlace(block, row);
    // Blocks in the root's anticone can come first.
    const number = this.#table.number(root) ?? NONE;
    writeTrustedDepths(this.#table, this.#reachability, this.#limits, number, block);
    return block;
  }

  /** The block must be the newest one. */
  rollBack(hash: Hash): void {
    const block = this.#number(hash);
    if (block !== this.#table.count - 1)
      throw baseErrors.ARGUMENT_INVALID({ rule: "only the block inserted last is rolled back", block: hash });
    const parents = this.#table.parents.toArray(block);
    for (const parent of parents) {
      this.#table.children.removeAt(parent, this.#table.children.length(parent) - 1);
    }
    this.#tips.remove(block, parents);
    this.#reachability.delete(block, this.#table.mergesets.toArray(block).map(mergedNumber));
    this.#ghostdag.forget(block);
    this.#table.removeLast();
  }

  /** Newest first. */
  newerThan(hash: Hash): { hash: Hash; serial: number }[] {
    const newer: { hash: Hash; serial: number }[] = [];
    for (let block = this.#table.count - 1; block > this.#number(hash); block--)
      newer.push({ hash: this.#table.hash(block), serial: this.#table.serials[block]! });
    return newer;
  }

  record(hash: Hash): DagRecord {
    return encodeRecord(this.#table, this.#number(hash));
  }

  /** No block below `point` may be mergeable. [DAG-14] */
  prune(point: Hash): { hash: Hash; serial: number }[] {
    return this.#deleteAllBut(blocksToKeep(this.#table, this.#number(point)));
  }

  outsidePastOf(block: Hash): { hash: Hash; serial: number }[] {
    const keep = this.#pastAndSelf(block);
    const outside: { hash: Hash; serial: number }[] = [];
    for (const [other, isKept] of keep.entries()) {
      if (isKept === 0) outside.push({ hash: this.#table.hash(other), serial: this.#table.serials[other]! });
    }
    return outside;
  }

  deleteOutsidePastOf(block: Hash): void {
    this.#deleteAllBut(this.#pastAndSelf(block));
  }

  #pastAndSelf(block: Hash): Uint8Array {
    const number = this.#number(block);
    const keep = new Uint8Array(this.#table.count);
    for (let other = 0; other <= number; other++) {
      if (this.#ghostdag.isAncestor(other, number)) keep[other] = 1;
    }
    return keep;
  }

  #deleteAllBut(keep: Uint8Array): { hash: Hash; serial: number }[] {
    const table = this.#table;
    const gone: { hash: Hash; serial: number }[] = [];
    for (let block = table.count - 1; block >= 0; block--) {
      if (keep[block] === 1) continue;
      gone.push({ hash: table.hash(block), serial: table.serials[block]! });
      this.#reachability.delete(block, table.mergesets.toArray(block).map(mergedNumber));
    }
    if (gone.length === 0) return gone;
    const numbers = newNumbers(keep);
    this.#table = table.renumbered(numbers);
    this.#reachability = this.#reachability.renumbered(numbers, this.#table.count);
    this.#ghostdag = this.#createGhostdag();
    this.#tips = new Tips(this.#table);
    for (let block = 0; block < this.#table.count; block++) {
      if (this.#table.children.length(block) === 0) this.#tips.add(block, []);
    }
    return gone.reverse();
  }

  ghostdagData({ selectedParent, mergeset, blueScore, blueWork }: GhostdagRow): GhostdagData {
    return {
      selectedParent: this.#table.hash(selectedParent),
      merged: mergeset.map((merged) => ({
        hash: this.#table.hash(mergedNumber(merged)),
        isBlue: isBlue(merged),
      })),
      blueScore,
      blueWork,
    };
  }

  /** Undefined if the selected parent is pruned, and for genesis. */
  ghostdagDataOf(hash: Hash): GhostdagData | undefined {
    const block = this.#number(hash);
    const selectedParent = this.#table.selectedParents[block]!;
    if (selectedParent === NONE) return undefined;
    const mergeset = this.#table.mergesets.toArray(block);
    return this.ghostdagData({
      parents: [],
      selectedParent,
      mergeset,
      blueCount: mergeset.filter(isBlue).length + 1,
      blueScore: this.#table.blueScores[block]!,
      blueWork: this.#table.blueWorks[block]!,
    });
  }

  blueScore(hash: Hash): number {
    return this.#table.blueScores[this.#number(hash)]!;
  }

  parents(hash: Hash): Hash[] {
    return this.#table.hashes(this.#table.parents.toArray(this.#number(hash)));
  }

  children(hash: Hash): Hash[] {
    return this.#table.hashes(this.#table.children.toArray(this.#number(hash)));
  }

  /** Also true for `block` itself. */
  isAncestor(ancestor: Hash, block: Hash): boolean {
    return this.#ghostdag.isAncestor(this.#number(ancestor), this.#number(block));
  }

  /** Also true for `block` itself. */
  isChainAncestor(ancestor: Hash, block: Hash): boolean {
    return this.#reachability.isChainAncestor(this.#number(ancestor), this.#number(block));
  }

  compare(a: Hash, b: Hash): number {
    return this.#table.compare(this.#number(a), this.#number(b));
  }

  /** Heaviest first. */
  tips(): Hash[] {
    return this.#table.hashes(this.#tips.descending());
  }

  /** Heaviest first. */
  sinkCandidates(final: Hash): { next(): Hash | undefined; refuse(candidate: Hash): void; rest(): Hash[] } {
    const candidates = new SinkCandidates(
      this.#table,
      (ancestor, block) => this.#ghostdag.isAncestor(ancestor, block),
      this.#tips.descending(),
      this.#number(final),
    );
    const hashOf = (block: number | undefined): Hash | undefined =>
      block === undefined ? undefined : this.#table.hash(block);
    return {
      next: () => hashOf(candidates.heaviest()),
      refuse: (candidate) => {
        if (candidate === hashOf(candidates.heaviest())) candidates.refuseHeaviest();
      },
      rest: () => this.#table.hashes(candidates.descending()),
    };
  }

  /** Returns the sink first. @param tips heaviest first */
  virtualParents(sink: Hash, tips: readonly Hash[] = this.tips()): Hash[] {
    const { parentsMax, mergesetMax } = this.#limits;
    const chosen = virtualParents(
      {
        table: this.#table,
        isAncestor: (ancestor, block) => this.#ghostdag.isAncestor(ancestor, block),
        redsTooDeep: (parents) => {
          const row = this.#ghostdag.rowOf(parents);
          return redsTooDeep(this.#ancestry, row, this.#mergeDepthRoot(row));
        },
        parentsMax,
        mergesetMax,
      },
      this.#number(sink),
      tips.map((tip) => this.#number(tip)),
    );
    return this.#table.hashes(chosen);
  }

  chainChild(ancestor: number, block: number): number {
    return this.#reachability.chainChild(ancestor, block);
  }

  nextOnChain(ancestor: Hash, block: Hash): Hash {
    return this.#table.hash(this.chainChild(this.#number(ancestor), this.#number(block)));
  }

  /** `removed` is newest first, `added` oldest first. */
  chainPath(from: Hash, to: Hash): { common: Hash; removed: Hash[]; added: Hash[] } {
    const { common, removed, added } = chainPath(this.#chains, this.#number(from), this.#number(to));
    return {
      common: this.#table.hash(common),
      removed: this.#table.hashes(removed),
      added: this.#table.hashes(added),
    };
  }

  /** Highest chain block at least `depth` lower in blue score, or the oldest block. */
  chainBlockAtDepth(block: Hash, depth: number): Hash {
    const number = this.#number(block);
    const scoreBelow = this.#table.blueScores[number]! - depth;
    let at = number;
    while (this.#table.blueScores[at]! > scoreBelow && this.#table.selectedParents[at] !== NONE) {
      at = this.#table.selectedParents[at]!;
    }
    return this.#table.hash(at);
  }

  /** [SHARD-27.1] */
  settledBlock(sink: Hash, depth: number): Hash {
    const settling = { ...this.#ancestry, table: this.#table, tips: this.#tips.descending() };
    return this.#table.hash(settledBlock(settling, this.#number(sink), depth));
  }

  mergeDepthRoot(block: Hash): Hash | undefined {
    return this.#hashOrNone(this.#table.mergeDepthRoots[this.#number(block)]!);
  }

  pruningSample(block: Hash): Hash | undefined {
    return this.#hashOrNone(this.#table.pruningSamples[this.#number(block)]!);
  }

  /** Blocks whose selected chain does not contain `root`. */
  besideTreeOf(root: Hash): Hash[] {
    const number = this.#number(root);
    const beside: Hash[] = [];
    for (let block = 0; block < this.#table.count; block++) {
      if (!this.#reachability.isChainAncestor(number, block)) beside.push(this.#table.hash(block));
    }
    return beside;
  }

  finalityPoint(block: Hash): Hash | undefined {
    return this.#hashOrNone(this.#table.finalityPoints[this.#number(block)]!);
  }

  pruningPoint(block: Hash): Hash | undefined {
    return this.#hashOrNone(this.#table.pruningPoints[this.#number(block)]!);
  }

  get bytes(): { readonly table: number; readonly reachability: number; readonly windows: number } {
    return {
      table: this.#table.bytes,
      reachability: this.#reachability.bytes,
      windows: this.#ghostdag.bytes,
    };
  }

  get labelsMoved(): number {
    return this.#reachability.movedCount;
  }

  readonly #ancestry = {
    isAncestor: (ancestor: number, block: number) => this.#ghostdag.isAncestor(ancestor, block),
    isChainAncestor: (ancestor: number, block: number) => this.#reachability.isChainAncestor(ancestor, block),
    hash: (block: number) => this.#table.hash(block),
  };

  readonly #chains = {
    selectedParentOf: (block: number) => this.#table.selectedParents[block]!,
    isChainAncestor: (ancestor: number, block: number) => this.#reachability.isChainAncestor(ancestor, block),
  };

  #createGhostdag(): Ghostdag {
    return new Ghostdag(this.#limits.ghostdagK, this.#windowSize, this.#table, this.#reachability);
  }

  #number(hash: Hash): number {
    const number = this.#table.number(hash);
    if (number === undefined) throw baseErrors.ARGUMENT_INVALID({ rule: "the block is in the DAG", hash });
    return number;
  }

  #hashOrNone(block: number): Hash | undefined {
    return block === NONE ? undefined : this.#table.hash(block);
  }

  #append(facts: BlockFacts): number {
    if (this.has(facts.hash)) throw ruleErrors.BLOCK_KNOWN({ hash: facts.hash });
    return this.#table.append(facts);
  }

  #writePlace(block: number, { parents, selectedParent, mergeset, blueScore, blueWork }: GhostdagRow): void {
    const table = this.#table;
    table.blueScores[block] = blueScore;
    table.setBlueWork(block, blueWork);
    table.selectedParents[block] = selectedParent;
    table.writeLists(block, parents, mergeset);
    this.#register(block, parents, mergeset);
  }

  #register(block: number, parents: readonly number[], mergeset: readonly number[]): void {
    this.#tips.add(block, parents);
    const selectedParent = this.#table.selectedParents[block]!;
    const treeParent = selectedParent === NONE ? ORIGIN : selectedParent;
    this.#reachability.insert(block, treeParent, mergeset.map(mergedNumber));
  }

  #writeDepths(block: number, row: GhostdagRow): void {
    const table = this.#table;
    const { finalityDepth } = this.#limits;
    const { selectedParent, blueScore } = row;
    table.mergeDepthRoots[block] = this.#mergeDepthRoot(row);
    table.finalityPoints[block] = depthBlock(
      table,
      this.#reachability,
      selectedParent,
      table.finalityPoints[selectedParent]!,
      blueScore - finalityDepth,
    );
    const { sample, point } = pruningPlace(table, this.#limits, selectedParent, blueScore);
    table.pruningSamples[block] = sample;
    table.pruningPoints[block] = point;
  }

  #mergeDepthRoot({ selectedParent, blueScore }: GhostdagRow): number {
    const table = this.#table;
    return depthBlock(
      table,
      this.#reachability,
      selectedParent,
      table.mergeDepthRoots[selectedParent]!,
      blueScore - this.#limits.mergeDepth,
    );
  }
}

/** Fits 16 anticones of k blocks. Larger windows cost memory, smaller ones time. */
function windowSizeOf(k: number): number {
  const needed = 2 ** Math.ceil(Math.log2(16 * k + 1));
  return Math.min(Math.max(needed, 256), 2048);
}
