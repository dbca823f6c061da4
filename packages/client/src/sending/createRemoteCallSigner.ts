import { bytesToBigint, type Hex } from "@trellis/base";
import { type CallSigner, unsignedBytes, withSignature } from "./signCall.ts";

/** For signers that inspect transactions. @param sign returns r ‖ s ‖ yParity, already verified */
export function createRemoteCallSigner(
  address: Hex,
  sign: (unsigned: Uint8Array) => Promise<Uint8Array>,
): CallSigner {
  return {
    address,
    async signCall(call) {
      const bytes = await sign(unsignedBytes(call));
      const [r, s] = [bytesToBigint(bytes.subarray(0, 32)), bytesToBigint(bytes.subarray(32, 64))];
      return withSignature(call, { r, s, yParity: bytes[64] === 1 ? 1 : 0 });
    },
  };
}
