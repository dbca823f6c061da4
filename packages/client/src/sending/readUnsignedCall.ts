import { bytesEqual, bytesToHex, type Hex } from "@trellis/base";
import { parseTransaction } from "viem/utils";
import { type UnsignedCall, unsignedBytes } from "./signCall.ts";

/** Undefined for other types, contract creations, access lists, non-canonical encodings and signed transactions. */
export function readUnsignedCall(bytes: Uint8Array): UnsignedCall | undefined {
  const call = parsed(bytes);
  if (call === undefined) return undefined;
  try {
    return bytesEqual(unsignedBytes(call), bytes) ? call : undefined;
  } catch {
    // viem throws for some field values.
    return undefined;
  }
}

function parsed(bytes: Uint8Array): UnsignedCall | undefined {
  if (bytes[0] !== 2) return undefined;
  try {
    const transaction = parseTransaction(bytesToHex(bytes) as `0x02${string}`);
    const { to, chainId, nonce = 0, data = "0x", value = 0n, gas = 0n } = transaction;
    if (to === undefined || to === null || !Number.isSafeInteger(chainId) || !Number.isSafeInteger(nonce))
      return undefined;
    return {
      chainId,
      to: to.toLowerCase() as Hex,
      data,
      valueWei: value,
      nonce,
      gasLimit: gas,
      maxFeeWei: transaction.maxFeePerGas ?? 0n,
      maxTipWei: transaction.maxPriorityFeePerGas ?? 0n,
    };
  } catch {
    return undefined;
  }
}
