import { baseErrors } from "@trellis/base";

const SEAL_ROOT_SIZE = 32;

/**
 * A seal root is a hash: 32 bytes, and not zero. From zero the generator of kHeavyHash's matrix draws zeros for
 * ever.
 * @throws ARGUMENT_INVALID
 */
export function checkSealRoot(sealRoot: Uint8Array): void {
  if (sealRoot.length !== SEAL_ROOT_SIZE || sealRoot.every((byte) => byte === 0))
    throw baseErrors.ARGUMENT_INVALID({
      rule: "a seal root has 32 bytes that are not all zero",
      size: sealRoot.length,
    });
}
