import { isTrellisError, type TrellisError } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import {
  type AssetList,
  amountsOf,
  type Balances,
  balancesOf,
  columnCount,
  hashAssetList,
} from "./assetList.ts";
import { isEqual, toHex } from "./bytes.ts";
import { foldProof, type PlacedNode } from "./foldProof.ts";
import { type Digest, type HashName, portableHashes } from "./hashes.ts";
import { HASH_SIZE, SUM_SIZE } from "./limits.ts";
import type { LeafOpening, ProofFile } from "./ProofFile.ts";
import { hashCustomerId, leafPreimage, leafSalt, type SumNode } from "./preimages.ts";
import { decodeProof } from "./proofBinary.ts";
import { proofFromJson } from "./proofJson.ts";
import { hashRootRecord, type RootRecord } from "./RootRecord.ts";
import { amountsFromSums, type Sums, sumsFromAmounts } from "./sums.ts";
import { treeRulesOf } from "./treeRules.ts";

/**
 * What the verifier knows without the file (LIAB-16). Whatever is left out is not checked: the verdict then says what the
 * file claims, and the reader has to compare.
 */
export interface Expectation {
  /** Of the record that everybody sees, as published. */
  readonly recordHash?: Uint8Array;
  readonly snapshotId?: Uint8Array;
  /** Of the one who verifies: the proof then has this leaf and no other. */
  readonly customerId?: string;
  readonly balances?: Balances;
  /** The customer's secret, from which the salt of every snapshot derives. */
  readonly userKey?: Uint8Array;
}

export interface ProvedLeaf extends Balances {
  readonly customerId: string;
  readonly position: number;
}

export type Verdict =
  | {
      readonly isValid: true;
      readonly record: RootRecord;
      /** To be compared with the published one where it was not expected. */
      readonly recordHash: Uint8Array;
      readonly assets: AssetList;
      readonly leaves: readonly ProvedLeaf[];
      /** What all customers own and owe together, where the scheme proves it. */
      readonly totals: Balances | undefined;
    }
  | {
      readonly isValid: false;
      /** Of the table of errors of liabilities. */
      readonly code: string;
      /** Where on the way from the leaf (0) to the root (the depth) it fails; undefined before the way begins. */
      readonly level: number | undefined;
      readonly error: TrellisError;
    };

/** A proof file as it lies on disk, in either encoding. Never throws for what is in it. */
export function verifyProofFile(bytes: Uint8Array, expected: Expectation = {}): Verdict {
  return verdictOf(() => judge(decodeEither(bytes), expected, portableHashes));
}

/** Never throws for what is in the proof. `hashes` may be faster ones than the portable. */
export function verifyProof(
  file: ProofFile,
  expected: Expectation = {},
  hashes: Readonly<Record<HashName, Digest>> = portableHashes,
): Verdict {
  return verdictOf(() => judge(file, expected, hashes));
}

const JSON_BEGIN = 0x7b;
/** Of a byte order mark in UTF-8, which an editor may have put before the JSON: it is told so. */
const MARK_BEGIN = 0xef;

/**
 * Binary or JSON, told apart by the first byte.
 * @throws PROOF_MALFORMED, PROOF_VERSION_UNKNOWN, LIABILITY_HASH_UNKNOWN, ASSET_LIST_INVALID, SUM_OUT_OF_RANGE
 */
export function decodeEither(bytes: Uint8Array): ProofFile {
  if (bytes[0] !== JSON_BEGIN && bytes[0] !== MARK_BEGIN) return decodeProof(bytes);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw liabilitiesErrors.PROOF_MALFORMED({ what: "JSON" }, cause);
  }
  return proofFromJson(text);
}

function verdictOf(judgement: () => Verdict): Verdict {
  try {
    return judgement();
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    const { level } = error.facts;
    return { isValid: false, code: error.code, level: typeof level === "number" ? level : undefined, error };
  }
}

/** In the order of LIAB-17. */
function judge(file: ProofFile, expected: Expectation, hashes: Readonly<Record<HashName, Digest>>): Verdict {
  const { record, assets, leaves, siblings } = file;
  const digest = hashes[record.hash];
  const recordHash = hashRootRecord(hashes.sha256, record);
  checkShapes(file);
  checkRecord(file, expected, recordHash, digest);
  const placed = leaves.map((leaf) => placeLeaf(leaf, record, digest));
  checkCustomer(file, expected, hashes.sha256);
  const top = foldProof(placed, siblings, treeRulesOf(record, digest));
  checkTop(top, record);
  checkOnce(leaves);
  return {
    isValid: true,
    record,
    recordHash,
    assets,
    leaves: leaves.map(({ customerId, position, sums }) => ({
      customerId,
      position,
      ...balancesOf(assets, amountsFromSums(sums)),
    })),
    totals: record.scheme === "sum" ? balancesOf(assets, amountsFromSums(record.totals)) : undefined,
  };
}

