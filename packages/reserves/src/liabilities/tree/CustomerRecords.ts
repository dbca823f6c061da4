import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import { type AssetList, amountsOf, type Balances, balancesOf, columnCount } from "../verify/assetList.ts";
import type { Digest, HashName } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import type { LeafOpening } from "../verify/ProofFile.ts";
import { hashCustomerId, leafSalt } from "../verify/preimages.ts";
import { amountsFromSums, writeAmounts } from "../verify/sums.ts";
import { CustomerIndex } from "./CustomerIndex.ts";
import type { CustomerRow } from "./CustomerRow.ts";
import { type LeafLayout, leafLayout, readU32 } from "./layout.ts";
import { TreeImage } from "./TreeImage.ts";

/** The customers of a tree: their leaves' records, and the way to them. */
export class CustomerRecords {
  readonly assets: AssetList;
  readonly digest: Digest;
  readonly layout: LeafLayout;
  readonly image: TreeImage;
  readonly #index: CustomerIndex;

  /** `image` brings leaves along that are not indexed yet. */
  constructor(assets: AssetList, hash: HashName, branchSize: number) {
    this.assets = assets;
    this.digest = serverHashes[hash];
    this.layout = leafLayout(columnCount(assets));
    this.image = new TreeImage(this.layout.size, branchSize);
    const { customerAt } = this.layout;
    this.#index = new CustomerIndex((leaf) =>
      this.image.leaf(leaf).subarray(customerAt, customerAt + HASH_SIZE),
    );
  }

  get byteLength(): number {
    return this.image.byteLength + this.#index.byteLength;
  }

  /**
   * The number of the new leaf, which has the customer's key where the salt will stand. Where the row is refused
   * nothing has changed.
   * @throws CUSTOMER_ID_INVALID, CUSTOMER_DUPLICATE, USER_KEY_INVALID, BALANCES_INVALID, SUM_OUT_OF_RANGE
   */
  add({ customerId, userKey, equity, debt }: CustomerRow): number {
    const customerHash = hashCustomerId(this.digest, customerId);
    if (userKey.length !== HASH_SIZE) throw liabilitiesErrors.USER_KEY_INVALID({ size: userKey.length });
    const amounts = amountsOf(this.assets, equity, debt ?? []);
    const leaf = this.image.addLeaf();
    const record = this.image.leaf(leaf);
    try {
      writeSums(record, amounts);
      record.set(customerHash, this.layout.customerAt);
      record.set(userKey, this.layout.saltAt);
      if (!this.#index.add(customerHash, leaf)) throw liabilitiesErrors.CUSTOMER_DUPLICATE({ customerId });
    } catch (error) {
      this.image.dropLeaf();
      throw error;
    }
    return leaf;
  }

  /** Puts the salt of this snapshot in the place of the customer's key. */
  salt(leaf: number, snapshotId: Uint8Array): void {
    const { saltAt } = this.layout;
    const slot = this.image.leaf(leaf).subarray(saltAt, saltAt + HASH_SIZE);
    slot.set(leafSalt(serverHashes.sha256, slot, snapshotId));
  }

  /** Finds the leaves of an image that was read. @throws TREE_IMAGE_INVALID */
  indexAll(): void {
    const { customerAt } = this.layout;
    for (let leaf = 0; leaf < this.image.leafCount; leaf++) {
      const customerHash = this.image.leaf(leaf).subarray(customerAt, customerAt + HASH_SIZE);
      if (!this.#index.add(customerHash, leaf)) {
        throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "two leaves of one customer", leaf });
      }
    }
  }

  /** @throws CUSTOMER_ID_INVALID */
  find(customerId: string): number | undefined {
    return this.#index.find(hashCustomerId(this.digest, customerId));
  }

  /** @throws CUSTOMER_ID_INVALID, CUSTOMER_UNKNOWN */
  leafOf(customerId: string, place?: number): number {
    const leaf = this.find(customerId);
    if (leaf === undefined) throw liabilitiesErrors.CUSTOMER_UNKNOWN({ place });
    return leaf;
  }

  /** Overwrites what ties a leaf to its customer. The index still has the leaf, which no customer's hash leads to any more. */
  forget(customerId: string, random: Random): boolean {
    const leaf = this.find(customerId);
    if (leaf === undefined) return false;
    // The hash stands before the salt. Another one takes its place, which is no other leaf's.
    this.image.leaf(leaf).set(random.bytes(2 * HASH_SIZE), this.layout.customerAt);
    this.image.noteLeaf(leaf);
    return true;
  }

  amounts(leaf: number): bigint[] {
    return amountsFromSums(this.image.leaf(leaf).subarray(HASH_SIZE, this.layout.nodeSize));
  }

  balances(leaf: number): Balances {
    return balancesOf(this.assets, this.amounts(leaf));
  }

  positionOf(leaf: number): number {
    return readU32(this.image.leaf(leaf), this.layout.positionAt);
  }

  opening(customerId: string, leaf: number): LeafOpening {
    const record = this.image.leaf(leaf);
    const { saltAt, nodeSize } = this.layout;
    return {
      customerId,
      salt: record.slice(saltAt, saltAt + HASH_SIZE),
      position: this.positionOf(leaf),
      sums: record.slice(HASH_SIZE, nodeSize),
    };
  }
}

/** @throws SUM_OUT_OF_RANGE */
export function writeSums(record: Uint8Array, amounts: readonly bigint[]): void {
  writeAmounts(new DataView(record.buffer, record.byteOffset, record.byteLength), HASH_SIZE, amounts);
}
