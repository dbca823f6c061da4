import { base64 } from "@scure/base";
import { canonicalJson } from "../canonical/index.ts";
import type { HeadSigner } from "../log/signers.ts";
import type { Attestation } from "./Attestation.ts";
import { attestationMessage } from "./attestationMessage.ts";
import { attestationErrors } from "./errors.ts";

/** Returns canonical JSON. @throws ATTESTATION_INPUT_INVALID without signers, or for a witness key */
export async function signAttestation(
  attestation: Attestation,
  signers: readonly HeadSigner[],
): Promise<string> {
  if (signers.length === 0) throw attestationErrors.ATTESTATION_INPUT_INVALID({ signers: 0 });
  const message = attestationMessage(attestation);
  const signatures = await Promise.all(
    signers.map(async ({ key, sign }) => {
      const { name, algorithm } = key;
      if (algorithm === "ed25519-cosignature")
        throw attestationErrors.ATTESTATION_INPUT_INVALID({ signer: name, algorithm });
      return { name, algorithm, signature: base64.encode(await sign(message)) };
    }),
  );
  return canonicalJson({ attestation, signatures });
}
