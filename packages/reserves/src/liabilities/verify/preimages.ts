import { liabilitiesErrors } from "../errors.ts";
import { joinBytes } from "./bytes.ts";
import type { Digest } from "./hashes.ts";
import { CUSTOMER_ID_SIZE_MAX, HASH_SIZE, SHARES } from "./limits.ts";
import type { Sums } from "./sums.ts";

// What is hashed (LIAB-4, LIAB-6, LIAB-7). The first byte tells the kinds apart; within a snapshot each kind has one width.

export const LEAF_PREFIX = 0x00;
export const NODE_PREFIX = 0x01;
export const CUSTOMER_PREFIX = 0x02;
/** Of a share's owner: the customer with the share's number. */
export const SHARE_PREFIX = 0x03;
/** Of the random numbers by which a balance is divided. */
export const SPLIT_PREFIX = 0x04;
/** `pad`, which begins with none of the prefixes. */
export const PADDING_PREFIX = Uint8Array.from([0x70, 0x61, 0x64]);
/** What HKDF derives the leaf's salt for. */
export const SALT_INFO = new TextEncoder().encode("trellis reserves leaf salt");
/** The same for the salts of all shares. */
const SHARE_SALTS_INFO = new TextEncoder().encode("trellis reserves share salts");

/** 1: a customer has one leaf. 2: a customer has a leaf for each share (LIAB-24). */
export type LeafVersion = 1 | 2;

/**
 * The customer as the tree knows them: all 32 bytes of the hash of the whole id.
 * @throws CUSTOMER_ID_INVALID
 */
export function hashCustomerId(digest: Digest, customerId: string): Uint8Array {
  return hashOwner(digest, Uint8Array.of(CUSTOMER_PREFIX), customerId);
}

/**
 * The owner of a share (LIAB-24): the whole id, the share's number from 0, and how many shares there are.
 * @throws CUSTOMER_ID_INVALID
 */
export function hashShareOwner(digest: Digest, customerId: string, share: number): Uint8Array {
  return hashOwner(digest, Uint8Array.of(SHARE_PREFIX, share, SHARES), customerId);
}

function hashOwner(digest: Digest, prefix: Uint8Array, customerId: string): Uint8Array {
  const text = new TextEncoder().encode(customerId);
  // An ill-formed text would be encoded with replacements, in which customers coincide.
  if (text.length === 0 || text.length > CUSTOMER_ID_SIZE_MAX || !customerId.isWellFormed()) {
    throw liabilitiesErrors.CUSTOMER_ID_INVALID({ size: text.length });
  }
  const preimage = new Uint8Array(prefix.length + text.length);
  preimage.set(prefix);
  preimage.set(text, prefix.length);
  return digest(preimage);
}

export function leafPreimage(
  snapshotId: Uint8Array,
  customerHash: Uint8Array,
  salt: Uint8Array,
  sums: Sums,
  version: LeafVersion = 1,
): Uint8Array {
  return joinBytes([Uint8Array.of(LEAF_PREFIX, version), snapshotId, customerHash, salt, sums]);
}

/** `level` is that of the node, one above its children's; leaves have level 0. */
export function nodePreimage(level: number, left: SumNode, right: SumNode): Uint8Array {
  const message = new Uint8Array(2 + 2 * (HASH_SIZE + left.sums.length));
  writeNodePreimage(message, level, left, right);
  return message;
}

/** The same into bytes that are there. */
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

/**
 * HKDF-SHA-256 (RFC 5869) of the customer's key, salted with the snapshot's id: 32 bytes that only the customer
 * and the custodian can tell, new in each snapshot.
 * @throws USER_KEY_INVALID
 */
export function leafSalt(sha256: Digest, userKey: Uint8Array, snapshotId: Uint8Array): Uint8Array {
  if (userKey.length !== HASH_SIZE) throw liabilitiesErrors.USER_KEY_INVALID({ size: userKey.length });
  const extracted = hmac(sha256, snapshotId, userKey);
  return hmac(sha256, extracted, joinBytes([SALT_INFO, Uint8Array.of(1)]));
}

/**
 * The salts of a customer's shares: the first blocks of HKDF-SHA-256's output, one for each share.
 * @throws USER_KEY_INVALID
 */
export function shareSalts(sha256: Digest, userKey: Uint8Array, snapshotId: Uint8Array): Uint8Array[] {
  if (userKey.length !== HASH_SIZE) throw liabilitiesErrors.USER_KEY_INVALID({ size: userKey.length });
  const extracted = hmac(sha256, snapshotId, userKey);
  const salts: Uint8Array[] = [];
  let block: Uint8Array = new Uint8Array(0);
  for (let share = 0; share < SHARES; share++) {
    block = hmac(sha256, extracted, joinBytes([block, SHARE_SALTS_INFO, Uint8Array.of(share + 1)]));
    salts.push(block);
  }
  return salts;
}

/** HMAC (RFC 2104) with a key of one block at most. */
function hmac(sha256: Digest, key: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = new Uint8Array(BLOCK_SIZE + message.length).fill(0x36, 0, BLOCK_SIZE);
  const outer = new Uint8Array(BLOCK_SIZE + HASH_SIZE).fill(0x5c, 0, BLOCK_SIZE);
  for (let index = 0; index < key.length; index++) {
    inner[index] = (inner[index] as number) ^ (key[index] as number);
    outer[index] = (outer[index] as number) ^ (key[index] as number);
  }
  inner.set(message, BLOCK_SIZE);
  outer.set(sha256(inner), BLOCK_SIZE);
  return sha256(outer);
}

const BLOCK_SIZE = 64;
