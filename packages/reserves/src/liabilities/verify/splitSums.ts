import type { Digest } from "./hashes.ts";
import { HASH_SIZE, SUM_SIZE } from "./limits.ts";
import { SPLIT_PREFIX } from "./preimages.ts";
import type { Sums } from "./sums.ts";

/** LIAB-25. Without the salt, a share reveals only a lower bound of the amount. */
export function splitSums(sha256: Digest, salt: Uint8Array, sums: Sums): [first: Sums, second: Sums] {
  const size = sums.length;
  const both = new Uint8Array(2 * size);
  const [from, to] = [new DataView(sums.buffer, sums.byteOffset, size), new DataView(both.buffer)];
  const message = new Uint8Array(1 + HASH_SIZE + 2);
  message[0] = SPLIT_PREFIX;
  message.set(salt, 1);
  for (let at = 0; at < size; at += SUM_SIZE) {
    const amount = readAmount(from, at);
    if (amount === 0n) continue;
    const column = at / SUM_SIZE;
    message[1 + HASH_SIZE] = column >>> 8;
    message[2 + HASH_SIZE] = column;
    const share = (readRandom(sha256(message)) * (amount + 1n)) >> 256n;
    writeAmount(to, at, share);
    writeAmount(to, size + at, amount - share);
  }
  return [both.subarray(0, size), both.subarray(size)];
}

function readRandom(hash: Uint8Array): bigint {
  const view = new DataView(hash.buffer, hash.byteOffset, HASH_SIZE);
  return (readAmount(view, 0) << 128n) | readAmount(view, SUM_SIZE);
}

function readAmount(view: DataView, at: number): bigint {
  return (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
}

function writeAmount(view: DataView, at: number, amount: bigint): void {
  view.setBigUint64(at, amount >> 64n);
  view.setBigUint64(at + 8, BigInt.asUintN(64, amount));
}
