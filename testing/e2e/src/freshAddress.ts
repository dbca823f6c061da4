import { type Address, getAddress } from "viem";

let last = 0xf000;

/** An address that nothing was ever sent to. */
export function freshAddress(): Address {
  last += 1;
  return getAddress(`0x${last.toString(16).padStart(40, "0")}`);
}
