import { createHash } from "node:crypto";
import { concatBytes } from "@trellis/base";
import { signerErrors } from "../../keyServices/errors.ts";
import { AWS_KMS, type AwsKms } from "../../keyServices/openAwsKms.ts";
import { createKeyHolder } from "../createKeyHolder.ts";
import type { KeyAlgorithm, KeyDescription, KeyHolder, KeyPurpose } from "../KeyHolder.ts";
import { readPublicKey } from "../publicKeys.ts";
import { derToCompact } from "../signatures.ts";

type Algorithm = Exclude<KeyAlgorithm, "aes-256-gcm" | "bls12-381">;
const ALGORITHMS: Readonly<Record<Algorithm, string>> = {
  secp256k1: "ECDSA_SHA_256",
  p256: "ECDSA_SHA_256",
  ed25519: "ED25519_SHA_512",
  "ml-dsa-44": "ML_DSA_SHAKE_256",
  "ml-dsa-65": "ML_DSA_SHAKE_256",
};
const RAW_MESSAGE_MAX = 4_096;

/** @param keys purpose by id, ARN or alias */
export function openAwsKmsHolder(
  { sdk, ask }: Pick<AwsKms, "sdk" | "ask">,
  keys: Readonly<Record<string, KeyPurpose>>,
): KeyHolder {
  async function describe(id: string, purpose: KeyPurpose): Promise<KeyDescription> {
    const { PublicKey: spki } = await ask(new sdk.GetPublicKeyCommand({ KeyId: id }));
    const { KeyMetadata: metadata } = await ask(new sdk.DescribeKeyCommand({ KeyId: id }));
    const raw = spki && readPublicKey(spki);
    if (raw === undefined || !Object.hasOwn(ALGORITHMS, raw.algorithm))
      throw signerErrors.SIGNER_SETUP_INVALID({
        holder: AWS_KMS,
        id,
        reason: "key algorithm not supported for signing",
      });
    const createdMs = metadata?.CreationDate?.getTime();
    return {
      id,
      purpose,
      ...raw,
      ...(createdMs !== undefined && { createdMs }),
      holder: AWS_KMS,
      location: metadata?.Arn ?? id,
    };
  }

  return createKeyHolder({
    name: AWS_KMS,
    async list() {
      const found: KeyDescription[] = [];
      for (const [id, purpose] of Object.entries(keys)) found.push(await describe(id, purpose));
      return found;
    },
    async sign({ id, algorithm, publicKey }, payload, signal) {
      const signing = { KeyId: id, SigningAlgorithm: ALGORITHMS[algorithm as Algorithm] };
      const message = messageOf(algorithm, publicKey as Uint8Array, payload);
      const answer = await ask(new sdk.SignCommand({ ...signing, ...message }), signal);
      const signature = new Uint8Array(answer.Signature ?? []);
      const isDer = algorithm === "secp256k1" || algorithm === "p256";
      return isDer ? (derToCompact(signature) ?? new Uint8Array()) : signature;
    },
    async close() {},
  });
}

/** Messages above the API's limit are sent as ML-DSA's representative μ (FIPS 204, algorithm 7, line 6). */
function messageOf(algorithm: KeyAlgorithm, publicKey: Uint8Array, payload: Uint8Array) {
  if (algorithm === "secp256k1" || algorithm === "p256")
    return { Message: payload, MessageType: "DIGEST" as const };
  if (payload.length <= RAW_MESSAGE_MAX) return { Message: payload, MessageType: "RAW" as const };
  if (algorithm === "ed25519")
    throw signerErrors.SIGNER_SETUP_INVALID({
      holder: AWS_KMS,
      reason: `Ed25519 messages have at most ${RAW_MESSAGE_MAX} bytes there`,
    });
  // Pure ML-DSA with an empty context.
  const message = concatBytes(Uint8Array.of(0, 0), payload);
  const Message = shake256(concatBytes(shake256(publicKey), message));
  return { Message, MessageType: "EXTERNAL_MU" as const };
}

function shake256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("shake256", { outputLength: 64 }).update(bytes).digest());
}
