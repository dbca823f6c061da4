import { createHash } from "node:crypto";
import type * as Kms from "@aws-sdk/client-kms";
import { concatBytes, isTrellisError } from "@trellis/base";
import { createKeyHolder } from "../createKeyHolder.ts";
import { signerErrors } from "../errors.ts";
import type { KeyAlgorithm, KeyDescription, KeyHolder, KeyPurpose } from "../KeyHolder.ts";
import { readPublicKey } from "../publicKeys.ts";
import { type KeyWrapping, WRAPPING_CONTEXT, wrappedOtherwise } from "../ring/KeyWrapping.ts";
import { derToCompact } from "../signatures.ts";

export interface AwsKmsOptions {
  /** Default: that of the environment or the profile, as credentials. */
  readonly region?: string;
  /** For a VPC endpoint. */
  readonly endpoint?: string;
}

/** https://docs.aws.amazon.com/kms/latest/APIReference */
export interface AwsKms {
  /** @param keys purpose by key id, ARN or alias */
  holder(keys: Readonly<Record<string, KeyPurpose>>): KeyHolder;
  /** @param key id, ARN or alias of a symmetric key */
  wrapping(key: string): KeyWrapping;
  close(): void;
}

type Algorithm = Exclude<KeyAlgorithm, "aes-256-gcm" | "bls12-381">;
const NAME = "aws-kms";
const ALGORITHMS: Readonly<Record<Algorithm, string>> = {
  secp256k1: "ECDSA_SHA_256",
  p256: "ECDSA_SHA_256",
  ed25519: "ED25519_SHA_512",
  "ml-dsa-44": "ML_DSA_SHAKE_256",
  "ml-dsa-65": "ML_DSA_SHAKE_256",
};
/** bytes */
const RAW_MESSAGE_MAX = 4_096;
const THROTTLED = new Set(["ThrottlingException", "LimitExceededException"]);

/** @throws SIGNER_SETUP_INVALID without the optional package */
export async function openAwsKms(options: AwsKmsOptions): Promise<AwsKms> {
  const kms: Sdk = await import("@aws-sdk/client-kms").catch((error: unknown) => {
    const reason = "the optional package @aws-sdk/client-kms is not installed";
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, reason }, error);
  });
  const client = new kms.KMSClient({ ...options });
  const ask: Ask = async (command, signal) => {
    try {
      return await client.send(command, { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error);
    }
  };
  return {
    holder: (keys) => openHolder(keys, kms, ask),
    wrapping: (key) => openWrapping(key, kms, ask),
    close: () => client.destroy(),
  };
}

type Sdk = typeof Kms;
type Ask = <Output>(command: { readonly output?: Output }, signal?: AbortSignal) => Promise<Output>;

function openHolder(keys: Readonly<Record<string, KeyPurpose>>, kms: Sdk, ask: Ask): KeyHolder {
  async function describe(id: string, purpose: KeyPurpose): Promise<KeyDescription> {
    const { PublicKey: spki } = await ask(new kms.GetPublicKeyCommand({ KeyId: id }));
    const { KeyMetadata: metadata } = await ask(new kms.DescribeKeyCommand({ KeyId: id }));
    const raw = spki && readPublicKey(spki);
    if (raw === undefined || !Object.hasOwn(ALGORITHMS, raw.algorithm))
      throw signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, id, reason: "a key that cannot sign here" });
    const createdMs = metadata?.CreationDate?.getTime();
    return {
      id,
      purpose,
      ...raw,
      ...(createdMs !== undefined && { createdMs }),
      holder: NAME,
      location: metadata?.Arn ?? id,
    };
  }

  return createKeyHolder({
    name: NAME,
    async list() {
      const found: KeyDescription[] = [];
      for (const [id, purpose] of Object.entries(keys)) found.push(await describe(id, purpose));
      return found;
    },
    async sign({ id, algorithm, publicKey }, payload, signal) {
      const signing = { KeyId: id, SigningAlgorithm: ALGORITHMS[algorithm as Algorithm] };
      const message = messageOf(algorithm, publicKey as Uint8Array, payload);
      const answer = await ask(new kms.SignCommand({ ...signing, ...message }), signal);
      const signature = new Uint8Array(answer.Signature ?? []);
      const isDer = algorithm === "secp256k1" || algorithm === "p256";
      return isDer ? (derToCompact(signature) ?? new Uint8Array()) : signature;
    },
    async close() {},
  });
}

function openWrapping(key: string, kms: Sdk, ask: Ask): KeyWrapping {
  const EncryptionContext = { use: Buffer.from(WRAPPING_CONTEXT).toString() };
  return {
    async wrap(plain) {
      const input = { KeyId: key, Plaintext: plain, EncryptionContext };
      const { CiphertextBlob: blob = new Uint8Array() } = await ask(new kms.EncryptCommand(input));
      return { kind: "aws-kms", key, ciphertext: Buffer.from(blob).toString("base64") };
    },
    async unwrap(wrapped) {
      if (wrapped.kind !== "aws-kms") throw wrappedOtherwise(wrapped.kind);
      const CiphertextBlob = Buffer.from(wrapped.ciphertext, "base64");
      const input = { KeyId: wrapped.key, CiphertextBlob, EncryptionContext };
      const { Plaintext: plain = new Uint8Array() } = await ask(new kms.DecryptCommand(input));
      return new Uint8Array(plain);
    },
  };
}

/** The API takes short messages; of longer ones for ML-DSA their representative μ (FIPS 204, algorithm 7, line 6). */
function messageOf(algorithm: KeyAlgorithm, publicKey: Uint8Array, payload: Uint8Array) {
  if (algorithm === "secp256k1" || algorithm === "p256")
    return { Message: payload, MessageType: "DIGEST" as const };
  if (payload.length <= RAW_MESSAGE_MAX) return { Message: payload, MessageType: "RAW" as const };
  if (algorithm === "ed25519")
    throw signerErrors.SIGNER_SETUP_INVALID({
      holder: NAME,
      reason: `Ed25519 messages have at most ${RAW_MESSAGE_MAX} bytes there`,
    });
  // Pure ML-DSA with an empty context.
  const message = concatBytes(Uint8Array.of(0, 0), payload);
  const Message = shake256(concatBytes(shake256(publicKey), message));
  return { Message, MessageType: "EXTERNAL_MU" as const };
}

/** 64 bytes. */
function shake256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("shake256", { outputLength: 64 }).update(bytes).digest());
}

/** The messages of refusals name keys and principals, not credentials; only their kind is kept. */
function failureOf(error: unknown): unknown {
  if (isTrellisError(error)) return error;
  const { name, $fault: fault } = (error ?? {}) as { readonly name?: string; readonly $fault?: string };
  const reason = name ?? "unknown";
  if (fault === "client" && !THROTTLED.has(reason))
    return signerErrors.SIGNER_SETUP_INVALID({ holder: NAME, reason });
  return signerErrors.SIGNER_UNREACHABLE({ holder: NAME, reason });
}
