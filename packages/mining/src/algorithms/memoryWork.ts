import { hashRawSync } from "@node-rs/argon2";
import { concatBytes } from "@trellis/base";
import { createNonceMessage } from "./nonceMessage.ts";
import type { PreparedWork } from "./PowAlgorithm.ts";

/** Separates these hashes from other uses of Argon2id. */
const SALT_DOMAIN = new TextEncoder().encode("trellis/pow/memory/1");
/** The binding exports its enumeration only as a type. */
const ARGON2ID = 2;

/**
 * Argon2id (RFC 9106), one lane, 32-byte output: password = sealRoot || nonce (8 bytes little-endian), salt =
 * "trellis/pow/memory/1" || sealRoot.
 */
export function memoryWork(sealRoot: Uint8Array, memoryKiB: number, passes: number): PreparedWork {
  const message = createNonceMessage(sealRoot);
  const options = {
    algorithm: ARGON2ID,
    memoryCost: memoryKiB,
    timeCost: passes,
    parallelism: 1,
    outputLen: 32,
    salt: concatBytes(SALT_DOMAIN, sealRoot),
  };
  return {
    digest(nonceLow, nonceHigh) {
      message.setNonce(nonceLow, nonceHigh);
      return hashRawSync(message.bytes, options);
    },
  };
}
