import { blake3 } from "@trellis/crypto";
import { createNonceMessage } from "./nonceMessage.ts";
import type { PreparedWork } from "./PowAlgorithm.ts";

/** BLAKE3(sealRoot || nonce as 8 bytes little-endian). */
export function blake3Work(sealRoot: Uint8Array): PreparedWork {
  const message = createNonceMessage(sealRoot);
  return {
    digest(nonceLow, nonceHigh) {
      message.setNonce(nonceLow, nonceHigh);
      return blake3(message.bytes);
    },
  };
}
