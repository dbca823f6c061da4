import { randomBytes } from "node:crypto";

/** An id that nobody guesses: up to 128 bits as geth writes them, without leading zeros. */
export function randomId(): string {
  return `0x${BigInt(`0x${randomBytes(16).toString("hex")}`).toString(16)}`;
}
