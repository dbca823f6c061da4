import { type Address, getAddress } from "viem";

let last = 0xf000;

export function freshAddress(): Address {
  last += 1;
  return getAddress(`0x${last.toString(16).padStart(40, "0")}`);
}
