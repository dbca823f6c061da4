export {
  denseHashes,
  denseInner,
  denseMessages,
  hashDenseLeaves,
  hashDenseNodes,
  prepareDense,
} from "./dense";

import { Lanes, TARGETS } from "./lanes";
import { prepareSalts, saltFour } from "./salts";
import { addSums } from "./sums";

// Hashes a segment of a SHA-256 sum tree, four nodes at a time. Layout: src/liabilities/tree/layout.ts.
// Reference implementation: src/liabilities/sum/raiseLevels.ts.

const HASH_SIZE: usize = 32;
const BRANCH_MARK: u32 = 0x80000000;

/** The host writes these values before it calls `prepare`. INFO is an HKDF info block. */
export const SNAPSHOT_ID = memory.data(32, 16);
export const PADDING_SECRET = memory.data(32, 16);
export const INFO = memory.data(64, 16);
const INFO_LENGTH: u32 = 27;

const leafLanes = new Lanes();
const nodeLanes = new Lanes();
const paddingLanes = new Lanes();

let nodeSize: usize = 0;
let leafSize: usize = 0;
let branchSize: usize = 0;
let columns: u32 = 0;
let leaves: usize = 0;
let branches: usize = 0;
let positions: usize = 0;
let references: usize = 0;

/** Position of the sum that overflowed. */
export let faultLevel: u32 = 0;
export let faultColumn: u32 = 0;

/** Returns the end of the used memory, or 0 if memory is insufficient. The host then writes leaves at `leavesStart`. */
export function prepare(columnCount: u32, count: u32): usize {
  columns = columnCount;
  nodeSize = HASH_SIZE + (columnCount << 4);
  leafSize = nodeSize + 2 * HASH_SIZE + 8;
  branchSize = nodeSize + 16;
  faultLevel = 0;
  let end = (__heap_base + 15) & ~15;
  // The runtime allocates the three `Lanes` in these bytes.
  end += 4096;
  const leafLength = 2 + 3 * HASH_SIZE + (columnCount << 4);
  const nodeLength = 2 + 2 * nodeSize;
  const lanesStart = end;
  end += 4 * (((leafLength + 72) & ~63) + ((nodeLength + 72) & ~63) + 64);
  leaves = end;
  branches = leaves + count * leafSize;
  positions = (branches + count * branchSize + 15) & ~15;
  references = positions + (count << 2);
  end = references + (count << 2) + 16;
  const pages = ((end + 0xffff) >>> 16) as i32;
  if (pages > memory.size() && memory.grow(pages - memory.size()) < 0) return 0;
  placeLanes(lanesStart, leafLength, nodeLength);
  return end;
}

export function leavesStart(): usize {
  return leaves;
}

export function branchesStart(): usize {
  return branches;
}

function placeLanes(start: usize, leafLength: usize, nodeLength: usize): void {
  let next = leafLanes.place(start, leafLength);
  next = nodeLanes.place(next, nodeLength);
  paddingLanes.place(next, 40);
  for (let lane: u32 = 0; lane < 4; lane++) {
    const leaf = leafLanes.lane(lane);
    store<u8>(leaf, 0x00);
    memory.copy(leaf + 2, SNAPSHOT_ID, HASH_SIZE);
    store<u8>(nodeLanes.lane(lane), 0x01);
    const padding = paddingLanes.lane(lane);
    store<u8>(padding, 0x70);
    store<u8>(padding + 1, 0x61);
    store<u8>(padding + 2, 0x64);
    memory.copy(padding + 8, PADDING_SECRET, HASH_SIZE);
  }
}

/** Leaves of version 1 contain customer keys, which are first replaced with salts. */
export function build(count: u32, toLevel: u32, leafVersion: u32): u32 {
  prepareSalts(SNAPSHOT_ID);
  for (let lane: u32 = 0; lane < 4; lane++) store<u8>(leafLanes.lane(lane) + 1, leafVersion as u8);
  for (let first: u32 = 0; first < count; first += 4) {
    const many = min<u32>(4, count - first);
    if (leafVersion === 1) saltFour(leaf(first) + nodeSize + HASH_SIZE, leafSize, many, INFO, INFO_LENGTH);
    hashLeaves(first, many);
  }
  for (let index: u32 = 0; index < count; index++) {
    store<u32>(positions + (index << 2), load<u32>(leaf(index) + nodeSize + 2 * HASH_SIZE));
    store<u32>(references + (index << 2), index);
  }
  branchCount = 0;
  let left = count;
  for (let level: u32 = 1; level <= toLevel; level++) {
    left = raise(left, level);
    if (faultLevel !== 0) return 0;
  }
  return load<u32>(references);
}

