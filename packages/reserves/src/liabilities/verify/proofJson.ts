import { bytesToHex, hexToBytes, isHex } from "@trellis/base";
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseCanonicalJson,
} from "../../canonical/canonicalJson.ts";
import { liabilitiesErrors } from "../errors.ts";
import { type AssetList, checkAssetList, columnCount } from "./assetList.ts";
import { hashNamed } from "./hashes.ts";
import {
  ASSETS_MAX,
  DEPTH_MAX,
  FORMAT_VERSION,
  HASH_SIZE,
  LEAVES_MAX,
  SHARED_FORMAT_VERSION,
} from "./limits.ts";
import type { LeafOpening, ProofFile } from "./ProofFile.ts";
import type { SumNode } from "./preimages.ts";
import { siblingColumnCount } from "./proofBinary.ts";
import { type RootRecord, SCHEME_NUMBERS, type SchemeName } from "./RootRecord.ts";
import { amountsFromSums, type Sums, sumsFromAmounts } from "./sums.ts";

const FORMAT = "trellis liability proof";
const U32_MAX = 2 ** 32 - 1;
const AS_HANDED_OUT = "the issued file, byte for byte; this JSON was reformatted, for example by an editor";

/** Canonical JSON (LIAB-15, RFC 8785). */
export function proofToJson(file: ProofFile): string {
  return canonicalJson({
    format: FORMAT,
    version: file.record.shares === undefined ? FORMAT_VERSION : SHARED_FORMAT_VERSION,
    record: recordToJson(file.record),
    assets: file.assets.assets.map(({ id, decimals }) => ({ id, decimals })),
    hasDebt: file.assets.hasDebt,
    leaves: file.leaves.map(({ customerId, share, salt, position, sums }) => ({
      customerId,
      ...(file.record.shares === undefined ? {} : { share: share ?? 0 }),
      salt: bytesToHex(salt),
      position,
      sums: sumsToJson(sums),
    })),
    siblings: file.siblings.map(({ hash, sums }) => ({ hash: bytesToHex(hash), sums: sumsToJson(sums) })),
  });
}

/** @throws PROOF_MALFORMED, LIABILITIES_INPUT_INVALID */
export function proofFromJson(text: string): ProofFile {
  const value = parse(text);
  checkFormat(value);
  const file = objectWith(value, "file", FILE_MEMBERS);
  if (file.version !== FORMAT_VERSION && file.version !== SHARED_FORMAT_VERSION) {
    throw liabilitiesErrors.PROOF_MALFORMED({
      reason: "unknown version",
      version: String(file.version),
    });
  }
  const isShared = file.version === SHARED_FORMAT_VERSION;
  const record = recordFromJson(file.record, isShared);
  const assets = assetsFromJson(file.assets, file.hasDebt);
  const columns = columnCount(assets);
  const siblingColumns = siblingColumnCount(record, columns);
  return {
    record,
    assets,
    leaves: listOf(file.leaves, LEAVES_MAX, "leaves").map((leaf) => leafFromJson(leaf, columns, isShared)),
    siblings: listOf(file.siblings, LEAVES_MAX * DEPTH_MAX, "siblings").map((sibling) =>
      siblingFromJson(sibling, siblingColumns),
    ),
  };
}

const FILE_MEMBERS = ["assets", "format", "hasDebt", "leaves", "record", "siblings", "version"];
const RECORD_MEMBERS = [
  "assetListHash",
  "depth",
  "hash",
  "root",
  "scheme",
  "snapshotId",
  "totals",
  "treeSize",
];
const SHARED_RECORD_MEMBERS = [...RECORD_MEMBERS, "shares"].sort();
const LEAF_MEMBERS = ["customerId", "position", "salt", "sums"];
const SHARED_LEAF_MEMBERS = [...LEAF_MEMBERS, "share"].sort();
const U8_MAX = 255;

function recordToJson(record: RootRecord): JsonObject {
  const { scheme, hash, depth, treeSize, shares } = record;
  return {
    scheme,
    hash,
    depth,
    treeSize,
    ...(shares === undefined ? {} : { shares }),
    snapshotId: bytesToHex(record.snapshotId),
    assetListHash: bytesToHex(record.assetListHash),
    root: bytesToHex(record.root),
    totals: sumsToJson(record.totals),
  };
}

