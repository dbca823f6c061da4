import { randomBytes } from "node:crypto";

/** 128 bits without leading zeros, as in geth. */
export function randomId(): string {
  return `0x${BigInt(`0x${randomBytes(16).toString("hex")}`).toString(16)}`;
}
