import { concatBytes } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";
import type { Digest } from "./hashes.ts";
import { CUSTOMER_ID_SIZE_MAX, HASH_SIZE, SHARES } from "./limits.ts";
import type { Sums } from "./sums.ts";

// LIAB-4, LIAB-6 and LIAB-7. The first byte distinguishes kinds; within a snapshot each kind has fixed width.

export const LEAF_PREFIX = 0x00;
export const NODE_PREFIX = 0x01;
const CUSTOMER_PREFIX = 0x02;
const SHARE_PREFIX = 0x03;
export const SPLIT_PREFIX = 0x04;
/** ASCII `pad`: its first byte differs from all other prefixes. */
export const PADDING_PREFIX = Uint8Array.from([0x70, 0x61, 0x64]);
export const SALT_INFO = new TextEncoder().encode("trellis reserves leaf salt");
const SHARE_SALTS_INFO = new TextEncoder().encode("trellis reserves share salts");

/** Version 1 has one leaf per customer, version 2 one per share (LIAB-24). */
export type LeafVersion = 1 | 2;

export function hashCustomerId(digest: Digest, customerId: string): Uint8Array {
  return digest(ownerPreimage([CUSTOMER_PREFIX], customerId));
}

export function hashShareOwners(digest: Digest, customerId: string): Uint8Array[] {
  const preimage = ownerPreimage([SHARE_PREFIX, 0, SHARES], customerId);
  return Array.from({ length: SHARES }, (_, share) => {
    preimage[1] = share;
    return digest(preimage);
  });
}

export function hashShareOwner(digest: Digest, customerId: string, share: number): Uint8Array {
  return digest(ownerPreimage([SHARE_PREFIX, share, SHARES], customerId));
}

function ownerPreimage(prefix: readonly number[], customerId: string): Uint8Array {
  const text = new TextEncoder().encode(customerId);
  // Encoding replaces unpaired surrogates, so malformed ids would collide.
  if (text.length === 0 || text.length > CUSTOMER_ID_SIZE_MAX || !customerId.isWellFormed()) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "the customer id is not well-formed text of 1 to 128 bytes",
      size: text.length,
    });
  }
  const preimage = new Uint8Array(prefix.length + text.length);
  preimage.set(prefix);
  preimage.set(text, prefix.length);
  return preimage;
}

export function leafPreimage(
  snapshotId: Uint8Array,
  customerHash: Uint8Array,
  salt: Uint8Array,
  sums: Sums,
  version: LeafVersion = 1,
): Uint8Array {
  return concatBytes(Uint8Array.of(LEAF_PREFIX, version), snapshotId, customerHash, salt, sums);
}

/** @param level of the parent; leaves have level 0 */
export function nodePreimage(level: number, left: SumNode, right: SumNode): Uint8Array {
  const message = new Uint8Array(2 + 2 * (HASH_SIZE + left.sums.length));
  writeNodePreimage(message, level, left, right);
  return message;
}

export function writeNodePreimage(message: Uint8Array, level: number, left: SumNode, right: SumNode): void {
  const size = HASH_SIZE + left.sums.length;
  message[0] = NODE_PREFIX;
  message[1] = level;
  message.set(left.hash, 2);
  message.set(left.sums, 2 + HASH_SIZE);
  message.set(right.hash, 2 + size);
  message.set(right.sums, 2 + size + HASH_SIZE);
}

export interface SumNode {
  readonly hash: Uint8Array;
  readonly sums: Sums;
}

/** HKDF-SHA-256 (RFC 5869) of the customer key, with the snapshot id as salt. */
export function leafSalt(sha256: Digest, userKey: Uint8Array, snapshotId: Uint8Array): Uint8Array {
  const [salt] = createSaltDeriver(sha256, snapshotId, SALT_INFO, 1)(userKey);
  return salt as Uint8Array;
}

export function shareSalts(sha256: Digest, userKey: Uint8Array, snapshotId: Uint8Array): Uint8Array[] {
  return createSaltDeriver(sha256, snapshotId, SHARE_SALTS_INFO, SHARES)(userKey);
}

export function createShareSalts(
  sha256: Digest,
  snapshotId: Uint8Array,
): (userKey: Uint8Array) => Uint8Array[] {
  return createSaltDeriver(sha256, snapshotId, SHARE_SALTS_INFO, SHARES);
}

const BLOCK_SIZE = 64;

function createSaltDeriver(
  sha256: Digest,
  snapshotId: Uint8Array,
  info: Uint8Array,
  count: number,
): (userKey: Uint8Array) => Uint8Array[] {
  const extract = new Hmac(sha256, HASH_SIZE);
  extract.setKey(snapshotId);
  const expand = new Hmac(sha256, HASH_SIZE + info.length + 1);
  return (userKey) => {
    if (userKey.length !== HASH_SIZE)
      throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
        reason: "the customer's key is not 32 bytes long",
        size: userKey.length,
      });
    extract.message.set(userKey);
    expand.setKey(extract.digest(HASH_SIZE));
    const blocks: Uint8Array[] = [];
    for (let number = 1; number <= count; number++) {
      const before = blocks.at(-1);
      const start = before === undefined ? 0 : HASH_SIZE;
      if (before !== undefined) expand.message.set(before);
      expand.message.set(info, start);
      expand.message[start + info.length] = number;
      blocks.push(expand.digest(start + info.length + 1));
    }
    return blocks;
  };
}

/** HMAC (RFC 2104) for 32-byte keys. */
class Hmac {
  readonly message: Uint8Array;
  readonly #sha256: Digest;
  readonly #inner: Uint8Array;
  readonly #outer = new Uint8Array(BLOCK_SIZE + HASH_SIZE).fill(0x5c, 0, BLOCK_SIZE);

  constructor(sha256: Digest, sizeMax: number) {
    this.#sha256 = sha256;
    this.#inner = new Uint8Array(BLOCK_SIZE + sizeMax).fill(0x36, 0, BLOCK_SIZE);
    this.message = this.#inner.subarray(BLOCK_SIZE);
  }

  setKey(key: Uint8Array): void {
    for (let index = 0; index < HASH_SIZE; index++) {
      this.#inner[index] = 0x36 ^ (key[index] as number);
      this.#outer[index] = 0x5c ^ (key[index] as number);
    }
  }

  digest(size: number): Uint8Array {
    this.#outer.set(this.#sha256(this.#inner.subarray(0, BLOCK_SIZE + size)), BLOCK_SIZE);
    return this.#sha256(this.#outer);
  }
}
