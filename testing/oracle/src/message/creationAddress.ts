import { generateAddress } from "@ethereumjs/util";
import { bigintToMinimalBytes, bytesToHex, hexToBytes } from "@trellis/base";
import type { Address } from "@trellis/protocol";

/** Where CREATE by an account with this nonce puts its contract. */
export function creationAddress(creator: Address, nonce: bigint): Address {
  return bytesToHex(generateAddress(hexToBytes(creator), bigintToMinimalBytes(nonce)));
}
