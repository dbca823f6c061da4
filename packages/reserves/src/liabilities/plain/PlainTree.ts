import type { Random } from "@trellis/base";
import { serverHashes } from "../hashes.ts";
import { NodeHasher } from "../sum/NodeHasher.ts";
import type { CustomerRecords } from "../tree/CustomerRecords.ts";
import type { CustomerRow } from "../tree/CustomerRow.ts";
import type { LiabilityTree } from "../tree/LiabilityTree.ts";
import { writeU32 } from "../tree/layout.ts";
import { proveCustomers } from "../tree/proveCustomers.ts";
import { encodeHeader } from "../tree/TreeHeader.ts";
import type { ImageChange } from "../tree/TreeImage.ts";
import { amountsOf, type Balances, hashAssetList } from "../verify/assetList.ts";
import type { HashName } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import type { ProofFile } from "../verify/ProofFile.ts";
import type { SumNode } from "../verify/preimages.ts";
import type { RootRecord } from "../verify/RootRecord.ts";
import { DenseTree } from "./DenseTree.ts";
import { hashInnerFast } from "./systemDense.ts";

export interface PlainTreeState {
  readonly hash: HashName;
  readonly snapshotId: Uint8Array;
  readonly records: CustomerRecords;
}

const NO_SUMS = new Uint8Array(0);

export class PlainTree implements LiabilityTree {
  readonly #state: PlainTreeState;
  readonly #records: CustomerRecords;
  readonly #hasher: NodeHasher;
  readonly #tree: DenseTree;
  readonly #assetListHash: Uint8Array;
  readonly #leafAt: number[];

  constructor(state: PlainTreeState, isBuilt: boolean) {
    const { hash, snapshotId, records } = state;
    const { image, layout } = records;
    this.#state = state;
    this.#records = records;
    this.#hasher = new NodeHasher(serverHashes[hash], layout, {
      snapshotId,
      leafVersion: records.leafVersion,
      paddingSecret: new Uint8Array(HASH_SIZE),
    });
    this.#assetListHash = hashAssetList(records.digest, records.assets);
    this.#leafAt = new Array(image.leafCount);
    for (let leaf = 0; leaf < image.leafCount; leaf++) this.#leafAt[this.#records.positionOf(leaf)] = leaf;
    const storage = {
      leaf: (place: number) => image.leaf(this.#leafAt[place] as number).subarray(0, HASH_SIZE),
      inner: (place: number) => image.branch(place),
    };
    this.#tree = new DenseTree(records.digest, storage, image.leafCount);
    if (!isBuilt) this.#hashInner();
  }

  get record(): RootRecord {
    const { hash, snapshotId } = this.#state;
    return {
      scheme: "plain",
      hash,
      snapshotId,
      depth: this.#tree.depth,
      treeSize: this.#tree.count,
      assetListHash: this.#assetListHash,
      root: this.#tree.root.slice(),
      totals: NO_SUMS,
    };
  }

  get customerCount(): number {
    return this.#tree.count;
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
    this.#records.write(leaves, amountsOf(this.#records.assets, balances.equity, balances.debt));
    const leaf = leaves[0]!;
    this.#hashLeaf(leaf);
    this.#tree.update(this.#records.positionOf(leaf));
    this.#note(leaf);
    return this.record;
  }

  insert(row: CustomerRow): RootRecord {
    const { image, layout } = this.#records;
    const leaf = this.#records.add(row);
    this.#records.salt(leaf);
    writeU32(image.leaf(leaf), layout.positionAt, this.#tree.count);
    image.addBranches(1);
    this.#leafAt.push(leaf);
    this.#hashLeaf(leaf);
    this.#tree.append();
    this.#note(leaf);
    return this.record;
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
    const { hash, snapshotId, records } = this.#state;
    const { leafCount, branchCount } = records.image;
    const paddingSecret = new Uint8Array(HASH_SIZE);
    const { depth } = this.#tree;
    const { assets } = records;
    return encodeHeader({
      scheme: "plain",
      hash,
      depth,
      snapshotId,
      paddingSecret,
      assets,
      leafVersion: 1,
      leafCount,
      branchCount,
      root: 0,
    });
  }

  #hashInner(): void {
    const { image } = this.#records;
    const hashes = new Uint8Array(image.leafCount * HASH_SIZE);
    for (let place = 0; place < image.leafCount; place++) {
      hashes.set(this.#tree.node(0, place), place * HASH_SIZE);
    }
    const inner = hashInnerFast(this.#state.hash, hashes);
    if (inner === undefined) this.#tree.build();
    for (let place = 0; inner !== undefined && place < image.branchCount; place++) {
      image.branch(place).set(inner.subarray(place * HASH_SIZE, (place + 1) * HASH_SIZE));
    }
  }

  #hashLeaf(leaf: number): void {
    const record = this.#records.image.leaf(leaf);
    record.set(this.#hasher.leaf(record));
  }

  #note(leaf: number): void {
    const { image } = this.#records;
    image.noteLeaf(leaf);
    for (const inner of this.#tree.innerAbove(this.#records.positionOf(leaf))) image.noteBranch(inner);
  }

  #siblingsOf(positions: readonly number[]): SumNode[] {
    const siblings: SumNode[] = [];
    let nodes = positions;
    for (let level = 0; level < this.#tree.depth; level++) {
      const width = Math.ceil(this.#tree.count / 2 ** level);
      const parents: number[] = [];
      for (let index = 0; index < nodes.length; index++) {
        const position = nodes[index] as number;
        const isLeft = position % 2 === 0;
        parents.push(position >>> 1);
        if (isLeft && position === width - 1) continue;
        if (isLeft && nodes[index + 1] === position + 1) {
          index++;
          continue;
        }
        const sibling = isLeft ? position + 1 : position - 1;
        siblings.push({ hash: this.#tree.node(level, sibling * 2 ** level).slice(), sums: NO_SUMS });
      }
      nodes = parents;
    }
    return siblings;
  }
}
