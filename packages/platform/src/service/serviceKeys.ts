import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";
import { existsSync } from "node:fs";
import type { Clock, Random } from "@trellis/base";
import { API_KEY_SIZE } from "../auth/index.ts";
import type { SignatureKey } from "../http/index.ts";
import {
  createRing,
  type KeyRing,
  keyRingFile,
  keysOf,
  openRing,
  openWrapping,
  type RetiredKey,
  RING_PURPOSES,
  type RingKey,
  type RingPurpose,
  ringKey,
  serviceKeyFile,
  textToRing,
} from "../keys/index.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { readSecret } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";

export interface ServiceKeysOptions {
  readonly dataDir: string;
  /** Reference to a seed of 32 bytes, or to the text of a key ring. */
  readonly keyFrom: string;
  readonly masterKeysFrom?: string;
  /** Reference to the passphrase that encrypts the ring. */
  readonly keysPassphraseFrom?: string;
  /** Key URI of Vault or AWS KMS, instead of a passphrase. */
  readonly keysWrappedBy?: string;
}

interface ServiceKeysPorts {
  readonly random: Random;
  readonly clock: Clock;
  readonly io: ProcessIo;
}

/** Hexadecimal. */
const KEY_TEXT = /^(?:0x)?([0-9a-fA-F]{64})$/;
const SEED_SIZE = 32;
const RING_TEXT_MAX = 262_144;
/** PKCS #8 prefix of a seed (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
/** Names of an earlier version, in whose derivation they occur. */
const SEED_NAMES: Readonly<Record<RingPurpose, string>> = {
  record: "custodian",
  log: "log",
  webhook: "webhooks",
  session: "sessions",
  encryption: "master",
};

/** A service's keys, of which a reload may add or remove some. */
export class ServiceKeys {
  readonly #read: () => Promise<Loaded>;
  readonly #clock: Clock;
  #loaded: Loaded;

  constructor(
    loaded: Loaded,
    { read, clock }: { readonly read: () => Promise<Loaded>; readonly clock: Clock },
  ) {
    this.#loaded = loaded;
    this.#read = read;
    this.#clock = clock;
  }

  get ring(): KeyRing {
    return this.#loaded.ring;
  }

  /** Signs and encrypts. */
  active(purpose: RingPurpose): RingKey {
    return this.all(purpose)[0] as RingKey;
  }

  /** The active key, then the others, newest first. */
  all(purpose: RingPurpose): readonly RingKey[] {
    return keysOf(this.ring, purpose, this.#clock.nowMs());
  }

  /** Their signatures still verify. */
  retired(purpose: RingPurpose): readonly RetiredKey[] {
    return this.ring.retired.filter((key) => key.purpose === purpose);
  }

  /** Encrypt customers' keys; the first encrypts. */
  get masters(): readonly Uint8Array[] {
    return [...this.#loaded.newerMasters, ...this.all("encryption").map(({ secret }) => secret)];
  }

  /** The first issues. */
  get sessionSecrets(): readonly Uint8Array[] {
    return this.all("session").map(({ secret }) => secret);
  }

  /** Pseudonyms of customers in shared caches; from the oldest key, so that a rotation does not change them. */
  get proofNames(): Uint8Array {
    return derive(this.ring.keys.encryption.at(-1)!.secret, "proof-names");
  }

  /** API_KEY_SIZE bytes. */
  get adminSeed(): Uint8Array {
    return this.ring.adminSeed;
  }

  /** Reads the keys again. Nothing changes until the result is called. @throws as openServiceKeys */
  async prepare(): Promise<() => void> {
    const next = await this.#read();
    return () => {
      this.#loaded = next;
    };
  }
}

interface Loaded {
  readonly ring: KeyRing;
  /** Of the setting, newer than those of the ring. */
  readonly newerMasters: readonly Uint8Array[];
}

/**
 * Reads keys from the reference or the data directory, where missing keys are created. [KEY-5]
 * @throws SECRET_UNREADABLE, KEYSTORE_PASSWORD_WRONG
 */
export async function openServiceKeys(
  options: ServiceKeysOptions,
  ports: ServiceKeysPorts,
): Promise<ServiceKeys> {
  const read = () => load(options, ports);
  return new ServiceKeys(await read(), { read, clock: ports.clock });
}

export function hasServiceKey({ dataDir, keyFrom }: ServiceKeysOptions): boolean {
  return keyFrom !== "" || existsSync(keyRingFile(dataDir)) || existsSync(serviceKeyFile(dataDir));
}

/**
 * The keys that earlier versions derived from one seed: records, sessions and customers' keys stay valid. [KEY-5]
 * @param text 64 hexadecimal digits
 * @throws SECRET_UNREADABLE
 */
export function ringOfSeed(text: string): KeyRing {
  const seed = keyOf(text);
  const keys = RING_PURPOSES.map((purpose) => {
    const secret = derive(seed, SEED_NAMES[purpose]);
    return [purpose, [ringKey(purpose, { version: 1, secret, createdMs: 0, activeMs: 0 })]];
  });
  return { keys: Object.fromEntries(keys), retired: [], adminSeed: derive(seed, "admin", API_KEY_SIZE) };
}

async function load(
  { dataDir, keyFrom, masterKeysFrom = "", keysPassphraseFrom = "", keysWrappedBy = "" }: ServiceKeysOptions,
  { random, clock, io }: ServiceKeysPorts,
): Promise<Loaded> {
  const places = { passphraseFrom: keysPassphraseFrom, wrappingKey: keysWrappedBy };
  const wrapping = await openWrapping(places, random, io);
  const newerMasters =
    masterKeysFrom === ""
      ? []
      : (await readSecret(masterKeysFrom, "Master keys", io)).trim().split(/\s+/).map(keyOf);
  if (keyFrom === "") {
    const create = () => createRing(API_KEY_SIZE, { random, clock });
    const ring = await openRing(dataDir, { fromSeed: ringOfSeed, create }, { random, clock, wrapping });
    return { ring, newerMasters };
  }
  const text = (await readSecret(keyFrom, "Key of the service", io, RING_TEXT_MAX)).trim();
  if (!text.startsWith("{")) return { ring: ringOfSeed(text), newerMasters };
  return { ring: (await textToRing(text, { wrapping, random })).ring, newerMasters };
}

function derive(seed: Uint8Array, name: string, size = SEED_SIZE): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", seed, "", `trellis-reserves/${name}/1`, size));
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
