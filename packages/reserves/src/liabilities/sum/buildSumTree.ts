import type { Random } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import { type BuildPorts, reportProgress } from "../tree/BuildPorts.ts";
import { CustomerRecords } from "../tree/CustomerRecords.ts";
import type { CustomerRow } from "../tree/CustomerRow.ts";
import { BRANCH_MARK, branchLayout, readU32, writeU32 } from "../tree/layout.ts";
import { readRows } from "../tree/readRows.ts";
import type { SegmentResult, SegmentTask } from "../tree/SegmentBuilder.ts";
import { checkTerms, type SnapshotTerms } from "../tree/SnapshotTerms.ts";
import { columnCount } from "../verify/assetList.ts";
import { DEPTH_MAX, HASH_SIZE } from "../verify/limits.ts";
import { depthOfSize } from "../verify/treeRules.ts";
import { createDrawer, drawPositions } from "./drawPositions.ts";
import { NodeHasher } from "./NodeHasher.ts";
import { raiseLevels } from "./raiseLevels.ts";
import { SumTree, type SumTreeState } from "./SumTree.ts";
import { shownTogether } from "./shownTogether.ts";
import { systemSegments } from "./systemSegments.ts";

/** Extra levels: at least 16 positions per leaf (LIAB-10). */
const EMPTY_LEVELS = 4;
/** A segment of this size fits in a core's cache. */
const SEGMENT_LEAVES = 16_384;

export async function buildSumTree(
  rows: Iterable<CustomerRow> | AsyncIterable<CustomerRow>,
  terms: SnapshotTerms,
  ports: BuildPorts,
): Promise<SumTree> {
  checkTerms(terms);
  const hash = terms.hash ?? "sha256";
  const columns = columnCount(terms.assets);
  const { assets, snapshotId } = terms;
  const branchSize = branchLayout(columns).size;
  const records = new CustomerRecords({ assets, hash, branchSize, snapshotId, leafVersion: 2 });
  await readRows(rows, records, (customers) =>
    reportProgress(ports, { phase: "read", customers, total: undefined }),
  );
  const depth = depthFor(records.image.leafCount, terms.depth);
  const paddingSecret = ports.random.bytes(HASH_SIZE);
  const state = { hash, depth, snapshotId, paddingSecret, records };
  const order = placeLeaves(records, depth, ports);
  const root = await hashAll(state, order, ports);
  return new SumTree({ ...state, root }, ports.random);
}

function depthFor(leaves: number, wanted: number | undefined): number {
  const filled = depthOfSize(leaves);
  const depth = wanted ?? Math.min(filled + EMPTY_LEVELS, DEPTH_MAX);
  if (depth < filled + 1)
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "the depth does not match the number of customers",
      depth,
      depthMin: filled + 1,
      leaves,
    });
  return depth;
}

/** With few customers, no draw may separate all shares. */
const REDRAWS_MAX = 32;

function placeLeaves(records: CustomerRecords, depth: number, { random }: BuildPorts): Uint32Array {
  const { image, layout, shares } = records;
  const positions = drawShares(records, depth, random);
  let order = orderOf(positions);
  for (let redraw = 0; redraw < REDRAWS_MAX; redraw++) {
    const together = shownTogether(order, positions);
    if (together.length === 0) break;
    const taken = new Set(positions);
    const draw = createDrawer(depth - 1, random);
    for (const customer of together) {
      let position = 2 ** (depth - 1) + draw();
      while (taken.has(position)) position = 2 ** (depth - 1) + draw();
      taken.add(position);
      positions[customer * shares + 1] = position;
    }
    order = orderOf(positions);
  }
  for (const [leaf, position] of positions.entries()) writeU32(image.leaf(leaf), layout.positionAt, position);
  return order;
}

function orderOf(positions: Uint32Array): Uint32Array {
  const keys = new BigUint64Array(positions.length);
  const halves = new Uint32Array(keys.buffer);
  for (const [leaf, position] of positions.entries()) {
    halves[2 * leaf] = leaf;
    halves[2 * leaf + 1] = position;
  }
  keys.sort();
  return positions.map((_, index) => halves[2 * index] as number);
}

/** One position in each half of the tree, so that only the root covers both shares. */
function drawShares({ customerCount, shares }: CustomerRecords, depth: number, random: Random): Uint32Array {
  const positions = new Uint32Array(customerCount * shares);
  for (let share = 0; share < shares; share++) {
    const start = share * 2 ** (depth - 1);
    const drawn = drawPositions(customerCount, depth - 1, random);
    for (const [customer, position] of drawn.entries())
      positions[customer * shares + share] = start + position;
  }
  return positions;
}

type UnhashedState = Omit<SumTreeState, "root">;

interface Segment {
  readonly first: number;
  readonly end: number;
  readonly position: number;
}

interface BuiltSegment extends Segment {
  readonly root: number;
}

