import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { keccak256, type Signer } from "@trellis/crypto";
import { serializeTransaction, type TransactionSerializableEIP1559 } from "viem";
import type { GasFees, PreparedTransaction } from "./PreparedTransaction.ts";

export interface UnsignedCall extends GasFees {
  readonly chainId: number;
  readonly to: Hex;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly nonce: number;
  readonly gasLimit: bigint;
}

/** An EIP-1559 transaction by a key that may be anywhere. */
export async function signCall(signer: Signer, call: UnsignedCall): Promise<PreparedTransaction> {
  const { nonce, gasLimit, maxFeeWei, maxTipWei } = call;
  const transaction: TransactionSerializableEIP1559 = {
    type: "eip1559",
    chainId: call.chainId,
    to: call.to,
    data: call.data,
    value: call.valueWei,
    nonce,
    gas: gasLimit,
    maxFeePerGas: maxFeeWei,
    maxPriorityFeePerGas: maxTipWei,
  };
  const { r, s, yParity } = await signer.signHash(keccak256(hexToBytes(serializeTransaction(transaction))));
  const raw = serializeTransaction(transaction, { r: wordOf(r), s: wordOf(s), yParity });
  return { hash: bytesToHex(keccak256(hexToBytes(raw))), raw, nonce, gasLimit, maxFeeWei, maxTipWei };
}

function wordOf(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
