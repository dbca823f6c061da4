import { bytesToHex, type Hex, isHex } from "@trellis/base";
import { canonicalBytes, isJsonObject, type JsonObject, parseCanonicalBytes } from "../canonical/index.ts";
import { snapshotsErrors } from "./errors.ts";

/** Base units. */
export type AssetAmount = { readonly asset: string; readonly decimals: number; readonly amount: string };

/** Canonical JSON (RFC 8785). Base units and positions are decimal text, hashes 0x-prefixed lower case. */
export interface SnapshotRecord {
  readonly version: 1 | 2;
  /** Gapless, starts at 1. */
  readonly number: number;
  readonly snapshotId: Hex;
  /** SHA-256; zeros for the first record. */
  readonly previousRecordHash: Hex;
  readonly scheme: string;
  readonly hash: string;
  readonly root: Hex;
  readonly rootRecordHash: Hex;
  readonly depth: number;
  readonly assetListHash: Hex;
  /** Equity, in the order of the asset list. */
  readonly totals: readonly AssetAmount[];
  /** In the same order, not netted. Only in version 2. */
  readonly debts?: readonly AssetAmount[];
  /** Last ledger position included. */
  readonly ledgerPosition: string;
  readonly blockHeights: Readonly<Record<string, number>>;
  readonly priceSetHash: Hex | null;
  readonly timeMs: number;
}

/** Ed25519 signature over {@link recordMessage}. */
export interface SignedRecord {
  readonly record: SnapshotRecord;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeRecord(record: SnapshotRecord): Uint8Array {
  return canonicalBytes(record as unknown as JsonObject);
}

const HASHES = ["snapshotId", "previousRecordHash", "root", "rootRecordHash", "assetListHash"] as const;
const NUMBERS = ["number", "depth", "timeMs"] as const;
const FIELD_COUNTS: Readonly<Record<number, number>> = { 1: 15, 2: 16 };
const WHOLE = /^(?:0|[1-9][0-9]{0,38})$/;

/** @throws SNAPSHOT_RECORD_INVALID, JSON_NOT_CANONICAL */
export function decodeRecord(bytes: Uint8Array): SnapshotRecord {
  const value = parseCanonicalBytes(bytes);
  const refuse = (field: string) => snapshotsErrors.SNAPSHOT_RECORD_INVALID({ field });
  if (!isJsonObject(value)) throw refuse("fields");
  if (value.version !== 1 && value.version !== 2) throw refuse("version");
  if (Object.keys(value).length !== FIELD_COUNTS[value.version]) throw refuse("fields");
  for (const field of HASHES) if (!isHex(value[field], 32)) throw refuse(field);
  for (const field of NUMBERS) {
    if (!Number.isSafeInteger(value[field]) || (value[field] as number) < 0) throw refuse(field);
  }
  for (const field of ["scheme", "hash"]) if (typeof value[field] !== "string") throw refuse(field);
  if (value.priceSetHash !== null && !isHex(value.priceSetHash, 32)) throw refuse("priceSetHash");
  if (typeof value.ledgerPosition !== "string" || !WHOLE.test(value.ledgerPosition))
    throw refuse("ledgerPosition");
  const { blockHeights = null, totals = null } = value;
  if (!isJsonObject(blockHeights) || !areBlockHeights(blockHeights)) throw refuse("blockHeights");
  if (!Array.isArray(totals) || !totals.every(isTotal)) throw refuse("totals");
  const { debts = null } = value;
  const areDebts = Array.isArray(debts) && debts.every(isTotal) && debts.length === totals.length;
  if (value.version === 2 && !areDebts) throw refuse("debts");
  return value as unknown as SnapshotRecord;
}

export function areBlockHeights(heights: JsonObject | Readonly<Record<string, number>>): boolean {
  return Object.entries(heights).every(
    ([chain, height]) =>
      chain.length > 0 && chain.length <= 128 && Number.isSafeInteger(height) && Number(height) >= 0,
  );
}

function isTotal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { asset, decimals, amount, ...others } = value as Record<string, unknown>;
  const isAmount = typeof amount === "string" && WHOLE.test(amount) && BigInt(amount) < 2n ** 128n;
  return (
    typeof asset === "string" && Number.isInteger(decimals) && isAmount && Object.keys(others).length === 0
  );
}

export const NO_RECORD_HASH: Hex = bytesToHex(new Uint8Array(32));
