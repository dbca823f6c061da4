import { multiply } from "./multiply";
import { permute } from "./permute";
import { rank } from "./rank";

// kHeavyHash of four nonces at a time: two vectors hold a lane of all. Reference: src/heavy/kHeavyHash.ts.

const LANES: usize = 25;
const NONCE_LANE: usize = 9;
const DIGEST_LANES: usize = 4;
const NONCES: u32 = 4;

/** A padded state: 25 lanes of 64 bits. The host writes it, and `set…State` copies it for each nonce. */
export const STATE = memory.data(200, 16);
/** 64 × 64 bytes, which the host writes before `matrixRank`. */
export const NUMBERS = memory.data(4096, 16);
/** In the order of `packColumnPairs`. The host writes it. */
export const MATRIX = memory.data(4096, 32);

const powStates = memory.data(800, 32);
const heavyStates = memory.data(800, 32);
/** Lanes of `heavyStates` before it absorbs a product. */
const heavyLanes = memory.data(128, 32);

const DIGESTS_BYTES: usize = 128;
const SUMS_BYTES: usize = 128;
const SCRATCH = memory.data(1856, 32);
/** A variable, because V8 pairs only stores whose address is no constant. */
let digests: usize = 0;

let nonceLane: v128 = i64x2.splat(0);

export function setPowState(): void {
  digests = SCRATCH;
  copyState(powStates);
  nonceLane = v128.load(powStates, NONCE_LANE << 5);
}

export function setHeavyState(): void {
  copyState(heavyStates);
  memory.copy(heavyLanes, heavyStates, DIGEST_LANES << 5);
}

function copyState(to: usize): void {
  for (let lane: usize = 0; lane < LANES; lane++) {
    const both = v128.load64_splat(STATE + (lane << 3));
    v128.store(to + (lane << 5), both);
    v128.store(to + (lane << 5), both, 16);
  }
}

/** Writes the digests of nonce, nonce + stride, nonce + 2 · stride and nonce + 3 · stride. */
function hashFour(nonce: u64, stride: u64): void {
  const out = digests;
  const sums = out + DIGESTS_BYTES;
  const work = sums + SUMS_BYTES;
  const nonces = i64x2.replace_lane(i64x2.splat(nonce), 1, nonce + stride);
  v128.store(powStates, v128.xor(nonceLane, nonces), NONCE_LANE << 5);
  const later = i64x2.add(nonces, i64x2.splat(stride << 1));
  v128.store(powStates, v128.xor(nonceLane, later), (NONCE_LANE << 5) + 16);
  permute(out, powStates, work);
  for (let half: usize = 0; half < 32; half += 16) {
    multiply(heavyStates + half, out + half, heavyLanes + half, MATRIX, sums);
  }
  permute(out, heavyStates, work);
}

/**
 * Returns the index of the first nonce whose digest's most significant lane is at most `limit`, else `count`.
 */
export function search(first: u64, stride: u64, count: u32, limit: u64): u32 {
  let nonce = first;
  for (let left = count; left > 0; left -= min(left, NONCES)) {
    hashFour(nonce, stride);
    for (let each: u32 = 0; each < min(left, NONCES); each++) {
      if (load<u64>(digests + (each << 3), 96) <= limit) return count - left + each;
    }
    nonce += stride << 2;
  }
  return count;
}

export function matrixRank(): i32 {
  return rank(NUMBERS);
}
