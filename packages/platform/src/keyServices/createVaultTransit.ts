import { z } from "zod";
import { signerErrors } from "./errors.ts";
import { jsonOf, type KeyServiceHttp, parseServiceUrl } from "./KeyServiceHttp.ts";

export interface VaultOptions {
  readonly url: string;
  readonly mount: string;
  readonly token: string;
  readonly namespace?: string | undefined;
}

export interface VaultKeyVersion {
  readonly version: number;
  readonly createdMs: number | undefined;
  /** PEM, or base64 of the raw key. Absent for symmetric keys. */
  readonly publicKey: string | undefined;
}

export interface VaultKey {
  /** `ed25519`, `ecdsa-p256`, `ml-dsa`, `aes256-gcm96`, or, with a plugin, `ecdsa-secp256k1`. */
  readonly type: string;
  /** ML-DSA: 44, 65 or 87. */
  readonly parameterSet: string | undefined;
  readonly supportsSigning: boolean | undefined;
  /** Usable versions, oldest first. */
  readonly versions: readonly VaultKeyVersion[];
}

/**
 * https://developer.hashicorp.com/vault/api-docs/secret/transit
 * All methods throw SIGNER_UNREACHABLE and SIGNER_SETUP_INVALID.
 */
export interface VaultTransit {
  readonly name: string;
  readonly mount: string;
  /** Needs Vault's capability `list`. */
  names(): Promise<readonly string[]>;
  read(key: string): Promise<VaultKey | undefined>;
  /** @returns the encoding that `marshaling_algorithm` in `parameters` selects; by default, DER for ECDSA */
  sign(
    key: string,
    input: Uint8Array,
    parameters: Readonly<Record<string, string | number | boolean>>,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** @returns `vault:v1:…` */
  encrypt(key: string, plain: Uint8Array, associated?: Uint8Array): Promise<string>;
  decrypt(key: string, ciphertext: string, associated?: Uint8Array): Promise<Uint8Array>;
}

const listed = z.object({ data: z.object({ keys: z.array(z.string().max(1_024)).max(10_000) }) });
const signed = z.object({
  data: z.object({ signature: z.string().regex(/^vault:v[0-9]+:[A-Za-z0-9+/]+=*$/) }),
});
const encrypted = z.object({
  data: z.object({ ciphertext: z.string().regex(/^vault:v[0-9]+:[A-Za-z0-9+/]+=*$/) }),
});
const plain = z.object({ data: z.object({ plaintext: z.base64() }) });
const described = z.object({
  data: z.object({
    type: z.string(),
    parameter_set: z.string().optional(),
    latest_version: z.int().min(1),
    min_decryption_version: z.int().min(0).optional(),
    supports_signing: z.boolean().optional(),
    keys: z.record(
      z.string().regex(/^[1-9][0-9]{0,8}$/),
      z.union([
        z.number(),
        z.object({ public_key: z.string().optional(), creation_time: z.string().optional() }),
      ]),
    ),
  }),
});
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const LIST = "keys?list=true";
/** Prevents `..`, by which sealed files could reach other parts of Vault's API. */
export const VAULT_MOUNT: RegExp = /^[\w-]{1,64}(?:\/[\w-]{1,64}){0,7}$/;
export const VAULT_KEY: RegExp = /^(?!\.\.?$)[\w.-]{1,256}$/;

/** @throws SIGNER_SETUP_INVALID */
export function createVaultTransit(options: VaultOptions, http: KeyServiceHttp): VaultTransit {
  const { mount, token, namespace } = options;
  const name = `vault ${mount}`;
  if (!VAULT_MOUNT.test(mount))
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: "vault", reason: "not the mount path of an engine" });
  const base = `${parseServiceUrl(name, options.url)}/v1/${mount}`;
  const headers = {
    "x-vault-token": token,
    "x-vault-request": "true",
    ...(namespace !== undefined && { "x-vault-namespace": namespace }),
  };

  async function ask<Schema extends z.ZodType>(
    place: string,
    schema: Schema,
    {
      method = "POST",
      body,
      signal,
    }: { method?: "GET" | "POST"; body?: object; signal?: AbortSignal | undefined },
  ): Promise<z.output<Schema> | undefined> {
    const action = place === LIST ? "list" : place.split("/")[0];
    const unusable = (reason: string) =>
      signerErrors.SIGNER_SETUP_INVALID({ holder: `vault ${mount}`, place: place.slice(0, 200), reason });
    const question = { method, url: `${base}/${place}`, headers, signal };
    const { status, text } = await http(body === undefined ? question : { ...question, body });
    if (status === NOT_FOUND && method !== "POST") return undefined;
    if (status === FORBIDDEN) throw unusable(`the token is not permitted to ${action}`);
    // Vault is sealed, on standby or overloaded.
    if (status >= 500 || status === 429)
      throw signerErrors.SIGNER_UNREACHABLE({ reason: "key holder", holder: name, status });
    const read = schema.safeParse(jsonOf(text));
    if (status !== 200 || !read.success) throw unusable(`${action} returned status ${status}`);
    return read.data;
  }

  function placeOf(action: string, key: string): string {
    if (VAULT_KEY.test(key)) return `${action}/${key}`;
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: name, reason: "not the name of a key" });
  }

  const associate = (data: Uint8Array | undefined) =>
    data && { associated_data: Buffer.from(data).toString("base64") };
  return {
    name,
    mount,
    names: async () => (await ask(LIST, listed, { method: "GET" }))?.data.keys ?? [],
    async read(key) {
      const found = await ask(placeOf("keys", key), described, { method: "GET" });
      return found && keyOf(found.data);
    },
    async sign(key, input, parameters, signal) {
      const body = { ...parameters, input: Buffer.from(input).toString("base64") };
      const answer = await ask(placeOf("sign", key), signed, { body, signal });
      return bytesOf(answer!.data.signature.replace(/^vault:v[0-9]+:/, ""));
    },
    async encrypt(key, text, associated) {
      const body = { plaintext: Buffer.from(text).toString("base64"), ...associate(associated) };
      return (await ask(placeOf("encrypt", key), encrypted, { body }))!.data.ciphertext;
    },
    async decrypt(key, ciphertext, associated) {
      const body = { ciphertext, ...associate(associated) };
      return bytesOf((await ask(placeOf("decrypt", key), plain, { body }))!.data.plaintext);
    },
  };
}

function keyOf(data: z.output<typeof described>["data"]): VaultKey {
  const { type, parameter_set, supports_signing, min_decryption_version: oldest = 1, keys } = data;
  const versions = Object.entries(keys)
    .map(([version, entry]) => ({ version: Number(version), ...factsOf(entry) }))
    .filter(({ version }) => version >= oldest && version <= data.latest_version)
    .sort((a, b) => a.version - b.version);
  return { type, parameterSet: parameter_set, supportsSigning: supports_signing, versions };
}

/** Symmetric keys have only a creation time in seconds. */
function factsOf(entry: number | { public_key?: string | undefined; creation_time?: string | undefined }) {
  if (typeof entry === "number") return { createdMs: entry * 1_000, publicKey: undefined };
  const createdMs = Date.parse(entry.creation_time ?? "");
  return { createdMs: Number.isNaN(createdMs) ? undefined : createdMs, publicKey: entry.public_key };
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