function hashLeaves(first: u32, count: u32): void {
  for (let lane: u32 = 0; lane < count; lane++) {
    const record = leaf(first + lane);
    const message = leafLanes.lane(lane);
    memory.copy(message + 2 + HASH_SIZE, record + nodeSize, 2 * HASH_SIZE);
    memory.copy(message + 2 + 3 * HASH_SIZE, record + HASH_SIZE, nodeSize - HASH_SIZE);
    store<u32>(TARGETS + (lane << 2), record as u32);
  }
  leafLanes.hash(count);
}

// Queues for the four lanes: pairs of nodes, and single nodes next to padding.

let branchCount: u32 = 0;
let singleCount: u32 = 0;
let pairCount: u32 = 0;
const SINGLES = memory.data(16, 16);
const SINGLE_POSITIONS = memory.data(16, 16);
const PADDINGS = memory.data(128, 16);
const PAIRS = memory.data(48, 16);

function raise(count: u32, level: u32): u32 {
  for (let lane: u32 = 0; lane < 4; lane++) {
    store<u8>(nodeLanes.lane(lane) + 1, level as u8);
    store<u8>(paddingLanes.lane(lane) + 3, (level - 1) as u8);
  }
  let parents: u32 = 0;
  for (let index: u32 = 0; index < count; index++, parents++) {
    const position = load<u32>(positions + (index << 2));
    const reference = load<u32>(references + (index << 2));
    store<u32>(positions + (parents << 2), position >> 1);
    const isPair =
      (position & 1) === 0 && index + 1 < count && load<u32>(positions + ((index + 1) << 2)) === position + 1;
    if (isPair) {
      index++;
      const right = load<u32>(references + (index << 2));
      store<u32>(references + (parents << 2), BRANCH_MARK | branchCount);
      if (!addPair(reference, right, position, level)) return 0;
    } else {
      store<u32>(references + (parents << 2), reference);
      addSingle(node(reference), position);
    }
  }
  flushSingles();
  flushPairs();
  return parents;
}

function addSingle(record: usize, position: u32): void {
  store<u32>(SINGLES + (singleCount << 2), record as u32);
  store<u32>(SINGLE_POSITIONS + (singleCount << 2), position);
  store<u32>(paddingLanes.lane(singleCount) + 4, bswap<u32>(position ^ 1));
  if (++singleCount === 4) flushSingles();
}

function flushSingles(): void {
  if (singleCount === 0) return;
  for (let lane: u32 = 0; lane < singleCount; lane++) {
    store<u32>(TARGETS + (lane << 2), (PADDINGS + (lane << 5)) as u32);
  }
  paddingLanes.hash(singleCount);
  for (let lane: u32 = 0; lane < singleCount; lane++) {
    const record: usize = load<u32>(SINGLES + (lane << 2));
    const isLeft = (load<u32>(SINGLE_POSITIONS + (lane << 2)) & 1) === 0;
    const message = nodeLanes.lane(lane) + 2;
    const padding = isLeft ? message + nodeSize : message;
    memory.copy(isLeft ? message : message + nodeSize, record, nodeSize);
    memory.copy(padding, PADDINGS + (lane << 5), HASH_SIZE);
    memory.fill(padding + HASH_SIZE, 0, nodeSize - HASH_SIZE);
    store<u32>(TARGETS + (lane << 2), record as u32);
  }
  nodeLanes.hash(singleCount);
  singleCount = 0;
}

function addPair(left: u32, right: u32, position: u32, level: u32): bool {
  const parent = branches + (branchCount++ as usize) * branchSize;
  store<u32>(parent + nodeSize, left);
  store<u32>(parent + nodeSize, right, 4);
  store<u32>(parent + nodeSize, (position >> 1) << level, 8);
  store<u32>(parent + nodeSize, level, 12);
  const column = addSums(parent + HASH_SIZE, node(left) + HASH_SIZE, node(right) + HASH_SIZE, columns);
  if (column >= 0) {
    faultLevel = level;
    faultColumn = column as u32;
    singleCount = 0;
    pairCount = 0;
    return false;
  }
  const pair = PAIRS + pairCount * 12;
  store<u32>(pair, node(left) as u32);
  store<u32>(pair, node(right) as u32, 4);
  store<u32>(pair, parent as u32, 8);
  if (++pairCount === 4) flushPairs();
  return true;
}

function flushPairs(): void {
  if (pairCount === 0) return;
  for (let lane: u32 = 0; lane < pairCount; lane++) {
    const pair = PAIRS + lane * 12;
    const message = nodeLanes.lane(lane) + 2;
    memory.copy(message, load<u32>(pair), nodeSize);
    memory.copy(message + nodeSize, load<u32>(pair, 4), nodeSize);
    store<u32>(TARGETS + (lane << 2), load<u32>(pair, 8));
  }
  nodeLanes.hash(pairCount);
  pairCount = 0;
}

function leaf(index: u32): usize {
  return leaves + (index as usize) * leafSize;
}

function node(reference: u32): usize {
  const isBranch = (reference & BRANCH_MARK) !== 0;
  return isBranch ? branches + ((reference & ~BRANCH_MARK) as usize) * branchSize : leaf(reference);
}