async function hashAll(state: UnhashedState, order: Uint32Array, ports: BuildPorts): Promise<number> {
  const { records, depth } = state;
  const topLevels = Math.min(depth, depthOfSize(Math.ceil(order.length / SEGMENT_LEAVES)));
  const segmentDepth = depth - topLevels;
  const segments = cutSegments(records, order, segmentDepth);
  records.image.addBranches(order.length - 1);
  const builder = ports.segments ?? systemSegments;
  const built: BuiltSegment[] = [];
  let next = 0;
  let hashed = 0;
  async function work(): Promise<void> {
    for (let index = next++; index < segments.length; index = next++) {
      const segment = segments[index] as Segment;
      const task = gather(state, order, segment, segmentDepth);
      built[index] = { ...segment, root: scatter(state, order, segment, await builder.build(task)) };
      hashed += segment.end - segment.first;
      const customers = Math.floor(hashed / records.shares);
      reportProgress(ports, { phase: "hash", customers, total: records.customerCount });
    }
  }
  await Promise.all(Array.from({ length: builder.parallelCount }, work));
  return joinSegments(state, built, segmentDepth);
}

function cutSegments(records: CustomerRecords, order: Uint32Array, segmentDepth: number): Segment[] {
  const { image, layout } = records;
  const segments: { first: number; end: number; position: number }[] = [];
  for (const [index, leaf] of order.entries()) {
    const leafPosition = readU32(image.leaf(leaf), layout.positionAt);
    const position = segmentDepth === 32 ? 0 : leafPosition >>> segmentDepth;
    const last = segments.at(-1);
    if (last?.position === position) last.end = index + 1;
    else segments.push({ first: index, end: index + 1, position });
  }
  return segments;
}

function gather(
  { hash, records, snapshotId, paddingSecret }: UnhashedState,
  order: Uint32Array,
  { first, end }: Segment,
  toLevel: number,
): SegmentTask {
  const { image, layout, assets } = records;
  const leaves = new Uint8Array((end - first) * layout.size);
  for (let index = first; index < end; index++) {
    leaves.set(image.leaf(order[index] as number), (index - first) * layout.size);
  }
  const { leafVersion } = records;
  return { hash, columns: columnCount(assets), snapshotId, paddingSecret, toLevel, leafVersion, leaves };
}

function scatter(
  { records }: UnhashedState,
  order: Uint32Array,
  segment: Segment,
  result: SegmentResult,
): number {
  const { image, layout, assets } = records;
  const branch = branchLayout(columnCount(assets));
  const { first, end } = segment;
  const toTree = (reference: number): number =>
    reference >= BRANCH_MARK ? reference + first : (order[first + reference] as number);
  for (let index = first; index < end; index++) {
    const start = (index - first) * layout.size;
    image.leaf(order[index] as number).set(result.leaves.subarray(start, start + layout.size));
  }
  for (let index = 0; index < end - first - 1; index++) {
    const record = image.branch(first + index);
    record.set(result.branches.subarray(index * branch.size, (index + 1) * branch.size));
    writeU32(record, branch.leftAt, toTree(readU32(record, branch.leftAt)));
    writeU32(record, branch.rightAt, toTree(readU32(record, branch.rightAt)));
  }
  return toTree(result.root);
}

function joinSegments(
  { hash, depth, snapshotId, paddingSecret, records }: UnhashedState,
  built: readonly BuiltSegment[],
  fromLevel: number,
): number {
  const { image, layout, assets } = records;
  const { nodeSize } = layout;
  const branch = branchLayout(columnCount(assets));
  const recordOf = (reference: number): Uint8Array =>
    reference >= BRANCH_MARK ? image.branch(reference - BRANCH_MARK) : image.leaf(reference);
  const nodes = new Uint8Array(built.length * nodeSize);
  for (const [index, { root }] of built.entries()) {
    nodes.set(recordOf(root).subarray(0, nodeSize), index * nodeSize);
  }
  const positions = Uint32Array.from(built, ({ position }) => position);
  const branches = new Uint8Array((built.length - 1) * branch.size);
  const { leafVersion } = records;
  const hasher = new NodeHasher(serverHashes[hash], layout, { snapshotId, paddingSecret, leafVersion });
  const level = { nodes, stride: nodeSize, nodeSize, positions, branches, branch };
  const root = raiseLevels(hasher, level, fromLevel, depth);
  const toTree = (reference: number): number =>
    reference >= BRANCH_MARK
      ? BRANCH_MARK + (built[reference - BRANCH_MARK] as BuiltSegment).end - 1
      : (built[reference] as BuiltSegment).root;
  for (const [index, { root: reference }] of built.entries()) {
    recordOf(reference).set(nodes.subarray(index * nodeSize, (index + 1) * nodeSize));
  }
  for (let index = 0; index < built.length - 1; index++) {
    const record = image.branch(toTree(BRANCH_MARK + index) - BRANCH_MARK);
    record.set(branches.subarray(index * branch.size, (index + 1) * branch.size));
    writeU32(record, branch.leftAt, toTree(readU32(record, branch.leftAt)));
    writeU32(record, branch.rightAt, toTree(readU32(record, branch.rightAt)));
  }
  return toTree(root);
}
