import { bytesEqual, isTrellisError } from "@trellis/base";
import { mlDsa65 } from "@trellis/crypto";
import type { ConformanceSuite } from "./suite.ts";
import {
  fromHex,
  judgeValidity,
  runWycheproof,
  type Verdict,
  type WycheproofGroup,
  type WycheproofTest,
} from "./wycheproof.ts";

interface MlDsaTest extends WycheproofTest {
  /** Undefined if the case starts from the message hash. */
  readonly msg?: string;
  readonly ctx?: string;
  readonly sig: string;
}

interface VerifyGroup extends WycheproofGroup<MlDsaTest> {
  readonly publicKey: string;
}

interface SignGroup extends WycheproofGroup<MlDsaTest> {
  readonly privateSeed: string;
  readonly publicKey: string | null;
}

/** Wycheproof, ML-DSA-65. */
export const mldsaSuite: ConformanceSuite = {
  name: "mldsa",
  async run(vectorsDir) {
    const verified = await runWycheproof<MlDsaTest, VerifyGroup>(
      vectorsDir,
      "mldsa_65_verify_test.json",
      (test, group) => judgeValidity(test, verifies(test, fromHex(group.publicKey))),
    );
    const signed = await runWycheproof<MlDsaTest, SignGroup>(
      vectorsDir,
      "mldsa_65_sign_seed_test.json",
      judgeSigning,
    );
    return {
      passed: verified.passed + signed.passed,
      failed: verified.failed + signed.failed,
      skipped: verified.skipped + signed.skipped,
      failures: [...verified.failures, ...signed.failures],
    };
  },
};

/**
 * Signatures are randomized and not compared. The seed must produce the vector's key, which must verify both.
 * Node.js cannot sign a message hash.
 */
function judgeSigning(test: MlDsaTest, group: SignGroup): Verdict {
  if (test.msg === undefined) return "skipped";
  const ours = signature(test, fromHex(group.privateSeed));
  if (ours === undefined || group.publicKey === null) return judgeValidity(test, ours !== undefined);
  const publicKey = fromHex(group.publicKey);
  if (!bytesEqual(mlDsa65.publicKeyFromSeed(fromHex(group.privateSeed)), publicKey)) {
    return { failure: "the seed gives another key" };
  }
  if (!verifies(test, publicKey)) return { failure: "the vector's signature is refused" };
  if (!verifies({ ...test, sig: Buffer.from(ours).toString("hex") }, publicKey)) {
    return { failure: "our signature is refused" };
  }
  return judgeValidity(test, true);
}

function verifies({ msg = "", ctx = "", sig }: MlDsaTest, publicKey: Uint8Array): boolean {
  const context = fromHex(ctx);
  return attempt(() => mlDsa65.verify(fromHex(msg), fromHex(sig), publicKey, { context })) ?? false;
}

function signature({ msg = "", ctx = "" }: MlDsaTest, seed: Uint8Array): Uint8Array | undefined {
  return attempt(() => mlDsa65.sign(fromHex(msg), seed, { context: fromHex(ctx) }));
}

function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
}
