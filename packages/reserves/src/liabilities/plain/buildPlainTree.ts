import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import { NodeHasher } from "../sum/NodeHasher.ts";
import { type BuildPorts, reportProgress } from "../tree/BuildPorts.ts";
import { CustomerRecords } from "../tree/CustomerRecords.ts";
import type { CustomerRow } from "../tree/CustomerRow.ts";
import { readU32, writeU32 } from "../tree/layout.ts";
import type { ImageReader } from "../tree/readImage.ts";
import { readRows } from "../tree/readRows.ts";
import { checkTerms, type SnapshotTerms } from "../tree/SnapshotTerms.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { depthOfSize } from "../verify/treeRules.ts";
import { PlainTree } from "./PlainTree.ts";

const REPORT_EVERY = 4096;

/**
 * Reads all customers, puts them in an order of chance, and hashes the tree.
 * @throws what `checkTerms` and `readRows` do, TREE_BUILD_STOPPED
 */
export async function buildPlainTree(
  rows: Iterable<CustomerRow> | AsyncIterable<CustomerRow>,
  terms: SnapshotTerms,
  ports: BuildPorts,
): Promise<PlainTree> {
  checkTerms(terms);
  const { assets, snapshotId, hash = "sha256" } = terms;
  const records = new CustomerRecords(assets, hash, HASH_SIZE);
  await readRows(rows, records, (customers) =>
    reportProgress(ports, { phase: "read", customers, total: undefined }),
  );
  const { image, layout } = records;
  const total = image.leafCount;
  image.addBranches(total - 1);
  const positions = shuffledPlaces(total, ports.random);
  const hasher = new NodeHasher(serverHashes[hash], layout, snapshotId, new Uint8Array(HASH_SIZE));
  for (let leaf = 0; leaf < total; leaf++) {
    const record = image.leaf(leaf);
    writeU32(record, layout.positionAt, positions[leaf] as number);
    records.salt(leaf, snapshotId);
    record.set(hasher.leaf(record));
    if (leaf % REPORT_EVERY === 0) reportProgress(ports, { phase: "hash", customers: leaf, total });
  }
  const tree = new PlainTree({ hash, snapshotId, records }, false);
  reportProgress(ports, { phase: "hash", customers: total, total });
  return tree;
}

/**
 * Reads a tree as it was stored, without hashing it again.
 * @throws TREE_IMAGE_INVALID
 */
export async function openPlainTree({ header, fill }: ImageReader): Promise<PlainTree> {
  const { hash, depth, snapshotId, assets, leafCount, branchCount } = header;
  const records = new CustomerRecords(assets, hash, HASH_SIZE);
  if (branchCount !== leafCount - 1 || depth !== depthOfSize(leafCount)) {
    throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "shape", depth });
  }
  await fill(records.image);
  records.indexAll();
  const isTaken = new Uint8Array(leafCount);
  for (let leaf = 0; leaf < leafCount; leaf++) {
    const position = readU32(records.image.leaf(leaf), records.layout.positionAt);
    if (isTaken[position] !== 0) throw liabilitiesErrors.TREE_IMAGE_INVALID({ what: "position", leaf });
    isTaken[position] = 1;
  }
  return new PlainTree({ hash, snapshotId, records }, true);
}

/** Each of the places once, in an order of which none is likelier: ranks of random numbers of 64 bits. */
function shuffledPlaces(count: number, random: Random): Uint32Array {
  const keys = new BigUint64Array(count);
  const bytes = random.bytes(8 * count);
  new Uint8Array(keys.buffer).set(bytes);
  const places = Uint32Array.from(keys, (_, index) => index);
  return places.sort((a, b) => ((keys[a] as bigint) < (keys[b] as bigint) ? -1 : 1));
}
