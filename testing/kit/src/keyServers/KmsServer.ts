import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { type DoubleAnswer, type DoubleRequest, HttpDouble, ok } from "./HttpDouble.ts";
import { newKey, spkiOfPoint } from "./newKey.ts";

const SPECS = {
  "ecdsa-secp256k1": ["ECC_SECG_P256K1", "ECDSA_SHA_256"],
  "ecdsa-p256": ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ed25519: ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512"],
  "ml-dsa-44": ["ML_DSA_44", "ML_DSA_SHAKE_256"],
  "ml-dsa-65": ["ML_DSA_65", "ML_DSA_SHAKE_256"],
  aes: ["SYMMETRIC_DEFAULT", ""],
} as const;
const CURVES = { "ecdsa-secp256k1": secp256k1, "ecdsa-p256": p256 };

interface HeldKey {
  readonly type: keyof typeof SPECS;
  readonly secret: Uint8Array;
  readonly privateKey: KeyObject | undefined;
  readonly createdS: number;
}

/** Imitates AWS KMS (https://docs.aws.amazon.com/kms/latest/APIReference). */
export class KmsServer extends HttpDouble {
  readonly accessKeyId = "AKIAKMSSERVERTEST";
  readonly secretAccessKey = "kms-server-secret-access-key";
  /** Clients send this message as μ (FIPS 204). */
  longMessage = new Uint8Array();
  readonly #keys = new Map<string, HeldKey>();

  create(id: string, type: keyof typeof SPECS, secret: Uint8Array = randomBytes(32)): void {
    const createdS = 1_790_000_000;
    this.#keys.set(id, { type, secret, privateKey: newKey(type, secret).privateKey, createdS });
  }

  protected answer({ headers, body }: DoubleRequest): DoubleAnswer {
    const credential = `AWS4-HMAC-SHA256 Credential=${this.accessKeyId}/`;
    if (!headers.authorization?.startsWith(credential))
      return refused("UnrecognizedClientException", "The security token included in the request is invalid.");
    const action = String(headers["x-amz-target"]).replace("TrentService.", "");
    const asked: Record<string, string> = JSON.parse(body);
    const key = this.#keys.get(asked.KeyId ?? "");
    if (key === undefined) return refused("NotFoundException", `Key '${asked.KeyId}' does not exist`);
    if (action === "DescribeKey")
      return ok({
        KeyMetadata: { KeyId: asked.KeyId, Arn: arnOf(asked.KeyId!), CreationDate: key.createdS },
      });
    if (action === "GetPublicKey") return publicKeyOf(asked.KeyId!, key);
    if (action === "Sign") return this.#sign(asked, key);
    return action === "Encrypt" ? encrypt(asked, key) : decrypt(asked, key);
  }

  #sign(
    { Message = "", MessageType, SigningAlgorithm, KeyId }: Record<string, string>,
    key: HeldKey,
  ): DoubleAnswer {
    const { type, secret, privateKey } = key;
    if (SigningAlgorithm !== SPECS[type][1]) return refused("InvalidKeyUsageException", "algorithm");
    const given = Buffer.from(Message, "base64");
    if (given.length > 4_096) return refused("ValidationException", "length less than or equal to 4096");
    let signature: Uint8Array;
    if (type === "ecdsa-secp256k1" || type === "ecdsa-p256") {
      if (MessageType !== "DIGEST" || given.length !== 32) return refused("ValidationException", "digest");
      const digest = this.isLying ? randomBytes(32) : given;
      signature = CURVES[type].sign(digest, secret, { prehash: false, lowS: false, format: "der" });
    } else {
      const message = MessageType === "EXTERNAL_MU" ? this.longMessage : given;
      if (MessageType === "EXTERNAL_MU" && !muOf(key, message).equals(given))
        return refused("ValidationException", "another message");
      signature = sign(null, this.isLying ? randomBytes(8) : message, privateKey!);
    }
    return ok({ KeyId, Signature: Buffer.from(signature).toString("base64"), SigningAlgorithm });
  }
}

function publicKeyOf(id: string, { type, secret, privateKey }: HeldKey): DoubleAnswer {
  if (type === "aes") return refused("UnsupportedOperationException", "symmetric");
  const spki =
    privateKey === undefined
      ? spkiOfPoint(type as keyof typeof CURVES, secret)
      : createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const [KeySpec] = SPECS[type];
  return ok({
    KeyId: arnOf(id),
    KeySpec,
    KeyUsage: "SIGN_VERIFY",
    PublicKey: Buffer.from(spki).toString("base64"),
  });
}

/** FIPS 204, algorithm 7, line 6, and algorithm 2 without a context. */
function muOf({ privateKey }: HeldKey, message: Uint8Array): Buffer {
  const spki = createPublicKey(privateKey!).export({ format: "der", type: "spki" });
  const publicKey = spki.subarray(22);
  const hash = (...parts: Uint8Array[]) =>
    createHash("shake256", { outputLength: 64 }).update(Buffer.concat(parts)).digest();
  return hash(hash(publicKey), Uint8Array.of(0, 0), message);
}

function encrypt(
  { Plaintext = "", EncryptionContext }: Record<string, unknown>,
  { secret }: HeldKey,
): DoubleAnswer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", secret, nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(EncryptionContext ?? {})));
  const plain = Buffer.from(String(Plaintext), "base64");
  const blob = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return ok({ CiphertextBlob: blob.toString("base64") });
}

function decrypt(
  { CiphertextBlob = "", EncryptionContext }: Record<string, unknown>,
  { secret }: HeldKey,
): DoubleAnswer {
  const blob = Buffer.from(String(CiphertextBlob), "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", secret, blob.subarray(0, 12));
    decipher.setAAD(Buffer.from(JSON.stringify(EncryptionContext ?? {})));
    decipher.setAuthTag(blob.subarray(-16));
    const plain = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()]);
    return ok({ Plaintext: plain.toString("base64") });
  } catch {
    return refused("InvalidCiphertextException", "");
  }
}

function arnOf(id: string): string {
  return `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
}

function refused(type: string, message: string): DoubleAnswer {
  return { status: 400, body: JSON.stringify({ __type: type, message }) };
}
