import { bytesToBigint, type Hex, hexToBytes } from "@trellis/base";
import { type AccountKey, accountKeyAddress } from "@trellis/crypto/account";
import { keccak256 } from "viem/utils";
import type { PreparedTransaction } from "../sending/PreparedTransaction.ts";
import { type CallSigner, type UnsignedCall, unsignedBytes, withSignature } from "../sending/signCall.ts";
import { signatureGas, signKeyAgile } from "./keyAgile.ts";

/** [TX-10.2] */
export function signsPlainly(address: Hex, key: AccountKey): boolean {
  return key.algorithm === "secp256k1" && accountKeyAddress(key) === address;
}

/** Signs type 2 if `signsPlainly`, otherwise type 0x50, whose gas limit includes its signature. */
export function createAccountSigner(address: Hex, key: AccountKey): CallSigner {
  const isPlain = signsPlainly(address, key);
  return { address, signCall: (call) => (isPlain ? signPlainly(call, key) : signAgile(call, address, key)) };
}

async function signPlainly(call: UnsignedCall, key: AccountKey): Promise<PreparedTransaction> {
  const signature = await key.sign(hexToBytes(keccak256(unsignedBytes(call))));
  const r = bytesToBigint(signature.subarray(0, 32));
  const s = bytesToBigint(signature.subarray(32, 64));
  return withSignature(call, { r, s, yParity: signature[64] === 1 ? 1 : 0 });
}

async function signAgile(call: UnsignedCall, address: Hex, key: AccountKey): Promise<PreparedTransaction> {
  const { chainId, nonce, to, valueWei, data, maxFeeWei, maxTipWei } = call;
  const gasLimit = call.gasLimit + signatureGas(key);
  const fees = { maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: maxTipWei };
  const raw = await signKeyAgile({ chainId, nonce, to, valueWei, data, gasLimit, ...fees }, address, key);
  return { hash: keccak256(raw), raw, nonce, gasLimit, maxFeeWei, maxTipWei };
}
