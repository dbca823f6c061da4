import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import type { Signature, Signer } from "@trellis/crypto";
import type { TransactionSerializableEIP1559 } from "viem";
import { keccak256, serializeTransaction } from "viem/utils";
import type { GasFees, PreparedTransaction } from "./PreparedTransaction.ts";

export interface UnsignedCall extends GasFees {
  readonly chainId: number;
  readonly to: Hex;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly nonce: number;
  readonly gasLimit: bigint;
}

export interface CallSigner {
  readonly address: Hex;
  signCall(call: UnsignedCall): Promise<PreparedTransaction>;
}

export function createCallSigner(signer: Signer): CallSigner {
  return { address: bytesToHex(signer.address), signCall: (call) => signCall(signer, call) };
}

export async function signCall(signer: Signer, call: UnsignedCall): Promise<PreparedTransaction> {
  return withSignature(call, await signer.signHash(keccak256(unsignedBytes(call), "bytes")));
}

/** EIP-1559. */
export function unsignedBytes(call: UnsignedCall): Uint8Array {
  return hexToBytes(serializeTransaction(transactionOf(call)));
}

export function withSignature(call: UnsignedCall, { r, s, yParity }: Signature): PreparedTransaction {
  const { nonce, gasLimit, maxFeeWei, maxTipWei } = call;
  const raw = serializeTransaction(transactionOf(call), { r: wordOf(r), s: wordOf(s), yParity });
  return { hash: keccak256(raw), raw, nonce, gasLimit, maxFeeWei, maxTipWei };
}

function transactionOf(call: UnsignedCall): TransactionSerializableEIP1559 {
  return {
    type: "eip1559",
    chainId: call.chainId,
    to: call.to,
    data: call.data,
    value: call.valueWei,
    nonce: call.nonce,
    gas: call.gasLimit,
    maxFeePerGas: call.maxFeeWei,
    maxPriorityFeePerGas: call.maxTipWei,
  };
}

function wordOf(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
