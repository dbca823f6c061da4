import { bytesEqual, bytesToHex, type Facts, isTrellisError, type TrellisError } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import {
  type AssetList,
  amountsOf,
  type Balances,
  balancesOf,
  columnCount,
  hashAssetList,
} from "./assetList.ts";
import { foldProof } from "./foldProof.ts";
import { type Digest, type HashName, portableHashes } from "./hashes.ts";
import { checkShares, type JoinedLeaves, joinShares } from "./joinShares.ts";
import { HASH_SIZE, SUM_SIZE } from "./limits.ts";
import type { ProofFile } from "./ProofFile.ts";
import { placeLeaf } from "./placeLeaf.ts";
import { leafSalt, type SumNode, shareSalts } from "./preimages.ts";
import { decodeProof } from "./proofBinary.ts";
import { proofFromJson } from "./proofJson.ts";
import { hashRootRecord, type RootRecord } from "./RootRecord.ts";
import { amountsFromSums, type Sums, sumsFromAmounts } from "./sums.ts";
import { treeRulesOf } from "./treeRules.ts";

/** Trusted values (LIAB-16). Absent values are not checked. */
export interface Expectation {
  readonly recordHash?: Uint8Array;
  readonly snapshotId?: Uint8Array;
  /** The proof must contain exactly this customer's leaves. */
  readonly customerId?: string;
  readonly balances?: Balances;
  /** All salts must derive from this key. */
  readonly userKey?: Uint8Array;
}

export interface ProvedCustomer extends Balances {
  readonly customerId: string;
  readonly positions: readonly number[];
}

export type Verdict =
  | {
      readonly isValid: true;
      readonly record: RootRecord;
      readonly recordHash: Uint8Array;
      readonly assets: AssetList;
      readonly customers: readonly ProvedCustomer[];
      readonly totals: Balances | undefined;
    }
  | {
      readonly isValid: false;
      readonly code: string;
      /** 0 at the leaves; undefined if an earlier check failed. */
      readonly level: number | undefined;
      readonly error: TrellisError;
    };

export function verifyProofFile(bytes: Uint8Array, expected: Expectation = {}): Verdict {
  return verdictOf(() => judge(decodeEither(bytes), expected, portableHashes));
}

/** Does not throw for invalid proofs. */
export function verifyProof(
  file: ProofFile,
  expected: Expectation = {},
  hashes: Readonly<Record<HashName, Digest>> = portableHashes,
): Verdict {
  return verdictOf(() => judge(file, expected, hashes));
}

const JSON_BEGIN = 0x7b;
/** UTF-8 byte order mark. */
const MARK_BEGIN = 0xef;

/** @throws PROOF_MALFORMED, LIABILITIES_INPUT_INVALID */
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
  checkCustomer(file, expected);
  const customers = joinShares(file);
  checkBalances(file, customers, expected, hashes.sha256);
  const top = foldProof(placed, siblings, treeRulesOf(record, digest));
  checkTop(top, record);
  checkShares(record, customers, hashes.sha256);
  checkOnce(customers);
  return {
    isValid: true,
    record,
    recordHash,
    assets,
    customers: customers.map(({ customerId, sums, leaves: own }) => ({
      customerId,
      positions: own.map(({ position }) => position),
      ...balancesOf(assets, amountsFromSums(sums)),
    })),
    totals: record.scheme === "sum" ? balancesOf(assets, amountsFromSums(record.totals)) : undefined,
  };
}

/** Preimages are unambiguous only with fixed widths. */
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
  if (snapshotId !== undefined && !bytesEqual(snapshotId, record.snapshotId)) {
    throw mismatch("for another snapshot", {
      got: bytesToHex(record.snapshotId),
      expected: bytesToHex(snapshotId),
    });
  }
  if (recordHash !== undefined && !bytesEqual(recordHash, gotHash)) {
    throw liabilitiesErrors.PROOF_MISMATCH({
      reason: "different root record",
      got: bytesToHex(gotHash),
      expected: bytesToHex(recordHash),
    });
  }
  const listHash = hashAssetList(digest, assets);
  if (!bytesEqual(listHash, record.assetListHash)) {
    throw mismatch("the list of assets differs from the record's", {
      got: bytesToHex(listHash),
      expected: bytesToHex(record.assetListHash),
    });
  }
}

function checkCustomer({ record, leaves }: ProofFile, expected: Expectation): void {
  const { customerId, balances, userKey } = expected;
  if (customerId === undefined && balances === undefined && userKey === undefined) return;
  const owner = customerId ?? leaves[0]?.customerId;
  const isOne = leaves.length > 0 && leaves.every((leaf) => leaf.customerId === owner);
  if (!isOne || (record.shares === undefined && leaves.length !== 1))
    throw mismatch("for another customer", { level: 0, leaves: leaves.length });
}

function checkBalances(
  { record, assets }: ProofFile,
  [customer]: readonly JoinedLeaves[],
  { balances, userKey }: Expectation,
  sha256: Digest,
): void {
  if (customer === undefined) return;
  if (balances !== undefined && !bytesEqual(customer.sums, expectedSums(assets, balances))) {
    throw mismatch("not the expected balance", { level: 0 });
  }
  if (userKey === undefined) return;
  const { shares, snapshotId } = record;
  const salts =
    shares === undefined ? [leafSalt(sha256, userKey, snapshotId)] : shareSalts(sha256, userKey, snapshotId);
  if (!customer.leaves.every(({ salt, share = 0 }) => bytesEqual(salt, salts[share] ?? new Uint8Array(0))))
    throw mismatch("salt does not match the customer's key and the snapshot", { level: 0 });
}

function expectedSums(assets: AssetList, { equity, debt }: Balances): Sums {
  return sumsFromAmounts(amountsOf(assets, equity, debt));
}

function checkTop({ hash, sums }: SumNode, { depth, root, totals, scheme }: RootRecord): void {
  const level = depth;
  if (!bytesEqual(hash, root)) {
    throw liabilitiesErrors.PROOF_ROOT_MISMATCH({ level, got: bytesToHex(hash), expected: bytesToHex(root) });
  }
  if (scheme === "sum" && !bytesEqual(sums, totals))
    throw liabilitiesErrors.PROOF_ROOT_MISMATCH({ reason: "totals differ", level });
}

function checkOnce(proved: readonly JoinedLeaves[]): void {
  const customers = new Set(proved.map(({ customerId }) => customerId));
  if (customers.size !== proved.length)
    throw liabilitiesErrors.PROOF_PATH_INVALID({
      reason: "duplicate customer",
      level: 0,
      leaves: proved.length,
      customers: customers.size,
    });
}

function mismatch(reason: string, facts: Facts = {}): TrellisError {
  return liabilitiesErrors.PROOF_MISMATCH({ reason, ...facts });
}
