import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@trellis/base";
import { API_KEY_SIZE } from "../auth/index.ts";
import type { SignatureKey } from "../http/index.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { readSecret } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";

/** Keys derived from one 32-byte seed. Losing the seed loses all of them. */
export interface ServiceKeys {
  /** Encrypts customers' keys; if newer masters exist, only decrypts old ones. */
  readonly master: Uint8Array;
  /** Newest first. The first encrypts instead of `master`. */
  readonly newerMasters?: readonly Uint8Array[];
  readonly custodian: Uint8Array;
  readonly log: Uint8Array;
  readonly webhooks: Uint8Array;
  readonly sessions: Uint8Array;
  /** Pseudonyms of customers in shared caches. */
  readonly proofNames: Uint8Array;
  readonly admin: Uint8Array;
}

/** 32 bytes, hexadecimal. */
const KEY_TEXT = /^(?:0x)?([0-9a-fA-F]{64})$/;
const SEED_SIZE = 32;
/** PKCS #8 prefix of a seed (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export function serviceKeyFile(dataDir: string): string {
  return join(dataDir, "service.key");
}

/**
 * Reads keys from the reference or the data directory, where missing keys are created.
 * @throws SECRET_UNREADABLE
 */
export async function openServiceKeys(
  {
    dataDir,
    keyFrom,
    masterKeysFrom = "",
  }: { readonly dataDir: string; readonly keyFrom: string; readonly masterKeysFrom?: string },
  { random, io }: { readonly random: Random; readonly io: ProcessIo },
): Promise<ServiceKeys> {
  const text = keyFrom === "" ? ownKey(dataDir, random) : await readSecret(keyFrom, "Key of the service", io);
  const seed = keyOf(text);
  const newerMasters =
    masterKeysFrom === ""
      ? []
      : (await readSecret(masterKeysFrom, "Master keys", io)).trim().split(/\s+/).map(keyOf);
  const derived = (purpose: string, size = SEED_SIZE): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", seed, "", `trellis-reserves/${purpose}/1`, size));
  return {
    master: derived("master"),
    newerMasters,
    custodian: derived("custodian"),
    log: derived("log"),
    webhooks: derived("webhooks"),
    sessions: derived("sessions"),
    proofNames: derived("proof-names"),
    admin: derived("admin", API_KEY_SIZE),
  };
}

export function hasServiceKey({ dataDir, keyFrom }: { readonly dataDir: string; readonly keyFrom: string }) {
  return keyFrom !== "" || existsSync(serviceKeyFile(dataDir));
}

function keyOf(text: string): Buffer {
  const key = Buffer.from(KEY_TEXT.exec(text.trim())?.[1] ?? "", "hex");
  if (key.length !== SEED_SIZE)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: text.trim().length });
  return key;
}

/** RFC 9421. */
export function webhookKey(
  id: string,
  seed: Uint8Array,
): { readonly key: SignatureKey; readonly publicKey: Uint8Array } {
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return { key: { id, algorithm: "ed25519", key }, publicKey: new Uint8Array(spki.subarray(-SEED_SIZE)) };
}

function ownKey(dataDir: string, random: Random): string {
  const file = serviceKeyFile(dataDir);
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const text = Buffer.from(random.bytes(SEED_SIZE)).toString("hex");
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: "wx", flush: true });
  }
  return readFileSync(file, "utf8");
}
