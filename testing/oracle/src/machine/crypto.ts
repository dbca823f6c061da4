import type { CustomCrypto } from "@ethereumjs/common";
import { bytesToBigint } from "@trellis/base";
import { keccak256, recoverPublicKey, sha256 } from "@trellis/crypto";
import { verifyKzgProof } from "./verifyKzgProof.ts";

type EthereumjsKzg = NonNullable<CustomCrypto["kzg"]>;

/** Faster than ethereumjs's cryptography. */
export const projectCrypto: CustomCrypto = {
  keccak256,
  sha256,
  ecrecover(hash, v, r, s) {
    const signature = { r: bytesToBigint(r), s: bytesToBigint(s), yParity: v === 28n ? 1 : 0 } as const;
    return recoverPublicKey(hash, signature, { allowHighS: true }).subarray(1);
  },
  kzg: { verifyProof: verifyKzgProof } as Partial<EthereumjsKzg> as EthereumjsKzg,
};
