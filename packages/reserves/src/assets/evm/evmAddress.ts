import { type Hex, isHex } from "@trellis/base";
import { getAddress, isAddress } from "viem/utils";
import { assetsErrors } from "../errors.ts";

/**
 * An address in lower case: the one way in which claims are compared.
 * @throws EVM_ADDRESS_INVALID also where mixed case is not the checksum (EIP-55)
 */
export function normalizeEvmAddress(address: string): Hex {
  const isLower = address === address.toLowerCase();
  if (!isHex(address, 20) || (!isLower && !isAddress(address, { strict: true })))
    throw assetsErrors.EVM_ADDRESS_INVALID({ address: address.slice(0, 80) });
  return address.toLowerCase() as Hex;
}

/** With the checksum of EIP-55, for people. @throws EVM_ADDRESS_INVALID */
export function checksumEvmAddress(address: string): Hex {
  return getAddress(normalizeEvmAddress(address));
}
