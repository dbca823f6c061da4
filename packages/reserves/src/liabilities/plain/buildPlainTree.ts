import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { systemSegments } from "../sum/systemSegments.ts";
import { type BuildPorts, reportProgress } from "../tree/BuildPorts.ts";
import { CustomerRecords } from "../tree/CustomerRecords.ts";
import type { CustomerRow } from "../tree/CustomerRow.ts";
import { readU32, writeU32 } from "../tree/layout.ts";
import type { ImageReader } from "../tree/readImage.ts";
import { readRows } from "../tree/readRows.ts";
import { checkTerms, type SnapshotTerms } from "../tree/SnapshotTerms.ts";
import { columnCount } from "../verify/assetList.ts";
import { HASH_SIZE } from "../verify/limits.ts";
import { depthOfSize } from "../verify/treeRules.ts";
import { PlainTree, type PlainTreeState } from "./PlainTree.ts";

const RUN_LEAVES = 16_384;
const PLAIN = { branchSize: HASH_SIZE, leafVersion: 1 } as const;
const NO_SECRET = new Uint8Array(HASH_SIZE);

export async function buildPlainTree(
  rows: Iterable<CustomerRow> | AsyncIterable<CustomerRow>,
  terms: SnapshotTerms,
  ports: BuildPorts,
): Promise<PlainTree> {
  checkTerms(terms);
  const { assets, snapshotId, hash = "sha256" } = terms;
  const records = new CustomerRecords({ assets, hash, snapshotId, ...PLAIN });
  await readRows(rows, records, (customers) =>
    reportProgress(ports, { phase: "read", customers, total: undefined }),
  );
  const { image, layout } = records;
  const total = image.leafCount;
  image.addBranches(total - 1);
  const positions = shuffledPlaces(total, ports.random);
  for (let leaf = 0; leaf < total; leaf++) {
    writeU32(image.leaf(leaf), layout.positionAt, positions[leaf] as number);
  }
  await hashLeaves({ hash, snapshotId, records }, ports);
  return new PlainTree({ hash, snapshotId, records }, false);
}

async function hashLeaves({ hash, snapshotId, records }: PlainTreeState, ports: BuildPorts): Promise<void> {
  const { image, layout, assets } = records;
  const total = image.leafCount;
  const columns = columnCount(assets);
  const task = { hash, columns, snapshotId, paddingSecret: NO_SECRET, toLevel: 0, leafVersion: 1 as const };
  const { build, parallelCount } = ports.segments ?? systemSegments;
  let next = 0;
  let hashed = 0;
  async function work(): Promise<void> {
    for (let first = next; first < total; first = next) {
      const end = Math.min(first + RUN_LEAVES, total);
      next = end;
      const run = new Uint8Array((end - first) * layout.size);
      for (let leaf = first; leaf < end; leaf++) run.set(image.leaf(leaf), (leaf - first) * layout.size);
      const { leaves } = await build({ ...task, leaves: run });
      for (let leaf = first; leaf < end; leaf++) {
        const start = (leaf - first) * layout.size;
        image.leaf(leaf).set(leaves.subarray(start, start + layout.size));
      }
      hashed += end - first;
      reportProgress(ports, { phase: "hash", customers: hashed, total });
    }
  }
  await Promise.all(Array.from({ length: parallelCount }, work));
}

export async function openPlainTree({ header, fill }: ImageReader): Promise<PlainTree> {
  const { hash, depth, snapshotId, assets, leafCount, branchCount } = header;
  const records = new CustomerRecords({ assets, hash, snapshotId, ...PLAIN });
  if (header.leafVersion !== 1 || branchCount !== leafCount - 1 || depth !== depthOfSize(leafCount)) {
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

/** Uniform: sorts indices by random 64-bit numbers. */
function shuffledPlaces(count: number, random: Random): Uint32Array {
  const keys = new BigUint64Array(count);
  const bytes = random.bytes(8 * count);
  new Uint8Array(keys.buffer).set(bytes);
  const places = Uint32Array.from(keys, (_, index) => index);
  return places.sort((a, b) => ((keys[a] as bigint) < (keys[b] as bigint) ? -1 : 1));
}
