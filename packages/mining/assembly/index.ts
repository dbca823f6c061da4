import { multiply } from "./multiply";
import { permute } from "./permute";
import { rank } from "./rank";

// kHeavyHash of two nonces at a time, in the halves of vectors. Reference implementation: src/heavy/kHeavyHash.ts.

const LANES: usize = 25;
const NONCE_LANE: usize = 9;
const DIGEST_LANES: usize = 4;

/** A padded state: 25 lanes of 64 bits. The host writes it, and `set…State` duplicates it. */
export const STATE = memory.data(200, 16);
/** 64 × 64 bytes, which the host writes before `matrixRank`. */
export const NUMBERS = memory.data(4096, 16);
/** In the order of `packColumnPairs`. The host writes it. */
export const MATRIX = memory.data(4096, 16);
/** Two digests, lanes alternating. */
const DIGESTS = memory.data(64, 16);

const powStates = memory.data(400, 16);
const heavyStates = memory.data(400, 16);
/** Lanes of `heavyStates` before it absorbs a product. */
const heavyLanes = memory.data(64, 16);

let nonceLane: v128 = i64x2.splat(0);

export function setPowState(): void {
  duplicate(powStates);
  nonceLane = v128.load(powStates, NONCE_LANE << 4);
}

export function setHeavyState(): void {
  duplicate(heavyStates);
  memory.copy(heavyLanes, heavyStates, DIGEST_LANES << 4);
}

function duplicate(to: usize): void {
  for (let lane: usize = 0; lane < LANES; lane++) {
    v128.store(to + (lane << 4), v128.load64_splat(STATE + (lane << 3)));
  }
}

/** Writes the digests of `nonce` and `nonce + stride`. */
function hashPair(nonce: u64, stride: u64): void {
  const nonces = i64x2.replace_lane(i64x2.splat(nonce), 1, nonce + stride);
  v128.store(powStates, v128.xor(nonceLane, nonces), NONCE_LANE << 4);
  permute(DIGESTS, powStates);
  multiply(heavyStates, DIGESTS, heavyLanes, MATRIX);
  permute(DIGESTS, heavyStates);
}

/**
 * Returns the index of the first nonce whose digest's most significant lane is at most `limit`, else `count`.
 */
export function search(first: u64, stride: u64, count: u32, limit: u64): u32 {
  let nonce = first;
  for (let index: u32 = 0; index < count; index += 2) {
    hashPair(nonce, stride);
    if (load<u64>(DIGESTS, 48) <= limit) return index;
    if (load<u64>(DIGESTS, 56) <= limit && index + 1 < count) return index + 1;
    nonce += stride << 1;
  }
  return count;
}

export function matrixRank(): i32 {
  return rank(NUMBERS);
}
