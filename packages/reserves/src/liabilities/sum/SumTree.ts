import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import type { CustomerRecords } from "../tree/CustomerRecords.ts";
import type { CustomerRow } from "../tree/CustomerRow.ts";
import type { LiabilityTree } from "../tree/LiabilityTree.ts";
import { BRANCH_MARK, type BranchLayout, branchLayout, readU32, writeU32 } from "../tree/layout.ts";
import { proveCustomers } from "../tree/proveCustomers.ts";
import { encodeHeader } from "../tree/TreeHeader.ts";
import type { ImageChange } from "../tree/TreeImage.ts";
import { amountsOf, type Balances, columnCount, hashAssetList } from "../verify/assetList.ts";
import type { HashName } from "../verify/hashes.ts";
import { HASH_SIZE, SUM_MAX } from "../verify/limits.ts";
import type { ProofFile } from "../verify/ProofFile.ts";
import type { SumNode } from "../verify/preimages.ts";
import type { RootRecord } from "../verify/RootRecord.ts";
import { amountsFromSums } from "../verify/sums.ts";
import { createDrawer } from "./drawPositions.ts";
import { NodeHasher } from "./NodeHasher.ts";
import { join } from "./raiseLevels.ts";

export interface SumTreeState {
  readonly hash: HashName;
  readonly depth: number;
  readonly snapshotId: Uint8Array;
  readonly paddingSecret: Uint8Array;
  readonly records: CustomerRecords;
  /** The highest branch, or the only leaf. */
  readonly root: number;
}

interface Step {
  readonly branch: number;
  readonly level: number;
  readonly isRight: boolean;
}

/**
 * Only leaves and branches (nodes with customers on both sides) have records. A record contains the hash of
 * its highest ancestor with the same customers. Nodes in between are computed from padding.
 */
export class SumTree implements LiabilityTree {
  readonly #state: SumTreeState;
  readonly #records: CustomerRecords;
  readonly #hasher: NodeHasher;
  readonly #branch: BranchLayout;
  readonly #assetListHash: Uint8Array;
  readonly #draw: () => number;
  #root: number;

