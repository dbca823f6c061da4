import { bytesEqual, concatBytes } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import { type AssetList, encodeAssetList, readAssetList } from "../verify/assetList.ts";
import { ByteWriter } from "../verify/ByteWriter.ts";
import { HASH_NUMBERS, type HashName, hashNumbered } from "../verify/hashes.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { ProofReader } from "../verify/ProofReader.ts";
import type { LeafVersion } from "../verify/preimages.ts";
import { SCHEME_NUMBERS, type SchemeName } from "../verify/RootRecord.ts";

export interface TreeHeader {
  readonly scheme: SchemeName;
  readonly hash: HashName;
  readonly depth: number;
  readonly snapshotId: Uint8Array;
  readonly paddingSecret: Uint8Array;
  readonly assets: AssetList;
  readonly leafCount: number;
  readonly branchCount: number;
  /** Encoded as the last digit of the magic (LIAB-24). */
  readonly leafVersion: LeafVersion;
  readonly root: number;
}

const MAGIC = Uint8Array.from([0x54, 0x4c, 0x49]); // TLI.
const DIGIT_ZERO = 0x30;
export const HEADER_START_SIZE = 8;
const SIZE_MAX = 65_536;

/** The size depends only on the asset list. The last 32 bytes are the SHA-256 of the preceding bytes. */
export function encodeHeader(header: TreeHeader): Uint8Array {
  const body = new ByteWriter()
    .u8(SCHEME_NUMBERS[header.scheme])
    .u8(HASH_NUMBERS[header.hash])
    .u8(header.depth)
    .put(header.snapshotId)
    .put(header.paddingSecret)
    .u32(header.leafCount)
    .u32(header.branchCount)
    .u32(header.root)
    .put(encodeAssetList(header.assets))
    .bytes();
  const size = HEADER_START_SIZE + body.length + HASH_SIZE;
  const version = DIGIT_ZERO + header.leafVersion;
  const unsealed = new ByteWriter().put(MAGIC).u8(version).u32(size).put(body).bytes();
  return concatBytes(unsealed, serverHashes.sha256(unsealed));
}

export function headerSize(start: Uint8Array): number {
  const size = new DataView(start.buffer, start.byteOffset).getUint32(4);
  const version = versionOf(start);
  if (
    version === undefined ||
    !bytesEqual(start.subarray(0, 3), MAGIC) ||
    size < HEADER_START_SIZE + HASH_SIZE ||
    size > SIZE_MAX
  ) {
    throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "header", size });
  }
  return size;
}

function versionOf(start: Uint8Array): LeafVersion | undefined {
  const version = (start[MAGIC.length] as number) - DIGIT_ZERO;
  return version === 1 || version === 2 ? version : undefined;
}

export function decodeHeader(bytes: Uint8Array): TreeHeader {
  const end = bytes.length - HASH_SIZE;
  if (!bytesEqual(serverHashes.sha256(bytes.subarray(0, end)), bytes.subarray(end))) {
    throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "checksum of the header" });
  }
  try {
    const body = readBody(new ProofReader(bytes.subarray(HEADER_START_SIZE, end)));
    return { ...body, leafVersion: versionOf(bytes) ?? 1 };
  } catch (cause) {
    throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "header" }, cause);
  }
}

function readBody(reader: ProofReader): Omit<TreeHeader, "leafVersion"> {
  const number = reader.u8("scheme");
  const scheme = (Object.keys(SCHEME_NUMBERS) as SchemeName[]).find(
    (name) => SCHEME_NUMBERS[name] === number,
  );
  if (scheme === undefined) throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "scheme", number });
  const header = {
    scheme,
    hash: hashNumbered(reader.u8("hash function")),
    depth: reader.u8("depth"),
    snapshotId: reader.take(HASH_SIZE, "snapshot id"),
    paddingSecret: reader.take(HASH_SIZE, "secret"),
    leafCount: reader.u32("leaves"),
    branchCount: reader.u32("branches"),
    root: reader.u32("root"),
    assets: readAssetList(reader),
  };
  reader.end();
  return header;
}
