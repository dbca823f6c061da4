import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";
import { existsSync } from "node:fs";
import { type Clock, type Random, SerialQueue } from "@trellis/base";
import { API_KEY_SIZE } from "../auth/index.ts";
import { httpErrors, type SignatureKey } from "../http/index.ts";
import {
  changeRing,
  createRing,
  isReplaced,
  type KeyRing,
  keyRingFile,
  keysOf,
  openRing,
  openWrapping,
  type RetiredKey,
  RING_ALGORITHMS,
  RING_PURPOSES,
  type RingKey,
  type RingPurpose,
  ringKey,
  serviceKeyFile,
  textToRing,
  withNewKey,
  withoutKey,
  writeReencrypted,
} from "../keys/index.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { readSecret } from "../secrets/readSecret.ts";
import type { ProcessIo } from "./ServiceIo.ts";

export interface ServiceKeysOptions {
  readonly dataDir: string;
  /** Reference to a 32-byte seed or to a key ring. */
  readonly keyFrom: string;
  readonly masterKeysFrom?: string;
  /** Reference to the ring's passphrase. */
  readonly keysPassphraseFrom?: string;
  /** Key URI of the wrapping key, instead of a passphrase. */
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
/** Used by earlier versions to derive keys. */
const SEED_NAMES: Readonly<Record<RingPurpose, string>> = {
  record: "custodian",
  log: "log",
  webhook: "webhooks",
  session: "sessions",
  encryption: "master",
};

export interface ListedServiceKey
  extends Pick<RingKey, "purpose" | "version" | "publicKey" | "createdMs">,
    Partial<Pick<RingKey, "activeMs">> {
  readonly algorithm: (typeof RING_ALGORITHMS)[RingPurpose];
  readonly state: "active" | "later" | "earlier" | "retired";
}

interface LoadedKeysPorts extends Pick<ServiceKeysPorts, "random" | "clock"> {
  readonly dataDir: string;
  readonly read: () => Promise<Loaded>;
  /** Absent for a ring outside the data directory. */
  readonly change?: ((edit: (ring: KeyRing) => KeyRing) => Promise<KeyRing>) | undefined;
}

export class ServiceKeys {
  readonly #ports: LoadedKeysPorts;
  readonly #accesses = new SerialQueue();
  #accessCount = 0;
  #loadedBy = 0;
  #loaded: Loaded;

  constructor(loaded: Loaded, ports: LoadedKeysPorts) {
    this.#loaded = loaded;
    this.#ports = ports;
  }

  get ring(): KeyRing {
    return this.#loaded.ring;
  }

  active(purpose: RingPurpose): RingKey {
    return this.all(purpose)[0] as RingKey;
  }

