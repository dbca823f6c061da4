import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "@trellis/base";
import { API_KEY_SIZE } from "../auth/index.ts";
import type { SignatureKey } from "../http/index.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { readSecret } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";

/** What a service keeps secret, all derived from one seed of 32 bytes: losing the seed loses all of it. */
export interface ServiceKeys {
  /** Seals the customers' keys, or opens those that it sealed where there are newer ones. */
  readonly master: Uint8Array;
  /** That seal instead of it, the newest first; absent where none is given. */
  readonly newerMasters?: readonly Uint8Array[];
  /** Signs root records and statements. */
  readonly custodian: Uint8Array;
  /** Signs heads of the log and attestations. */
  readonly log: Uint8Array;
  /** Signs deliveries to webhooks. */
  readonly webhooks: Uint8Array;
  /** Signs sessions, and seals what a login needs to remember. */
  readonly sessions: Uint8Array;
  /** Names customers in caches that others may look into. */
  readonly proofNames: Uint8Array;
  /** Of the first admin's API key. */
  readonly admin: Uint8Array;
}

/** Of 32 bytes, as hexadecimal. */
const KEY_TEXT = /^(?:0x)?([0-9a-fA-F]{64})$/;
const SEED_SIZE = 32;
/** What stands before the seed in PKCS #8 (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

export function serviceKeyFile(dataDir: string): string {
  return join(dataDir, "service.key");
}

/**
 * The keys behind a reference, or those in the data directory, which are made when there are none.
 * @throws KEY_TEXT_INVALID, SECRET_UNREADABLE
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

/** Whether there is a key to read: otherwise `openServiceKeys` makes one. */
export function hasServiceKey({ dataDir, keyFrom }: { readonly dataDir: string; readonly keyFrom: string }) {
  return keyFrom !== "" || existsSync(serviceKeyFile(dataDir));
}

/** @throws KEY_TEXT_INVALID */
function keyOf(text: string): Buffer {
  const key = Buffer.from(KEY_TEXT.exec(text.trim())?.[1] ?? "", "hex");
  if (key.length !== SEED_SIZE) throw secretsErrors.KEY_TEXT_INVALID({ length: text.trim().length });
  return key;
}

/** The key by which deliveries to webhooks are signed (RFC 9421), and its public half. */
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
