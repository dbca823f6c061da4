import type { Hex } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { PoolAddress } from "../Pool.ts";

const WORD_DIGITS = 64;
const ADDRESS_DIGITS = 40;
const ADDRESS_MAX = (1n << 160n) - 1n;

export function topicOf(event: string): Hex {
  return keccak256Hex(new TextEncoder().encode(event));
}

/** Encodes negative words as two's complement. */
export function encodeCall(method: string, ...words: readonly bigint[]): Hex {
  const selector = topicOf(method).slice(2, 10);
  return `0x${selector}${words.map(encodeWord).join("")}`;
}

export function encodeWord(value: bigint): string {
  return BigInt.asUintN(256, value).toString(16).padStart(WORD_DIGITS, "0");
}

export function wordsOf(data: Hex): readonly bigint[] {
  const words: bigint[] = [];
  for (let at = 2; at + WORD_DIGITS <= data.length; at += WORD_DIGITS)
    words.push(BigInt(`0x${data.slice(at, at + WORD_DIGITS)}`));
  return words;
}

export function wordToAddress(word: bigint | undefined): PoolAddress | undefined {
  if (word === undefined || word > ADDRESS_MAX) return undefined;
  return `0x${word.toString(16).padStart(ADDRESS_DIGITS, "0")}`;
}

export function signed(word: bigint): bigint {
  return BigInt.asIntN(256, word);
}
