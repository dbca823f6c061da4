import type { Hex } from "@trellis/base";
import type { ChainLog } from "@trellis/client";
import { toEventSelector } from "viem";

export const TRANSFER = toEventSelector("Transfer(address,address,uint256)");
/** WETH9 emits these events, not Transfer, when it wraps or unwraps coins. */
const DEPOSIT = toEventSelector("Deposit(address,uint256)");
const WITHDRAWAL = toEventSelector("Withdrawal(address,uint256)");
const NOBODY = topicOf("0x");

/** Change in base units. */
export function tokenChange(logs: readonly ChainLog[], account: Hex): bigint {
  const own = topicOf(account);
  let transferred = 0n;
  let wrapped = 0n;
  let isMinted = false;
  for (const { topics, data } of logs) {
    const [event, first, second] = topics;
    if (data.length !== WORD_LENGTH) continue;
    const amount = BigInt(data);
    if (event === TRANSFER && topics.length === 3) {
      if (second === own) transferred += amount;
      if (first === own) transferred -= amount;
      isMinted ||= (first === NOBODY && second === own) || (first === own && second === NOBODY);
    } else if (first === own && topics.length === 2) {
      if (event === DEPOSIT) wrapped += amount;
      if (event === WITHDRAWAL) wrapped -= amount;
    }
  }
  // Some tokens also log wrapping as mint and burn transfers.
  return isMinted ? transferred : transferred + wrapped;
}

const WORD_LENGTH = 66;

export function topicOf(address: Hex): Hex {
  return `0x${address.slice(2).toLowerCase().padStart(64, "0")}`;
}
