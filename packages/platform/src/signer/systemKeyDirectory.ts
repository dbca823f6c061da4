import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import { sha256 } from "@trellis/crypto";
import { z } from "zod";
import { signerErrors } from "../keyServices/errors.ts";
import { jsonOf } from "../keyServices/KeyServiceHttp.ts";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { KEY_PURPOSES, SIGNING_ALGORITHMS } from "../keys/KeyHolder.ts";
import type { Envelope } from "../secrets/Envelope.ts";
import { type SignerKey, type SignerKeys, signerKeysOf } from "./SignerKey.ts";

const MODE = 0o600;
const FILE_BYTES_MAX = 16_384;
const SUFFIX = ".json";
const KEY_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

const hexText = z
  .string()
  .regex(/^0x(?:[0-9a-f]{2}){1,4096}$/)
  .transform((text) => hexToBytes(text));

const keyFile = z.strictObject({
  format: z.literal("trellis-signer-key/1"),
  purpose: z.enum(KEY_PURPOSES),
  name: z.string().regex(KEY_NAME),
  algorithm: z.enum(SIGNING_ALGORITHMS),
  publicKey: hexText,
  createdMs: z.int().min(0),
  version: z.int().min(1),
  sealed: z.base64(),
});

interface LoadedKey extends SignerKey {
  readonly sealed: Uint8Array;
}

function contextOf({ id, algorithm, publicKey, createdMs, version }: SignerKey): string {
  // Node.js accepts HKDF contexts of at most 1,024 bytes; post-quantum keys are longer.
  const hash = bytesToHex(sha256(publicKey));
  return ["trellis-signer-key/1", id, algorithm, hash, createdMs, version].join("\n");
}

/**
 * Decrypts every secret once, so that a missing envelope key or a damaged file prevents startup. Secrets stay
 * encrypted in memory.
 * @throws ENVELOPE_KEY_UNKNOWN, ENVELOPE_BROKEN, SIGNER_SETUP_INVALID
 */
export function loadKeys(directory: string, envelope: Envelope): SignerKeys {
  const keys = filesIn(directory).map((path) => read(path));
  for (const key of keys) envelope.open(contextOf(key), key.sealed).fill(0);
  return signerKeysOf(keys, async (key, payload) => {
    const secret = envelope.open(contextOf(key), key.sealed);
    try {
      return ALGORITHMS[key.algorithm].sign(payload, secret);
    } finally {
      secret.fill(0);
    }
  });
}

export interface NewKey {
  readonly purpose: SignerKey["purpose"];
  readonly name: string;
  readonly algorithm: SignerKey["algorithm"];
  readonly createdMs: number;
}

/** Durable. Never overwrites. @throws SIGNER_SETUP_INVALID, CRYPTO_KEY_INVALID */
export async function storeKey(
  directory: string,
  { purpose, name, algorithm, createdMs }: NewKey,
  secret: Uint8Array,
  envelope: Envelope,
): Promise<SignerKey> {
  if (!KEY_NAME.test(name))
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: "a key name contains only a-z, 0-9, . _ and -", name });
  const publicKey = ALGORITHMS[algorithm].publicKeyOf(secret);
  const key = { id: `${purpose}/${name}`, purpose, algorithm, publicKey, createdMs, version: 1 };
  const folder = join(directory, purpose);
  const path = join(folder, `${name}${SUFFIX}`);
  if (existsSync(path)) throw signerErrors.SIGNER_SETUP_INVALID({ reason: "the key already exists", path });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const content = {
    format: "trellis-signer-key/1",
    purpose,
    name,
    algorithm,
    publicKey: bytesToHex(publicKey),
    createdMs,
    version: key.version,
    sealed: Buffer.from(envelope.seal(contextOf(key), secret)).toString("base64"),
  };
  await writeDurably(path, `${JSON.stringify(content)}\n`);
  return key;
}

/**
 * Repeatable after an interruption, and safe while a signer is running.
 * @returns number of keys under an older envelope key
 * @throws the errors of loadKeys; then the remaining files are unchanged
 */
export async function reencryptKeys(directory: string, envelope: Envelope): Promise<number> {
  let count = 0;
  for (const path of filesIn(directory)) {
    const key = read(path);
    if (envelope.isCurrent(key.sealed)) continue;
    const sealed = Buffer.from(envelope.rotate(contextOf(key), key.sealed)).toString("base64");
    await writeDurably(path, `${JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), sealed })}\n`);
    count += 1;
  }
  return count;
}

/** A power loss leaves the old or the new file. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  // An existing file could be accessible to others, or be a link.
  await rm(next, { force: true });
  const file = await open(next, "wx", MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function filesIn(directory: string): string[] {
  return KEY_PURPOSES.flatMap((purpose) => {
    const folder = join(directory, purpose);
    return namesIn(folder).map((name) => join(folder, name));
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: "keys cannot be read", folder }, error);
  }
}

function read(path: string): LoadedKey {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > FILE_BYTES_MAX) throw signerErrors.SIGNER_SETUP_INVALID({ reason: "too long", path });
    return parseKeyFile(text, path);
  } catch (error) {
    if (isTrellisError(error)) throw error;
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: "key file cannot be read", path }, error);
  }
}

export function parseKeyFile(text: string, path: string): LoadedKey {
  const parsed = keyFile.safeParse(jsonOf(text));
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join(".") ?? "";
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: "no key file", path, at });
  }
  const { purpose, name, algorithm, publicKey, createdMs, version, sealed } = parsed.data;
  const key = { id: `${purpose}/${name}`, purpose, algorithm, publicKey, createdMs, version };
  return { ...key, sealed: new Uint8Array(Buffer.from(sealed, "base64")) };
}
