import { isTrellisError } from "@trellis/base";
import { derToSignature, recoverPublicKey, SECP256K1_ORDER, sha256, verify } from "@trellis/crypto";
import type { ConformanceSuite } from "./suite.ts";
import {
  fromHex,
  judgeValidity,
  runWycheproof,
  type WycheproofGroup,
  type WycheproofTest,
} from "./wycheproof.ts";

/** SEC 2, section 2.4.1. */
const FIELD_PRIME = 2n ** 256n - 2n ** 32n - 977n;

interface EcdsaTest extends WycheproofTest {
  readonly msg: string;
  readonly sig: string;
}

interface EcdsaGroup extends WycheproofGroup<EcdsaTest> {
  /** SEC 1, 65 bytes. */
  readonly publicKey: { readonly uncompressed: string };
}

/** Wycheproof, ECDSA over secp256k1 with SHA-256, strict DER and low s. */
export const secp256k1Suite: ConformanceSuite = {
  name: "secp256k1",
  run: (vectorsDir) =>
    runWycheproof<EcdsaTest, EcdsaGroup>(
      vectorsDir,
      "ecdsa_secp256k1_sha256_bitcoin_test.json",
      (test, group) => {
        const publicKey = fromHex(group.publicKey.uncompressed);
        const isAccepted = accepts(test, publicKey);
        if (isAccepted !== recovers(test, publicKey) && !wraps(test)) {
          return { failure: "verifying and recovering disagree" };
        }
        return judgeValidity(test, isAccepted);
      },
    ),
};

function accepts({ msg, sig }: EcdsaTest, publicKey: Uint8Array): boolean {
  return orFalse(() => verify(sha256(fromHex(msg)), derToSignature(fromHex(sig)), publicKey));
}

/** Like Ethereum, recovers the key instead of verifying. */
function recovers({ msg, sig }: EcdsaTest, publicKey: Uint8Array): boolean {
  const hash = sha256(fromHex(msg));
  return ([0, 1] as const).some((yParity) =>
    orFalse(() => {
      const recovered = recoverPublicKey(hash, { ...derToSignature(fromHex(sig)), yParity });
      return Buffer.compare(recovered, publicKey) === 0;
    }),
  );
}

/** True if r may be an x coordinate minus the order (probability 2^-127), which `yParity` cannot express. */
function wraps({ sig }: EcdsaTest): boolean {
  return orFalse(() => derToSignature(fromHex(sig)).r < FIELD_PRIME - SECP256K1_ORDER);
}

function orFalse(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (isTrellisError(error)) return false;
    throw error;
  }
}
