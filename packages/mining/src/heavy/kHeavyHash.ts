import { cShake256State, padCShake256 } from "./cShake256.ts";
import { multiplyDigest, packRowPairs } from "./heavyProduct.ts";
import { keccakF1600 } from "./keccakF1600.ts";

const DIGEST_SIZE = 32;
const DIGEST_WORDS = 8;
/** Bytes: hash 32, timestamp 8, zeros 32, nonce 8. */
const POW_MESSAGE_SIZE = 80;
const TIMESTAMP_WORD = 8;
const NONCE_WORD = 18;

const powState = cShake256State("ProofOfWorkHash");
padCShake256(powState, POW_MESSAGE_SIZE);
/** The second hash's state before it absorbs the product. */
export const heavyState = cShake256State("HeavyHash");
padCShake256(heavyState, DIGEST_SIZE);

/** The next call overwrites the returned digest. */
export type HeavyHasher = (nonceLow: number, nonceHigh: number) => Uint8Array;

/**
 * rusty-kaspa, consensus/pow. Requires a little-endian platform.
 * @param prePowHash 32 bytes, not all zero
 * @param timestamp uint64
 * @param matrix from `heavyMatrix`
 */
export function createHeavyHasher(
  prePowHash: Uint8Array,
  timestamp: bigint,
  matrix: Uint8Array,
): HeavyHasher {
  const block = powBlock(prePowHash, timestamp);
  const pairs = packRowPairs(matrix);
  const state = new Int32Array(block.length);
  const halves = new Uint8Array(2 * DIGEST_SIZE);
  const words = new Int32Array(DIGEST_WORDS);
  const digest = new Uint8Array(words.buffer);

  return (nonceLow, nonceHigh) => {
    state.set(block);
    state[NONCE_WORD]! ^= nonceLow;
    state[NONCE_WORD + 1]! ^= nonceHigh;
    squeeze(state, words);
    multiplyDigest(pairs, digest, halves);
    state.set(heavyState);
    absorb(state, words);
    squeeze(state, words);
    return digest;
  };
}

/** The first hash's state before it absorbs the nonce. */
export function powBlock(prePowHash: Uint8Array, timestamp: bigint): Int32Array {
  const block = powState.slice();
  absorb(block, new Int32Array(prePowHash.slice().buffer));
  block[TIMESTAMP_WORD]! ^= Number(timestamp & 0xffff_ffffn);
  block[TIMESTAMP_WORD + 1]! ^= Number(timestamp >> 32n);
  return block;
}

function absorb(state: Int32Array, words: Int32Array): void {
  for (let index = 0; index < DIGEST_WORDS; index++) state[index]! ^= words[index]!;
}

function squeeze(state: Int32Array, words: Int32Array): void {
  keccakF1600(state);
  for (let index = 0; index < DIGEST_WORDS; index++) words[index] = state[index]!;
}