  constructor(state: SumTreeState, random: Random) {
    const { records, hash, snapshotId, paddingSecret, depth, root } = state;
    this.#state = state;
    this.#records = records;
    this.#hasher = new NodeHasher(serverHashes[hash], records.layout, {
      snapshotId,
      paddingSecret,
      leafVersion: records.leafVersion,
    });
    this.#branch = branchLayout(columnCount(records.assets));
    this.#assetListHash = hashAssetList(records.digest, records.assets);
    this.#draw = createDrawer(depth - Math.log2(records.shares), random);
    this.#root = root;
  }

  get record(): RootRecord {
    const { hash, depth, snapshotId } = this.#state;
    const top = this.#node(this.#root);
    return {
      scheme: "sum",
      hash,
      snapshotId,
      depth,
      treeSize: 0,
      ...(this.#records.leafVersion === 1 ? {} : { shares: this.#records.shares }),
      assetListHash: this.#assetListHash,
      root: top.slice(0, HASH_SIZE),
      totals: top.slice(HASH_SIZE),
    };
  }

  get customerCount(): number {
    return this.#records.customerCount;
  }

  get byteLength(): number {
    return this.#records.byteLength;
  }

  has(customerId: string): boolean {
    return this.#records.has(customerId);
  }

  balances(customerId: string): Balances {
    return this.#records.balances(customerId);
  }

  prove(customerIds: readonly string[]): ProofFile {
    return proveCustomers(customerIds, this.record, this.#records, (positions) =>
      this.#siblingsOf(positions),
    );
  }

  update(customerId: string, balances: Balances): RootRecord {
    const leaves = this.#records.leavesOf(customerId);
    const amounts = amountsOf(this.#records.assets, balances.equity, balances.debt);
    this.#checkTotals(amounts, this.#records.amounts(leaves));
    this.#records.write(leaves, amounts);
    for (const leaf of leaves) this.#rehash(leaf);
    return this.record;
  }

  insert(row: CustomerRow): RootRecord {
    const { depth } = this.#state;
    const { image, shares, leafVersion } = this.#records;
    if (2 * (image.leafCount + shares) > 2 ** depth) {
      throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
        reason: "no room for another customer",
        customers: this.customerCount,
        depth,
      });
    }
    this.#checkTotals(amountsOf(this.#records.assets, row.equity, row.debt ?? []), []);
    const first = this.#records.add(row);
    if (leafVersion === 1) this.#records.salt(first);
    for (let share = 0; share < shares; share++) this.#place(first + share, share);
    return this.record;
  }

  #place(leaf: number, share: number): void {
    const { image, layout, shares } = this.#records;
    const start = share * (2 ** this.#state.depth / shares);
    let position = start + this.#draw();
    while (this.#isTaken(position)) position = start + this.#draw();
    writeU32(image.leaf(leaf), layout.positionAt, position);
    this.#attach(leaf, position);
    this.#rehash(leaf);
  }

  forget(customerId: string, random: Random): boolean {
    return this.#records.forget(customerId, random);
  }

  *image(): Iterable<Uint8Array> {
    yield this.#header();
    yield* this.#records.image.takeGroups();
  }

  changes(): readonly ImageChange[] {
    return this.#records.image.takeChanges(this.#header());
  }

  #header(): Uint8Array {
    const { hash, depth, snapshotId, paddingSecret } = this.#state;
    const { assets, image } = this.#records;
    const { leafCount, branchCount } = image;
    const root = this.#root;
    return encodeHeader({
      scheme: "sum",
      hash,
      depth,
      snapshotId,
      paddingSecret,
      assets,
      leafVersion: this.#records.leafVersion,
      leafCount,
      branchCount,
      root,
    });
  }

  #siblingsOf(positions: readonly number[]): SumNode[] {
    const { depth } = this.#state;
    const siblings: SumNode[] = [];
    const copy = createCopier(this.#records.layout.nodeSize, depth);
    let nodes = positions.map((position) => ({ position, steps: this.#wayTo(position).reverse() }));
    for (let level = 0; level < depth; level++) {
      const parents: typeof nodes = [];
      for (let index = 0; index < nodes.length; index++) {
        const { position, steps } = nodes[index] as (typeof nodes)[number];
        const isStep = steps[0]?.level === level + 1;
        const isPair = position % 2 === 0 && nodes[index + 1]?.position === position + 1;
        if (isPair) index++;
        else siblings.push(copy(this.#sibling(isStep ? steps[0] : undefined, level, position)));
        parents.push({ position: position >>> 1, steps: isStep ? steps.slice(1) : steps });
      }
      nodes = parents;
    }
    return siblings;
  }

  #sibling(step: Step | undefined, level: number, position: number): Uint8Array {
    if (step === undefined) return this.#hasher.padding(level, (position ^ 1) >>> 0);
    return this.#node(this.#child(step.branch, !step.isRight));
  }

  /** If the totals fit, every partial sum fits. */
  #checkTotals(added: readonly bigint[], removed: readonly bigint[]): void {
    const totals = amountsFromSums(this.#node(this.#root).subarray(HASH_SIZE));
    for (const [column, total] of totals.entries()) {
      const amount = added[column] as bigint;
      if (amount < 0n || amount > SUM_MAX)
        throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
          reason: "an amount is not an unsigned integer of 128 bits",
          column,
          amount,
        });
      if (total - (removed[column] ?? 0n) + amount > SUM_MAX) {
        throw liabilitiesErrors.SUM_OVERFLOW({ level: this.#state.depth, column });
      }
    }
  }

  #rehash(leaf: number): void {
    const { image } = this.#records;
    const position = this.#records.positionOf(leaf);
    const steps = this.#wayTo(position);
    let node = image.leaf(leaf);
    let level = 0;
    node.set(this.#hasher.leaf(node));
    image.noteLeaf(leaf);
    for (const step of steps.reverse()) {
      this.#raise(node, position, level, step.level - 1);
      node = image.branch(step.branch);
      level = step.level;
      this.#join(step.branch);
    }
    this.#raise(node, position, level, this.#state.depth);
  }

  #raise(record: Uint8Array, position: number, fromLevel: number, toLevel: number): void {
    const { nodeSize } = this.#records.layout;
    const node = record.subarray(0, nodeSize);
    for (let level = fromLevel; level < toLevel; level++) {
      node.set(this.#hasher.parentBesidePadding(level + 1, node, above(position, level)));
    }
  }

  #join(branch: number): void {
    const record = this.#records.image.branch(branch);
    const left = this.#node(this.#child(branch, false));
    const right = this.#node(this.#child(branch, true));
    join(this.#hasher, readU32(record, this.#branch.levelAt), left, right, record);
    this.#records.image.noteBranch(branch);
  }

  #attach(leaf: number, position: number): void {
    const { image } = this.#records;
    const steps = this.#wayTo(position);
    const beside = this.#endOf(steps);
    const differing = position ^ this.#firstPosition(beside);
    const level = 32 - Math.clz32(differing);
    const branch = image.addBranches(1);
    const isRight = (above(position, level - 1) & 1) === 1;
    const record = image.branch(branch);
    writeU32(record, this.#branch.leftAt, isRight ? beside : leaf);
    writeU32(record, this.#branch.rightAt, isRight ? leaf : beside);
    writeU32(record, this.#branch.positionAt, level === 32 ? 0 : (position >>> level) << level);
    writeU32(record, this.#branch.levelAt, level);
    this.#replace(steps.at(-1), (BRANCH_MARK | branch) >>> 0);
    this.#lower(beside, level - 1);
  }

  #lower(reference: number, toLevel: number): void {
    const { image } = this.#records;
    const position = this.#firstPosition(reference);
    if (reference < BRANCH_MARK) {
      const record = image.leaf(reference);
      record.set(this.#hasher.leaf(record));
      this.#raise(record, position, 0, toLevel);
      image.noteLeaf(reference);
      return;
    }
    const branch = reference - BRANCH_MARK;
    this.#join(branch);
    this.#raise(image.branch(branch), position, this.#levelOf(reference), toLevel);
  }

  #replace(step: Step | undefined, reference: number): void {
    if (step === undefined) {
      this.#root = reference;
      return;
    }
    const record = this.#records.image.branch(step.branch);
    writeU32(record, step.isRight ? this.#branch.rightAt : this.#branch.leftAt, reference);
  }

  #wayTo(position: number): Step[] {
    const steps: Step[] = [];
    let reference = this.#root;
    while (reference >= BRANCH_MARK) {
      const level = this.#levelOf(reference);
      if (above(position, level) !== above(this.#firstPosition(reference), level)) break;
      const branch = reference - BRANCH_MARK;
      const isRight = (above(position, level - 1) & 1) === 1;
      steps.push({ branch, level, isRight });
      reference = this.#child(branch, isRight);
    }
    return steps;
  }

  #isTaken(position: number): boolean {
    const end = this.#endOf(this.#wayTo(position));
    return end < BRANCH_MARK && this.#records.positionOf(end) === position;
  }

  #endOf(steps: readonly Step[]): number {
    const last = steps.at(-1);
    return last === undefined ? this.#root : this.#child(last.branch, last.isRight);
  }

  #node(reference: number): Uint8Array {
    const { image, layout } = this.#records;
    const record = reference < BRANCH_MARK ? image.leaf(reference) : image.branch(reference - BRANCH_MARK);
    return record.subarray(0, layout.nodeSize);
  }

  #child(branch: number, isRight: boolean): number {
    const record = this.#records.image.branch(branch);
    return readU32(record, isRight ? this.#branch.rightAt : this.#branch.leftAt);
  }

  #levelOf(reference: number): number {
    if (reference < BRANCH_MARK) return 0;
    return readU32(this.#records.image.branch(reference - BRANCH_MARK), this.#branch.levelAt);
  }

  #firstPosition(reference: number): number {
    if (reference < BRANCH_MARK) return this.#records.positionOf(reference);
    return readU32(this.#records.image.branch(reference - BRANCH_MARK), this.#branch.positionAt);
  }
}

function createCopier(nodeSize: number, count: number): (node: Uint8Array) => SumNode {
  let room = new Uint8Array(0);
  return (node) => {
    if (room.length < nodeSize) room = new Uint8Array(count * nodeSize);
    room.set(node);
    const copied = { hash: room.subarray(0, HASH_SIZE), sums: room.subarray(HASH_SIZE, nodeSize) };
    room = room.subarray(nodeSize);
    return copied;
  };
}

/** JavaScript computes a shift by 32 as a shift by 0. */
function above(position: number, level: number): number {
  return level === 32 ? 0 : position >>> level;
}
