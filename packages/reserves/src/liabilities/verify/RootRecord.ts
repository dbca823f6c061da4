import { liabilitiesErrors } from "../errors.ts";
import { ByteWriter } from "./ByteWriter.ts";
import { type Digest, HASH_NUMBERS, type HashName, hashNumbered } from "./hashes.ts";
import { FORMAT_VERSION, HASH_SIZE, SHARED_FORMAT_VERSION, SUM_SIZE } from "./limits.ts";
import type { ProofReader } from "./ProofReader.ts";
import type { Sums } from "./sums.ts";

/** Encoded numbers are never reused. */
export const SCHEME_NUMBERS = { sum: 1, plain: 2, "private-sum": 3 } as const;
export type SchemeName = keyof typeof SCHEME_NUMBERS;

export interface RootRecord {
  readonly scheme: SchemeName;
  readonly hash: HashName;
  readonly snapshotId: Uint8Array;
  readonly depth: number;
  /** 0 if the scheme hides the size. */
  readonly treeSize: number;
  /** Absent in version 1. */
  readonly shares?: number;
  readonly assetListHash: Uint8Array;
  readonly root: Uint8Array;
  /** Empty for schemes without sums. */
  readonly totals: Sums;
}

const MAGIC = Uint8Array.from([0x54, 0x4c, 0x52]); // TLR.

export function encodeRootRecord(record: RootRecord): Uint8Array {
  const { shares } = record;
  const writer = new ByteWriter()
    .put(MAGIC)
    .u8(shares === undefined ? FORMAT_VERSION : SHARED_FORMAT_VERSION)
    .u8(SCHEME_NUMBERS[record.scheme])
    .u8(HASH_NUMBERS[record.hash])
    .u8(record.depth)
    .u32(record.treeSize);
  if (shares !== undefined) writer.u8(shares);
  return writer
    .put(record.snapshotId)
    .put(record.assetListHash)
    .put(record.root)
    .u16(record.totals.length / SUM_SIZE)
    .put(record.totals)
    .bytes();
}

export function readRootRecord(reader: ProofReader): RootRecord {
  for (const byte of MAGIC) {
    if (reader.u8("root record") !== byte) throw liabilitiesErrors.PROOF_MALFORMED({ what: "root record" });
  }
  const version = reader.u8("version");
  if (version !== FORMAT_VERSION && version !== SHARED_FORMAT_VERSION)
    throw liabilitiesErrors.PROOF_MALFORMED({ reason: "unknown version", version });
  return {
    scheme: schemeNumbered(reader.u8("scheme")),
    hash: hashNumbered(reader.u8("hash function")),
    depth: reader.u8("depth"),
    treeSize: reader.u32("tree size"),
    ...(version === SHARED_FORMAT_VERSION ? { shares: reader.u8("shares") } : {}),
    snapshotId: reader.take(HASH_SIZE, "snapshot id"),
    assetListHash: reader.take(HASH_SIZE, "hash of the asset list"),
    root: reader.take(HASH_SIZE, "root"),
    totals: reader.take(reader.u16("totals") * SUM_SIZE, "totals"),
  };
}

/** The published hash (LIAB-13). */
export function hashRootRecord(digest: Digest, record: RootRecord): Uint8Array {
  return digest(encodeRootRecord(record));
}

function schemeNumbered(number: number): SchemeName {
  const names = Object.keys(SCHEME_NUMBERS) as SchemeName[];
  const known = names.find((name) => SCHEME_NUMBERS[name] === number);
  if (known === undefined) throw liabilitiesErrors.PROOF_MALFORMED({ what: "scheme", number });
  return known;
}
