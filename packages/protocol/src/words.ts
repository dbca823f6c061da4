import type { Hex } from "@trellis/base";

/** 32 bytes, lower-case hexadecimal. */
export type Hash = Hex;

/** 20 bytes, lower-case hexadecimal. */
export type Address = Hex;

export const ZERO_HASH: Hash = `0x${"00".repeat(32)}`;
export const ZERO_ADDRESS: Address = `0x${"00".repeat(20)}`;

export const EMPTY_CODE_HASH: Hash = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

export const EMPTY_TRIE_ROOT: Hash = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

export type Awaitable<T> = T | Promise<T>;
