import { type Hex, isHex } from "@trellis/base";
import { isAddress } from "viem/utils";
import { assetsErrors } from "../errors.ts";

/** Lower case. @throws CHAIN_ADDRESS_INVALID, including for a wrong EIP-55 checksum */
export function normalizeEvmAddress(address: string): Hex {
  const isLower = address === address.toLowerCase();
  if (!isHex(address, 20) || (!isLower && !isAddress(address, { strict: true })))
    throw assetsErrors.CHAIN_ADDRESS_INVALID({ reason: "not an EVM address", address: address.slice(0, 80) });
  return address.toLowerCase() as Hex;
}
