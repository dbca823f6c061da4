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
  writeReencrypted,
} from "../keys/index.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { readSecret } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";

export interface ServiceKeysOptions {
  readonly dataDir: string;
  /** Reference to a 32-byte seed or a key ring. */
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

const KEY_TEXT = /^(?:0x)?([0-9a-fA-F]{64})$/;
const SEED_SIZE = 32;
const RING_TEXT_MAX = 262_144;
/** PKCS #8 (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
/** Derivations of earlier versions contain these names. */
const SEED_NAMES: Readonly<Record<RingPurpose, string>> = {
  record: "custodian",
  log: "log",
  webhook: "webhooks",
  session: "sessions",
  encryption: "master",
};

/** A reload may change the keys. */
export class ServiceKeys {
  readonly #read: () => Promise<Loaded>;
  readonly #clock: Clock;
  readonly #dataDir: string;
  #loaded: Loaded;

  constructor(
    loaded: Loaded,
    {
      read,
      clock,
      dataDir,
    }: { readonly read: () => Promise<Loaded>; readonly clock: Clock; readonly dataDir: string },
  ) {
    this.#loaded = loaded;
    this.#read = read;
    this.#clock = clock;
    this.#dataDir = dataDir;
  }

  get ring(): KeyRing {
    return this.#loaded.ring;
  }

  active(purpose: RingPurpose): RingKey {
    return this.all(purpose)[0] as RingKey;
  }

  /** Active key first, then newest first. */
  all(purpose: RingPurpose): readonly RingKey[] {
    return keysOf(this.ring, purpose, this.#clock.nowMs());
  }

  /** Keys that were replaced; their signatures still verify. */
  retired(purpose: RingPurpose): readonly RetiredKey[] {
    return this.ring.retired.filter((key) => key.purpose === purpose);
  }

  /** The first key encrypts customers' keys. */
  get masters(): readonly Uint8Array[] {
    return [...this.#loaded.newerMasters, ...this.all("encryption").map(({ secret }) => secret)];
  }

  /** The first key issues sessions. */
  get sessionSecrets(): readonly Uint8Array[] {
    return this.all("session").map(({ secret }) => secret);
  }

  /** Key of customers' pseudonyms in shared caches: the oldest, so that rotations keep the pseudonyms. */
  get proofNames(): Uint8Array {
    return derive(this.ring.keys.encryption.at(-1)!.secret, "proof-names");
  }

  /** API_KEY_SIZE bytes. */
  get adminSeed(): Uint8Array {
    return this.ring.adminSeed;
  }

  /** Records that the work encrypted all values under the active key, so that older keys may be retired. [KEY-6] */
  async reencrypt<Result>(work: () => Promise<Result>): Promise<Result> {
    const { version } = this.active("encryption");
    const result = await work();
    writeReencrypted(this.#dataDir, version);
    return result;
  }

  /** Nothing changes until the result is called. @throws as openServiceKeys */
  async prepare(): Promise<() => void> {
    const next = await this.#read();
    return () => {
      this.#loaded = next;
    };
  }
}

interface Loaded {
  readonly ring: KeyRing;
  /** Master keys of the setting, which are newer than the ring's. */
  readonly newerMasters: readonly Uint8Array[];
}

/** Creates missing keys in the data directory. [KEY-5] @throws SECRET_UNREADABLE, KEYSTORE_PASSWORD_WRONG */
export async function openServiceKeys(
  options: ServiceKeysOptions,
  ports: ServiceKeysPorts,
): Promise<ServiceKeys> {
  const read = () => load(options, ports);
  return new ServiceKeys(await read(), { read, clock: ports.clock, dataDir: options.dataDir });
}

export function hasServiceKey({ dataDir, keyFrom }: ServiceKeysOptions): boolean {
  return keyFrom !== "" || existsSync(keyRingFile(dataDir)) || existsSync(serviceKeyFile(dataDir));
}

/**
 * Derives the keys of earlier versions: records, sessions and customers' keys stay valid. [KEY-5]
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

export function webhookKey(
  id: string,
  seed: Uint8Array,
): { readonly key: SignatureKey; readonly publicKey: Uint8Array } {
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  return { key: { id, algorithm: "ed25519", key }, publicKey: new Uint8Array(spki.subarray(-SEED_SIZE)) };
}
