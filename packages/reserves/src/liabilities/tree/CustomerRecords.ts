import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import { type AssetList, amountsOf, type Balances, balancesOf, columnCount } from "../verify/assetList.ts";
import type { Digest, HashName } from "../verify/hashes.ts";
import { HASH_SIZE, SHARES } from "../verify/limits.ts";
import type { LeafOpening } from "../verify/ProofFile.ts";
import {
  createShareSalts,
  hashCustomerId,
  hashShareOwners,
  type LeafVersion,
  leafSalt,
} from "../verify/preimages.ts";
import { splitSums } from "../verify/splitSums.ts";
import { amountsFromSums, type Sums, sumsFromAmounts } from "../verify/sums.ts";
import { CustomerIndex } from "./CustomerIndex.ts";
import type { CustomerRow } from "./CustomerRow.ts";
import { type LeafLayout, leafLayout, readU32 } from "./layout.ts";
import { TreeImage } from "./TreeImage.ts";

interface RecordsOptions {
  readonly assets: AssetList;
  readonly hash: HashName;
  readonly branchSize: number;
  readonly snapshotId: Uint8Array;
  readonly leafVersion: LeafVersion;
}

export class CustomerRecords {
  readonly assets: AssetList;
  readonly digest: Digest;
  readonly layout: LeafLayout;
  readonly image: TreeImage;
  readonly leafVersion: LeafVersion;
  readonly shares: number;
  readonly #snapshotId: Uint8Array;
  readonly #shareSalts: (userKey: Uint8Array) => Uint8Array[];
  readonly #index: CustomerIndex;

  constructor({ assets, hash, branchSize, snapshotId, leafVersion }: RecordsOptions) {
    this.assets = assets;
    this.digest = serverHashes[hash];
    this.layout = leafLayout(columnCount(assets));
    this.image = new TreeImage(this.layout.size, branchSize);
    this.leafVersion = leafVersion;
    this.shares = leafVersion === 1 ? 1 : SHARES;
    this.#snapshotId = snapshotId;
    this.#shareSalts = createShareSalts(serverHashes.sha256, snapshotId);
    const { customerAt } = this.layout;
    this.#index = new CustomerIndex((leaf) =>
      this.image.leaf(leaf).subarray(customerAt, customerAt + HASH_SIZE),
    );
  }

  get byteLength(): number {
    return this.image.byteLength + this.#index.byteLength;
  }

  get customerCount(): number {
    return this.image.leafCount / this.shares;
  }

  /** Atomic. @returns index of the first new leaf */
  add({ customerId, userKey, equity, debt }: CustomerRow): number {
    const owners = this.#ownersOf(customerId);
    if (userKey.length !== HASH_SIZE)
      throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
        reason: "the customer's key is not 32 bytes long",
        size: userKey.length,
      });
    const sums = sumsFromAmounts(amountsOf(this.assets, equity, debt ?? []));
    if (this.#index.find(owners[0]!) !== undefined)
      throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({ reason: "duplicate customer", customerId });
    const salts = this.leafVersion === 1 ? [userKey] : this.#shareSalts(userKey);
    const parts = this.#divide(sums, salts[0]!);
    for (const [share, owner] of owners.entries()) {
      const leaf = this.image.addLeaf();
      const record = this.image.leaf(leaf);
      record.set(parts[share]!, HASH_SIZE);
      record.set(owner, this.layout.customerAt);
      record.set(salts[share]!, this.layout.saltAt);
      this.#index.add(owner, leaf);
    }
    return this.image.leafCount - this.shares;
  }

  salt(leaf: number): void {
    const slot = this.#saltOf(leaf);
    slot.set(leafSalt(serverHashes.sha256, slot, this.#snapshotId));
  }

  indexAll(): void {
    const { customerAt } = this.layout;
    for (let leaf = 0; leaf < this.image.leafCount; leaf++) {
      const customerHash = this.image.leaf(leaf).subarray(customerAt, customerAt + HASH_SIZE);
      if (!this.#index.add(customerHash, leaf)) {
        throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "two leaves of one customer", leaf });
      }
    }
  }

  has(customerId: string): boolean {
    return this.#find(customerId) !== undefined;
  }

  /** Sorted by share. */
  leavesOf(customerId: string, place?: number): readonly number[] {
    const leaves = this.#find(customerId);
    if (leaves === undefined) throw liabilitiesErrors.CUSTOMER_UNKNOWN({ place });
    return leaves;
  }

  /** Forgotten leaves match no customer. */
  forget(customerId: string, random: Random): boolean {
    const leaves = this.#find(customerId);
    for (const leaf of leaves ?? []) {
      this.image.leaf(leaf).set(random.bytes(2 * HASH_SIZE), this.layout.customerAt);
      this.image.noteLeaf(leaf);
    }
    return leaves !== undefined;
  }

  /** Does not update hashes. */
  write(leaves: readonly number[], amounts: readonly bigint[]): void {
    const parts = this.#divide(sumsFromAmounts(amounts), this.#saltOf(leaves[0]!));
    for (const [share, leaf] of leaves.entries()) this.image.leaf(leaf).set(parts[share]!, HASH_SIZE);
  }

  amounts(leaves: readonly number[]): bigint[] {
    const columns = leaves.map((leaf) => amountsFromSums(this.#sumsOf(leaf)));
    return columns[0]!.map((_, column) => columns.reduce((sum, amounts) => sum + amounts[column]!, 0n));
  }

  balances(customerId: string): Balances {
    return balancesOf(this.assets, this.amounts(this.leavesOf(customerId)));
  }

  positionOf(leaf: number): number {
    return readU32(this.image.leaf(leaf), this.layout.positionAt);
  }

  openings(customerId: string, place?: number): LeafOpening[] {
    return this.leavesOf(customerId, place).map((leaf, share) => ({
      customerId,
      ...(this.leafVersion === 1 ? {} : { share }),
      salt: this.#saltOf(leaf).slice(),
      position: this.positionOf(leaf),
      sums: this.#sumsOf(leaf).slice(),
    }));
  }

  #find(customerId: string): readonly number[] | undefined {
    const leaves: number[] = [];
    for (const owner of this.#ownersOf(customerId)) {
      const leaf = this.#index.find(owner);
      if (leaf === undefined) return undefined;
      leaves.push(leaf);
    }
    return leaves;
  }

  #ownersOf(customerId: string): Uint8Array[] {
    if (this.leafVersion === 1) return [hashCustomerId(this.digest, customerId)];
    return hashShareOwners(this.digest, customerId);
  }

  #divide(sums: Sums, salt: Uint8Array): readonly Sums[] {
    return this.leafVersion === 1 ? [sums] : splitSums(serverHashes.sha256, salt, sums);
  }

  #saltOf(leaf: number): Uint8Array {
    const { saltAt } = this.layout;
    return this.image.leaf(leaf).subarray(saltAt, saltAt + HASH_SIZE);
  }

  #sumsOf(leaf: number): Sums {
    return this.image.leaf(leaf).subarray(HASH_SIZE, this.layout.nodeSize);
  }
}
