import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { signTransaction, TRANSACTION_TYPES } from "@trellis/protocol";

const MAX_FEE = 1_000n * 10n ** 9n;

export interface Call {
  readonly nonce: bigint;
  readonly to: Hex;
  /** wei */
  readonly value?: bigint;
  readonly data?: Hex;
  readonly gasLimit?: bigint;
}

export interface SignedCall {
  readonly hash: Hex;
  readonly raw: Hex;
}

/** A native library makes load generation cheap. */
export function signCall(privateKey: Uint8Array, call: Call): SignedCall {
  const { nonce, to, value = 0n, data = "0x", gasLimit = 21_000n } = call;
  const { hash, encoded } = signTransaction(
    {
      type: TRANSACTION_TYPES.dynamicFee,
      chainId: 31_337n,
      nonce,
      gasLimit,
      value,
      accessList: [],
      to,
      data: hexToBytes(data),
      maxFeePerGas: MAX_FEE,
      maxPriorityFeePerGas: 10n ** 9n,
    },
    privateKey,
  );
  return { hash, raw: bytesToHex(encoded) };
}