/** A proof may also have been put together without a decoder: widths are what makes hashing unambiguous. */
function checkShapes({ record, assets, leaves, siblings }: ProofFile): void {
  const size = columnCount(assets) * SUM_SIZE;
  const siblingSize = record.scheme === "plain" ? 0 : size;
  const hashes = [record.snapshotId, record.assetListHash, record.root];
  const isShaped =
    hashes.every((bytes) => bytes.length === HASH_SIZE) &&
    record.totals.length === siblingSize &&
    leaves.every(({ salt, sums }) => salt.length === HASH_SIZE && sums.length === size) &&
    siblings.every(({ hash, sums }) => hash.length === HASH_SIZE && sums.length === siblingSize);
  if (!isShaped) throw liabilitiesErrors.PROOF_MALFORMED({ what: "width of a field" });
}

function checkRecord(
  { record, assets }: ProofFile,
  { recordHash, snapshotId }: Expectation,
  gotHash: Uint8Array,
  digest: Digest,
): void {
  if (snapshotId !== undefined && !isEqual(snapshotId, record.snapshotId)) {
    throw liabilitiesErrors.PROOF_SNAPSHOT_MISMATCH({
      got: toHex(record.snapshotId),
      expected: toHex(snapshotId),
    });
  }
  if (recordHash !== undefined && !isEqual(recordHash, gotHash)) {
    throw liabilitiesErrors.PROOF_RECORD_MISMATCH({ got: toHex(gotHash), expected: toHex(recordHash) });
  }
  const listHash = hashAssetList(digest, assets);
  if (!isEqual(listHash, record.assetListHash)) {
    throw liabilitiesErrors.ASSET_LIST_MISMATCH({
      got: toHex(listHash),
      expected: toHex(record.assetListHash),
    });
  }
}

function placeLeaf(
  { customerId, salt, position, sums }: LeafOpening,
  record: RootRecord,
  digest: Digest,
): PlacedNode {
  const preimage = leafPreimage(record.snapshotId, hashCustomerId(digest, customerId), salt, sums);
  return { position, hash: digest(preimage), sums };
}

function checkCustomer({ record, assets, leaves }: ProofFile, expected: Expectation, sha256: Digest): void {
  const { customerId, balances, userKey } = expected;
  if (customerId === undefined && balances === undefined && userKey === undefined) return;
  const [leaf] = leaves;
  if (leaf === undefined || leaves.length !== 1 || leaf.customerId !== (customerId ?? leaf.customerId)) {
    throw liabilitiesErrors.PROOF_CUSTOMER_MISMATCH({ level: 0, leaves: leaves.length });
  }
  if (balances !== undefined && !isEqual(leaf.sums, expectedSums(assets, balances))) {
    throw liabilitiesErrors.PROOF_BALANCE_MISMATCH({ level: 0 });
  }
  if (userKey !== undefined && !isEqual(leaf.salt, leafSalt(sha256, userKey, record.snapshotId))) {
    throw liabilitiesErrors.PROOF_SALT_MISMATCH({ level: 0 });
  }
}

function expectedSums(assets: AssetList, { equity, debt }: Balances): Sums {
  return sumsFromAmounts(amountsOf(assets, equity, debt));
}

function checkTop({ hash, sums }: SumNode, { depth, root, totals, scheme }: RootRecord): void {
  const level = depth;
  if (!isEqual(hash, root)) {
    throw liabilitiesErrors.PROOF_ROOT_MISMATCH({ level, got: toHex(hash), expected: toHex(root) });
  }
  if (scheme === "sum" && !isEqual(sums, totals)) throw liabilitiesErrors.PROOF_TOTALS_MISMATCH({ level });
}

/** Who has two leaves could be shown one, and be counted with the other. */
function checkOnce(leaves: readonly LeafOpening[]): void {
  const customers = new Set(leaves.map(({ customerId }) => customerId));
  if (customers.size !== leaves.length)
    throw liabilitiesErrors.CUSTOMER_DUPLICATE({
      level: 0,
      leaves: leaves.length,
      customers: customers.size,
    });
}
