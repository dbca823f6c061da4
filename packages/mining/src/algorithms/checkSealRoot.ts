import { baseErrors } from "@trellis/base";

const SEAL_ROOT_SIZE = 32;

/** From an all-zero root, kHeavyHash's generator would draw only zeros. @throws ARGUMENT_INVALID */
export function checkSealRoot(sealRoot: Uint8Array): void {
  if (sealRoot.length !== SEAL_ROOT_SIZE || sealRoot.every((byte) => byte === 0))
    throw baseErrors.ARGUMENT_INVALID({
      rule: "a seal root has 32 bytes that are not all zero",
      size: sealRoot.length,
    });
}
