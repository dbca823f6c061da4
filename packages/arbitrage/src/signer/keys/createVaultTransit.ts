import { createPublicKey } from "node:crypto";
import { concatBytes, isTrellisError } from "@trellis/base";
import { signerErrors } from "@trellis/platform/keys";
import { z } from "zod";
import { jsonOf } from "../jsonOf.ts";
import type { DigestHolder } from "./DigestHolder.ts";
import { type KeyServiceHttp, parseServiceUrl } from "./KeyServiceHttp.ts";

export interface VaultOptions {
  /** `https://HOST:PORT` */
  readonly url: string;
  /** Mount path, such as `transit`. */
  readonly mount: string;
  readonly key: string;
  readonly token: string;
}

/** https://developer.hashicorp.com/vault/api-docs/secret/transit */
export interface VaultTransit {
  /** @param ciphertext `vault:v1:…` @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID */
  decrypt(ciphertext: string): Promise<Uint8Array>;
  /**
   * Pins the newest key version.
   * @throws SIGNER_UNREACHABLE; SIGNER_SETUP_INVALID for another curve than secp256k1
   */
  digestHolder(): Promise<DigestHolder>;
}

const plain = z.object({ data: z.object({ plaintext: z.base64() }) });
const signed = z.object({
  data: z.object({ signature: z.string().regex(/^vault:v[0-9]+:[A-Za-z0-9+/]+=*$/) }),
});
const described = z.object({
  data: z.object({
    type: z.string(),
    latest_version: z.int().min(1),
    keys: z.record(z.string(), z.union([z.number(), z.object({ public_key: z.string().optional() })])),
  }),
});
const FORBIDDEN = 403;
const CURVE = "secp256k1";

/** @throws SIGNER_SETUP_INVALID */
export function createVaultTransit(options: VaultOptions, http: KeyServiceHttp): VaultTransit {
  const { mount, key, token } = options;
  const name = `vault ${mount}/${key}`;
  const base = `${parseServiceUrl(name, options.url)}/v1/${mount}`;
  const headers = { "x-vault-token": token, "x-vault-request": "true" };
  const unusable = (reason: string) => signerErrors.SIGNER_SETUP_INVALID({ holder: name, reason });

  async function ask<Schema extends z.ZodType>(
    action: "decrypt" | "keys" | "sign",
    schema: Schema,
    body?: object,
  ): Promise<z.output<Schema>> {
    const url = `${base}/${action}/${encodeURIComponent(key)}`;
    const question = { url, headers, ...(body !== undefined && { body }) };
    const { status, text } = await http({ method: body === undefined ? "GET" : "POST", ...question });
    if (status === FORBIDDEN) throw unusable(`the token may not ${action}`);
    // Vault is temporarily sealed, standby or overloaded.
    if (status >= 500 || status === 429)
      throw signerErrors.SIGNER_UNREACHABLE({ reason: "key holder", holder: name, status });
    const read = schema.safeParse(jsonOf(text));
    if (status !== 200 || !read.success) throw unusable(`${action} is answered with status ${status}`);
    return read.data;
  }

  return {
    async decrypt(ciphertext) {
      const { data } = await ask("decrypt", plain, { ciphertext });
      return new Uint8Array(Buffer.from(data.plaintext, "base64"));
    },
    async digestHolder() {
      const { type, latest_version: version, keys } = (await ask("keys", described)).data;
      const entry = keys[String(version)];
      const publicKey = publicKeyOf(typeof entry === "object" ? entry.public_key : undefined);
      if (publicKey === undefined)
        throw unusable(`a key of type ${type.slice(0, 32)} has not the curve ${CURVE}`);
      return {
        name: `${name} v${version}`,
        publicKey,
        async signDigest(digest) {
          const question = {
            input: Buffer.from(digest).toString("base64"),
            prehashed: true,
            hash_algorithm: "sha2-256",
            marshaling_algorithm: "asn1",
            key_version: version,
          };
          const { data } = await ask("sign", signed, question);
          return new Uint8Array(Buffer.from(data.signature.replace(/^vault:v[0-9]+:/, ""), "base64"));
        },
      };
    },
  };
}

/** 65 bytes; undefined for an invalid PEM. */
function publicKeyOf(pem: string | undefined): Uint8Array | undefined {
  if (pem === undefined) return undefined;
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve !== CURVE) return undefined;
    const { x = "", y = "" } = key.export({ format: "jwk" });
    return concatBytes(Uint8Array.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url"));
  } catch (error) {
    if (isTrellisError(error)) throw error;
    return undefined;
  }
}
