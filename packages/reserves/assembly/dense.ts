import { Lanes, TARGETS } from "./lanes";

// Hashes the dense tree of RFC 6962, four nodes at a time. Reference: src/liabilities/plain/DenseTree.ts.

const HASH_SIZE: usize = 32;

const leafLanes = new Lanes();
const nodeLanes = new Lanes();

let count: u32 = 0;
let leafLength: usize = 0;
/** Memory order: leaf bytes, leaf hashes, inner nodes (each indexed by its left subtree's last leaf). */
let messages: usize = 0;
let hashes: usize = 0;
let inner: usize = 0;

/** Returns 0 if memory is insufficient. */
export function prepareDense(leafCount: u32, length: u32): usize {
  count = leafCount;
  leafLength = length;
  // The runtime allocates the lanes in these 4,096 bytes.
  let end = ((__heap_base + 15) & ~15) + 4096;
  end = leafLanes.place(end, 1 + leafLength);
  const nodes = end;
  end += 4 * 128;
  messages = end;
  hashes = (messages + count * leafLength + 15) & ~15;
  inner = hashes + count * HASH_SIZE;
  end = inner + count * HASH_SIZE;
  const pages = ((end + 0xffff) >>> 16) as i32;
  if (pages > memory.size() && memory.grow(pages - memory.size()) < 0) return 0;
  nodeLanes.place(nodes, 1 + 2 * HASH_SIZE);
  for (let lane: u32 = 0; lane < 4; lane++) store<u8>(nodeLanes.lane(lane), 1);
  return end;
}

export function denseMessages(): usize {
  return messages;
}

export function denseHashes(): usize {
  return hashes;
}

export function denseInner(): usize {
  return inner;
}

export function hashDenseLeaves(): void {
  for (let first: u32 = 0; first < count; first += 4) {
    const many = min<u32>(4, count - first);
    for (let lane: u32 = 0; lane < many; lane++) {
      const leaf = first + lane;
      memory.copy(leafLanes.lane(lane) + 1, messages + leaf * leafLength, leafLength);
      store<u32>(TARGETS + (lane << 2), (hashes + leaf * HASH_SIZE) as u32);
    }
    leafLanes.hash(many);
  }
}

export function hashDenseNodes(): void {
  for (let half: u32 = 1; half < count; half <<= 1) {
    let lane: u32 = 0;
    for (let first: u32 = 0; first + half < count; first += half << 1) {
      const message = nodeLanes.lane(lane) + 1;
      memory.copy(message, node(first, half), HASH_SIZE);
      memory.copy(message + HASH_SIZE, node(first + half, half), HASH_SIZE);
      store<u32>(TARGETS + (lane << 2), (inner + (first + half - 1) * HASH_SIZE) as u32);
      if (++lane === 4) {
        nodeLanes.hash(4);
        lane = 0;
      }
    }
    if (lane > 0) nodeLanes.hash(lane);
  }
}

function node(first: u32, width: u32): usize {
  let half = width >> 1;
  while (half > 0 && first + half >= count) half >>= 1;
  return half === 0 ? hashes + first * HASH_SIZE : inner + (first + half - 1) * HASH_SIZE;
}
