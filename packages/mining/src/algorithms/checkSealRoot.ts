import { miningErrors } from "../errors.ts";

const SEAL_ROOT_SIZE = 32;

/**
 * A seal root is a hash: 32 bytes, and not zero. From zero the generator of kHeavyHash's matrix draws zeros for
 * ever.
 * @throws WORK_INVALID
 */
export function checkSealRoot(sealRoot: Uint8Array): void {
  if (sealRoot.length !== SEAL_ROOT_SIZE) throw miningErrors.WORK_INVALID({ sealRootSize: sealRoot.length });
  if (sealRoot.every((byte) => byte === 0)) throw miningErrors.WORK_INVALID({ sealRoot: "zero" });
}