  all(purpose: RingPurpose): readonly RingKey[] {
    return keysOf(this.ring, purpose, this.#ports.clock.nowMs());
  }

  retired(purpose: RingPurpose): readonly RetiredKey[] {
    return this.ring.retired.filter((key) => key.purpose === purpose);
  }

  get masters(): readonly Uint8Array[] {
    return [...this.#loaded.newerMasters, ...this.all("encryption").map(({ secret }) => secret)];
  }

  get sessionSecrets(): readonly Uint8Array[] {
    return this.all("session").map(({ secret }) => secret);
  }

  /** Key of customers' pseudonyms in shared caches. The oldest, so that rotations keep pseudonyms. */
  get proofNames(): Uint8Array {
    return derive(this.ring.keys.encryption.at(-1)!.secret, "proof-names");
  }

  get adminSeed(): Uint8Array {
    return this.ring.adminSeed;
  }

  /** `work` encrypts all values under the active key, so that older keys can be retired. [KEY-6] */
  async reencrypt<Result>(work: () => Promise<Result>): Promise<Result> {
    const { version } = this.active("encryption");
    const result = await work();
    writeReencrypted(this.#ports.dataDir, version);
    return result;
  }

  /**
   * Reads the keys. The result applies them unless a later read or change was applied.
   * @throws the errors of openServiceKeys
   */
  async prepare(): Promise<() => void> {
    const { value, use } = await this.#access(this.#ports.read);
    return () => use(value);
  }

  get isChangeable(): boolean {
    return this.#ports.change !== undefined;
  }

  /** No secrets. Active keys come first. */
  list(): readonly ListedServiceKey[] {
    return RING_PURPOSES.flatMap((purpose): ListedServiceKey[] => {
      const algorithm = RING_ALGORITHMS[purpose];
      const [active, ...others] = this.all(purpose) as [RingKey, ...RingKey[]];
      return [
        { ...withoutSecret(active), algorithm, state: "active" },
        ...others.map((key) => {
          const state = key.version > active.version ? ("later" as const) : ("earlier" as const);
          return { ...withoutSecret(key), algorithm, state };
        }),
        ...this.retired(purpose).map((key) => ({ ...key, algorithm, state: "retired" as const })),
      ];
    });
  }

  /** [KEY-6] @throws NOT_FOUND, ARGUMENT_INVALID, and the errors of openServiceKeys */
  rotate(purpose: RingPurpose, delayMs: number): Promise<void> {
    return this.#change((ring) => withNewKey(ring, purpose, { ...this.#ports, delayMs }));
  }

  /** [KEY-6] @throws NOT_FOUND if the key was not replaced, and the errors of openServiceKeys */
  retire(purpose: RingPurpose, version: number): Promise<void> {
    return this.#change((ring) => {
      const nowMs = this.#ports.clock.nowMs();
      if (!isReplaced(ring, purpose, version, nowMs))
        throw httpErrors.NOT_FOUND({ reason: "no replaced key", purpose, version });
      return withoutKey(ring, purpose, version, nowMs);
    });
  }

  async #change(edit: (ring: KeyRing) => KeyRing): Promise<void> {
    const { change } = this.#ports;
    if (change === undefined) throw httpErrors.NOT_FOUND({ reason: "the keys come from keyFrom" });
    const { value: ring, use } = await this.#access(() => change(edit));
    use({ ...this.#loaded, ring });
  }

  /** `use` has no effect after the `use` of a later access. */
  #access<Value>(ask: () => Promise<Value>) {
    return this.#accesses.run(async () => {
      this.#accessCount += 1;
      const number = this.#accessCount;
      const use = (loaded: Loaded): void => {
        if (number < this.#loadedBy) return;
        this.#loadedBy = number;
        this.#loaded = loaded;
      };
      return { value: await ask(), use };
    });
  }
}

function withoutSecret({ secret: _, ...key }: RingKey): Omit<RingKey, "secret"> {
  return key;
}

interface Loaded {
  readonly ring: KeyRing;
  /** From `masterKeysFrom`; newer than the ring's. */
  readonly newerMasters: readonly Uint8Array[];
}

/** Creates missing keys in the data directory. [KEY-5] @throws SECRET_UNREADABLE, KEYSTORE_PASSWORD_WRONG */
export async function openServiceKeys(
  options: ServiceKeysOptions,
  ports: ServiceKeysPorts,
): Promise<ServiceKeys> {
  const { random, clock, io } = ports;
  const read = () => load(options, ports);
  const change = async (edit: (ring: KeyRing) => KeyRing) => {
    const wrapping = await wrappingOf(options, random, io);
    return changeRing(keyRingFile(options.dataDir), edit, { random, clock, wrapping });
  };
  return new ServiceKeys(await read(), {
    dataDir: options.dataDir,
    read,
    random,
    clock,
    ...(options.keyFrom === "" && { change }),
  });
}

export function hasServiceKey({ dataDir, keyFrom }: ServiceKeysOptions): boolean {
  return keyFrom !== "" || existsSync(keyRingFile(dataDir)) || existsSync(serviceKeyFile(dataDir));
}

/** The keys of earlier versions. [KEY-5] @param text 64 hexadecimal digits @throws SECRET_UNREADABLE */
export function ringOfSeed(text: string): KeyRing {
  const seed = keyOf(text);
  const keys = RING_PURPOSES.map((purpose) => {
    const secret = derive(seed, SEED_NAMES[purpose]);
    return [purpose, [ringKey(purpose, { version: 1, secret, createdMs: 0, activeMs: 0 })]];
  });
  return { keys: Object.fromEntries(keys), retired: [], adminSeed: derive(seed, "admin", API_KEY_SIZE) };
}

async function load(options: ServiceKeysOptions, { random, clock, io }: ServiceKeysPorts): Promise<Loaded> {
  const { dataDir, keyFrom, masterKeysFrom = "" } = options;
  const wrapping = await wrappingOf(options, random, io);
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

function wrappingOf(
  { keysPassphraseFrom = "", keysWrappedBy = "" }: ServiceKeysOptions,
  random: Random,
  io: ProcessIo,
) {
  return openWrapping({ passphraseFrom: keysPassphraseFrom, wrappingKey: keysWrappedBy }, random, io);
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
