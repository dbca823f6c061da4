import { generateAddress } from "@ethereumjs/util";
import { bigintToMinimalBytes, bytesToHex, hexToBytes } from "@trellis/base";
import type { Address } from "@trellis/protocol";

export function creationAddress(creator: Address, nonce: bigint): Address {
  return bytesToHex(generateAddress(hexToBytes(creator), bigintToMinimalBytes(nonce)));
}
