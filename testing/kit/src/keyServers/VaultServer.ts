import { createCipheriv, createDecipheriv, createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { type DoubleAnswer, type DoubleRequest, HttpDouble, ok } from "./HttpDouble.ts";
import { newKey } from "./newKey.ts";

export type VaultKeyType =
  | "ed25519"
  | "ecdsa-p256"
  | "ecdsa-secp256k1"
  | "ml-dsa-44"
  | "ml-dsa-65"
  | "aes256-gcm96";

interface Version {
  readonly created: string;
  /** 32 bytes: scalar, seed or AES key. */
  readonly secret: Uint8Array;
  readonly privateKey: KeyObject | undefined;
  readonly publicKey: string | undefined;
}

const CURVES = { "ecdsa-p256": p256, "ecdsa-secp256k1": secp256k1 };

/**
 * Imitates the transit engine (https://developer.hashicorp.com/vault/api-docs/secret/transit) and adds
 * secp256k1.
 */
export class VaultServer extends HttpDouble {
  readonly token = "hvs.CAESIVaultServerToken";
  readonly mount = "transit";
  isSealed = false;
  readonly #keys = new Map<string, { readonly type: VaultKeyType; readonly versions: Version[] }>();

  create(name: string, type: VaultKeyType, secret?: Uint8Array): void {
    this.#keys.set(name, { type, versions: [] });
    this.rotate(name, secret);
  }

  rotate(name: string, secret: Uint8Array = randomBytes(32)): void {
    const { type, versions } = this.#keys.get(name)!;
    versions.push({ created: new Date().toISOString(), secret, ...newKey(type, secret) });
  }

  protected answer({ method, path, headers, body }: DoubleRequest): DoubleAnswer {
    if (this.isSealed) return failed(503, "Vault is sealed");
    if (headers["x-vault-token"] !== this.token) return failed(403, "permission denied");
    const [place = "", query] = path.split("?");
    const [, version, mount, action = "", name = ""] = place.split("/").map(decodeURIComponent);
    if (version !== "v1" || mount !== this.mount)
      return failed(404, `no handler for route "${path.slice(4)}"`);
    if (method === "GET" && action === "keys" && query === "list=true")
      return ok({ data: { keys: [...this.#keys.keys()] } });
    const key = this.#keys.get(name);
    if (method === "GET" && action === "keys")
      return key === undefined ? failed(404) : ok(described(name, key));
    if (key === undefined)
      return failed(400, `${action === "sign" ? "signing" : "encryption"} key not found`);
    const asked: Record<string, unknown> = JSON.parse(body);
    if (action === "sign") return this.#sign(key, asked);
    if (action === "encrypt") return encrypt(key.versions, asked);
    return action === "decrypt" ? decrypt(key.versions, asked) : failed(405, "unsupported operation");
  }

  #sign(
    { type, versions }: { readonly type: VaultKeyType; readonly versions: readonly Version[] },
    asked: Record<string, unknown>,
  ): DoubleAnswer {
    const number = Number(asked.key_version ?? versions.length);
    const version = versions[number - 1];
    if (version === undefined)
      return failed(400, "requested version for signing is higher than the latest key version");
    const input = this.isLying ? randomBytes(32) : Buffer.from(String(asked.input), "base64");
    if (type === "aes256-gcm96") return failed(400, `key type ${type} does not support signing`);
    let signature: Uint8Array;
    if (type === "ecdsa-p256" || type === "ecdsa-secp256k1") {
      const digest = asked.prehashed === true ? input : createHash("sha256").update(input).digest();
      const compact = CURVES[type].sign(digest, version.secret, { prehash: false, lowS: false });
      // A high s, like half of other implementations' signatures.
      const high = CURVES[type].Signature.fromBytes(compact);
      const { r, s } = high;
      const order = CURVES[type].Point.Fn.ORDER;
      const flipped = new CURVES[type].Signature(r, s > order / 2n ? s : order - s);
      if (asked.marshaling_algorithm !== "asn1") return failed(400, "unexpected marshaling algorithm");
      signature = flipped.toBytes("der");
    } else signature = sign(null, input, version.privateKey!);
    return ok({ data: { signature: `vault:v${number}:${Buffer.from(signature).toString("base64")}` } });
  }
}

function described(
  name: string,
  { type, versions }: { readonly type: VaultKeyType; readonly versions: readonly Version[] },
) {
  const [, set] = /^ml-dsa-(\d+)$/.exec(type) ?? [];
  const isAes = type === "aes256-gcm96";
  const keys = versions.map(({ created, publicKey }, index) => [
    String(index + 1),
    isAes
      ? Math.floor(Date.parse(created) / 1_000)
      : { certificate_chain: "", creation_time: created, name: type, public_key: publicKey },
  ]);
  return {
    data: {
      name,
      type: set === undefined ? type : "ml-dsa",
      ...(set !== undefined && { parameter_set: set }),
      latest_version: versions.length,
      min_available_version: 0,
      min_decryption_version: 1,
      min_encryption_version: 0,
      exportable: false,
      derived: false,
      supports_signing: !isAes,
      supports_encryption: isAes,
      keys: Object.fromEntries(keys),
    },
  };
}

function encrypt(
  versions: readonly Version[],
  { plaintext, associated_data }: Record<string, unknown>,
): DoubleAnswer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", versions.at(-1)!.secret, nonce);
  cipher.setAAD(Buffer.from(String(associated_data ?? ""), "base64"));
  const text = Buffer.concat([
    nonce,
    cipher.update(Buffer.from(String(plaintext), "base64")),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return ok({ data: { ciphertext: `vault:v${versions.length}:${text.toString("base64")}` } });
}

function decrypt(
  versions: readonly Version[],
  { ciphertext, associated_data }: Record<string, unknown>,
): DoubleAnswer {
  const [, number, base64 = ""] = /^vault:v(\d+):(.+)$/.exec(String(ciphertext)) ?? [];
  const version = versions[Number(number) - 1];
  if (version === undefined) return failed(400, "invalid ciphertext: no prefix");
  const bytes = Buffer.from(base64, "base64");
  try {
    const decipher = createDecipheriv("aes-256-gcm", version.secret, bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from(String(associated_data ?? ""), "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return ok({ data: { plaintext: plain.toString("base64") } });
  } catch {
    return failed(400, "invalid ciphertext: unable to decrypt");
  }
}

function failed(status: number, ...errors: string[]): DoubleAnswer {
  return { status, body: JSON.stringify({ errors }) };
}
