import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesEqual, bytesToHex, concatBytes, type Hex } from "@trellis/base";
import { snapshotsErrors } from "./errors.ts";
import { decodeRecord, type SignedRecord, type SnapshotRecord } from "./SnapshotRecord.ts";

/** Ed25519 key in this process or in hardware. */
export interface CustodianSigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Deterministic (RFC 8032). */
  sign(message: Uint8Array): Promise<Uint8Array>;
  readonly others?: () => readonly CustodianSigner[];
}

const RECORD_PURPOSE = "trellis-reserves-snapshot/1\n";
const STATEMENT_PURPOSE = "trellis-reserves-statement/1\n";
const EXPORT_PURPOSE = "trellis-reserves-export/1\n";

export function recordMessage(encoded: Uint8Array): Uint8Array {
  return concatBytes(Buffer.from(RECORD_PURPOSE), encoded);
}

export function statementMessage(encoded: Uint8Array): Uint8Array {
  return concatBytes(Buffer.from(STATEMENT_PURPOSE), encoded);
}

export function exportMessage(encoded: Uint8Array): Uint8Array {
  return concatBytes(Buffer.from(EXPORT_PURPOSE), encoded);
}

export function isExportSignedBy(publicKey: Uint8Array, encoded: Uint8Array, signature: Uint8Array): boolean {
  return isSignedBy(publicKey, exportMessage(encoded), signature);
}

export function hashRecord(encoded: Uint8Array): Hex {
  return bytesToHex(createHash("sha256").update(encoded).digest());
}

export function createCustodianSigner(seed: Uint8Array): CustodianSigner {
  const secret = Uint8Array.from(seed);
  return { publicKey: ed25519.getPublicKey(secret), sign: async (message) => ed25519.sign(message, secret) };
}

/** RFC 8032: unlike ZIP-215, rejects small-order points. */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** Also verifies the link to `previous`, if given. @throws SNAPSHOT_RECORD_INVALID, JSON_NOT_CANONICAL */
export function verifyRecord(
  { bytes, signature }: Pick<SignedRecord, "bytes" | "signature">,
  publicKey: Uint8Array,
  previous?: Uint8Array,
): SnapshotRecord {
  if (!isSignedBy(publicKey, recordMessage(bytes), signature)) {
    throw snapshotsErrors.SNAPSHOT_RECORD_INVALID({ field: "signature" });
  }
  const record = decodeRecord(bytes);
  if (previous === undefined) return record;
  if (record.previousRecordHash !== hashRecord(previous)) {
    throw snapshotsErrors.SNAPSHOT_RECORD_INVALID({ field: "previousRecordHash" });
  }
  if (record.number !== decodeRecord(previous).number + 1 || bytesEqual(previous, bytes)) {
    throw snapshotsErrors.SNAPSHOT_RECORD_INVALID({ field: "number" });
  }
  return record;
}