function recordFromJson(value: JsonValue | undefined, isShared: boolean): RootRecord {
  const record = objectWith(value, "record", isShared ? SHARED_RECORD_MEMBERS : RECORD_MEMBERS);
  if (typeof record.scheme !== "string" || !Object.hasOwn(SCHEME_NUMBERS, record.scheme)) {
    throw malformed("scheme");
  }
  return {
    scheme: record.scheme as SchemeName,
    hash: hashNamed(String(record.hash)),
    depth: integerOf(record.depth, 255, "depth"),
    treeSize: integerOf(record.treeSize, U32_MAX, "treeSize"),
    ...(isShared ? { shares: integerOf(record.shares, U8_MAX, "shares") } : {}),
    snapshotId: hashFromJson(record.snapshotId, "snapshotId"),
    assetListHash: hashFromJson(record.assetListHash, "assetListHash"),
    root: hashFromJson(record.root, "root"),
    totals: sumsFromJson(record.totals, undefined),
  };
}

function assetsFromJson(value: JsonValue | undefined, hasDebt: JsonValue | undefined): AssetList {
  if (typeof hasDebt !== "boolean") throw malformed("hasDebt");
  const assets = listOf(value, ASSETS_MAX, "assets").map((item) => {
    const { id, decimals } = objectWith(item, "asset", ["decimals", "id"]);
    if (typeof id !== "string") throw malformed("asset");
    return { id, decimals: integerOf(decimals, 255, "decimals") };
  });
  const list = { assets, hasDebt };
  checkAssetList(list);
  return list;
}

function leafFromJson(value: JsonValue, columns: number, isShared: boolean): LeafOpening {
  const leaf = objectWith(value, "leaf", isShared ? SHARED_LEAF_MEMBERS : LEAF_MEMBERS);
  if (typeof leaf.customerId !== "string") throw malformed("customerId");
  return {
    customerId: leaf.customerId,
    ...(isShared ? { share: integerOf(leaf.share, U8_MAX, "share") } : {}),
    salt: hashFromJson(leaf.salt, "salt"),
    position: integerOf(leaf.position, U32_MAX, "position"),
    sums: sumsFromJson(leaf.sums, columns),
  };
}

function siblingFromJson(value: JsonValue, columns: number): SumNode {
  const sibling = objectWith(value, "sibling", ["hash", "sums"]);
  return { hash: hashFromJson(sibling.hash, "sibling"), sums: sumsFromJson(sibling.sums, columns) };
}

function sumsToJson(sums: Sums): string[] {
  return amountsFromSums(sums).map(String);
}

function sumsFromJson(value: JsonValue | undefined, columns: number | undefined): Sums {
  const texts = listOf(value, 2 * ASSETS_MAX, "sums");
  if (columns !== undefined && texts.length !== columns) throw malformed("sums");
  return sumsFromAmounts(
    texts.map((text) => {
      // 2^128 has 39 digits.
      if (typeof text !== "string" || !/^(?:0|[1-9][0-9]{0,38})$/.test(text)) throw malformed("sum");
      return BigInt(text);
    }),
  );
}

function parse(text: string): JsonValue {
  try {
    return parseCanonicalJson(text);
  } catch (cause) {
    const file = looseJson(text);
    if (file === undefined) throw liabilitiesErrors.PROOF_MALFORMED({ what: "JSON" }, cause);
    checkFormat(file);
    throw liabilitiesErrors.PROOF_MALFORMED({ what: "JSON", expected: AS_HANDED_OUT }, cause);
  }
}

/** Reports other formats as unknown, not as damaged. */
function checkFormat(file: unknown): void {
  const isOurs = typeof file === "object" && file !== null && "format" in file && file.format === FORMAT;
  if (!isOurs)
    throw liabilitiesErrors.PROOF_MALFORMED({ reason: "unknown format", expected: `"format":"${FORMAT}"` });
}

function looseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function objectWith(value: JsonValue | undefined, what: string, members: readonly string[]): JsonObject {
  if (value === undefined || !isJsonObject(value)) throw malformed(what);
  if (Object.keys(value).sort().join() !== members.join()) throw malformed(what);
  return value;
}

/** Requires lower case, so that each hash has one encoding. */
function hashFromJson(value: JsonValue | undefined, what: string): Uint8Array {
  if (!isHex(value, HASH_SIZE) || value !== value.toLowerCase())
    throw liabilitiesErrors.PROOF_MALFORMED({ what, expected: `${HASH_SIZE} bytes in hexadecimal` });
  return hexToBytes(value);
}

function listOf(value: JsonValue | undefined, max: number, what: string): readonly JsonValue[] {
  if (!Array.isArray(value) || value.length > max) throw malformed(what);
  return value as readonly JsonValue[];
}

function integerOf(value: JsonValue | undefined, max: number, what: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
    throw malformed(what);
  }
  return value;
}

function malformed(what: string) {
  return liabilitiesErrors.PROOF_MALFORMED({ what });
}
