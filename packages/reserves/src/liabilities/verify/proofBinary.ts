import { liabilitiesErrors } from "../errors.ts";
import { columnCount, encodeAssetList, readAssetList } from "./assetList.ts";
import { ByteWriter } from "./ByteWriter.ts";
import { DEPTH_MAX, FORMAT_VERSION, HASH_SIZE, LEAVES_MAX, SHARED_FORMAT_VERSION } from "./limits.ts";
import type { LeafOpening, ProofFile } from "./ProofFile.ts";
import { ProofReader } from "./ProofReader.ts";
import type { SumNode } from "./preimages.ts";
import { encodeRootRecord, type RootRecord, readRootRecord } from "./RootRecord.ts";
import { readCompactSums, writeCompactSums } from "./sums.ts";

const MAGIC = Uint8Array.from([0x54, 0x4c, 0x50]); // TLP.

/** LIAB-14. */
export function encodeProof({ record, assets, leaves, siblings }: ProofFile): Uint8Array {
  const writer = new ByteWriter()
    .put(MAGIC)
    .u8(record.shares === undefined ? FORMAT_VERSION : SHARED_FORMAT_VERSION)
    .put(encodeRootRecord(record))
    .put(encodeAssetList(assets))
    .u32(leaves.length);
  for (const { customerId, share, salt, position, sums } of leaves) {
    writer.text(customerId);
    if (record.shares !== undefined) writer.u8(share ?? 0);
    writer.put(salt).u32(position);
    writeCompactSums(writer, sums);
  }
  writer.u32(siblings.length);
  for (const { hash, sums } of siblings) writeCompactSums(writer.put(hash), sums);
  return writer.bytes();
}

/** @throws PROOF_MALFORMED, LIABILITIES_INPUT_INVALID */
export function decodeProof(bytes: Uint8Array): ProofFile {
  const reader = new ProofReader(bytes);
  for (const byte of MAGIC) {
    if (reader.u8("file") !== byte) throw liabilitiesErrors.PROOF_MALFORMED({ what: "file" });
  }
  const version = reader.u8("version");
  if (version !== FORMAT_VERSION && version !== SHARED_FORMAT_VERSION)
    throw liabilitiesErrors.PROOF_MALFORMED({ reason: "unknown version", version });
  const record = readRootRecord(reader);
  const isShared = record.shares !== undefined;
  if (isShared !== (version === SHARED_FORMAT_VERSION))
    throw liabilitiesErrors.PROOF_MALFORMED({ what: "version of the record" });
  const assets = readAssetList(reader);
  const columns = columnCount(assets);
  const leaves = readMany(reader, LEAVES_MAX, "leaves", () => readLeaf(reader, columns, isShared));
  const siblingColumns = siblingColumnCount(record, columns);
  const siblings = readMany(reader, LEAVES_MAX * DEPTH_MAX, "siblings", () =>
    readSibling(reader, siblingColumns),
  );
  reader.end();
  return { record, assets, leaves, siblings };
}

export function siblingColumnCount({ scheme }: RootRecord, columns: number): number {
  return scheme === "plain" ? 0 : columns;
}

function readLeaf(reader: ProofReader, columns: number, isShared: boolean): LeafOpening {
  return {
    customerId: reader.text("customer id"),
    ...(isShared ? { share: reader.u8("share") } : {}),
    salt: reader.take(HASH_SIZE, "salt"),
    position: reader.u32("position"),
    sums: readCompactSums(reader, columns),
  };
}

function readSibling(reader: ProofReader, columns: number): SumNode {
  return { hash: reader.take(HASH_SIZE, "sibling"), sums: readCompactSums(reader, columns) };
}

/** Checks the count before allocating. */
function readMany<Item>(reader: ProofReader, max: number, what: string, read: () => Item): Item[] {
  const count = reader.u32(what);
  if (count > max) throw liabilitiesErrors.PROOF_MALFORMED({ what, count, max });
  const items: Item[] = [];
  while (items.length < count) items.push(read());
  return items;
}
