import { type Hex, isHex } from "@trellis/base";
import { isAddress } from "viem/utils";
import { assetsErrors } from "../errors.ts";

/**
 * An address in lower case: the one way in which claims are compared.
 * @throws CHAIN_ADDRESS_INVALID also where mixed case is not the checksum (EIP-55)
 */
export function normalizeEvmAddress(address: string): Hex {
  const isLower = address === address.toLowerCase();
  if (!isHex(address, 20) || (!isLower && !isAddress(address, { strict: true })))
    throw assetsErrors.CHAIN_ADDRESS_INVALID({ reason: "not an EVM address", address: address.slice(0, 80) });
  return address.toLowerCase() as Hex;
}
