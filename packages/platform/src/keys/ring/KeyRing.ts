import type { Clock, Random } from "@trellis/base";
import { baseErrors } from "@trellis/base";
import type { KeyAlgorithm } from "../KeyHolder.ts";
import { LocalKey } from "../LocalKey.ts";

/** Each purpose has its own keys. [KEY-5] */
export const RING_ALGORITHMS = {
  record: "ed25519",
  log: "ed25519",
  webhook: "ed25519",
  session: "aes-256-gcm",
  encryption: "aes-256-gcm",
} as const satisfies Readonly<Record<string, KeyAlgorithm>>;
export type RingPurpose = keyof typeof RING_ALGORITHMS;
export const RING_PURPOSES = Object.keys(RING_ALGORITHMS) as readonly RingPurpose[];

export interface RingKey {
  readonly purpose: RingPurpose;
  /** From 1 for each purpose. Never reused. */
  readonly version: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** Raw. Absent for symmetric keys. */
  readonly publicKey?: Uint8Array;
  readonly createdMs: number;
  /** Until then, the key only verifies and decrypts. */
  readonly activeMs: number;
}

/** The private part is deleted, but signatures still verify. */
export interface RetiredKey {
  readonly purpose: RingPurpose;
  readonly version: number;
  readonly publicKey: Uint8Array;
  readonly createdMs: number;
}

/**
 * A purpose's newest active key signs and encrypts; all verify and decrypt. The delay lets other processes
 * read a new key first. [KEY-6]
 */
export interface KeyRing {
  /** Newest first, at least one per purpose. */
  readonly keys: Readonly<Record<RingPurpose, readonly RingKey[]>>;
  /** Newest first. */
  readonly retired: readonly RetiredKey[];
  /** 44 bytes from which the first admin's API key is derived. */
  readonly adminSeed: Uint8Array;
}

export const SECRET_SIZE = 32;
/** More would slow down verification. */
export const VERSIONS_MAX = 32;

/** Active key first, then newest first. */
export function keysOf({ keys }: KeyRing, purpose: RingPurpose, nowMs: number): readonly RingKey[] {
  const all = keys[purpose];
  const active = all.find(({ activeMs }) => activeMs <= nowMs) ?? all.at(-1);
  return [active as RingKey, ...all.filter((key) => key !== active)];
}

export function ringKey(
  purpose: RingPurpose,
  { version, secret, createdMs, activeMs }: Pick<RingKey, "version" | "secret" | "createdMs" | "activeMs">,
): RingKey {
  const algorithm = RING_ALGORITHMS[purpose];
  const pair = algorithm === "aes-256-gcm" ? undefined : new LocalKey(algorithm, secret);
  return { purpose, version, secret, createdMs, activeMs, ...(pair && { publicKey: pair.publicKey }) };
}

export function createRing(
  adminSeedSize: number,
  { random, clock }: { readonly random: Random; readonly clock: Clock },
): KeyRing {
  const nowMs = clock.nowMs();
  const first = (purpose: RingPurpose) =>
    ringKey(purpose, { version: 1, secret: random.bytes(SECRET_SIZE), createdMs: nowMs, activeMs: nowMs });
  return {
    keys: {
      record: [first("record")],
      log: [first("log")],
      webhook: [first("webhook")],
      session: [first("session")],
      encryption: [first("encryption")],
    },
    retired: [],
    adminSeed: random.bytes(adminSeedSize),
  };
}

/** The new key becomes active after the delay. @throws ARGUMENT_INVALID if there are too many keys */
export function withNewKey(
  ring: KeyRing,
  purpose: RingPurpose,
  {
    delayMs = 0,
    random,
    clock,
  }: { readonly delayMs?: number; readonly random: Random; readonly clock: Clock },
): KeyRing {
  const held = ring.keys[purpose];
  if (held.length >= VERSIONS_MAX)
    throw baseErrors.ARGUMENT_INVALID({ rule: "remove old keys first", purpose, count: held.length });
  const createdMs = clock.nowMs();
  const version = (held[0]?.version ?? 0) + 1;
  const secret = random.bytes(SECRET_SIZE);
  const next = ringKey(purpose, { version, secret, createdMs, activeMs: createdMs + delayMs });
  return { ...ring, keys: { ...ring.keys, [purpose]: [next, ...held] } };
}

export function isReplaced(ring: KeyRing, purpose: RingPurpose, version: number, nowMs: number): boolean {
  const [active, ...others] = keysOf(ring, purpose, nowMs) as [RingKey, ...RingKey[]];
  return version < active.version && others.some((key) => key.version === version);
}

/** Removes only replaced keys. Keeps the public part of a key pair. */
export function withoutKey(ring: KeyRing, purpose: RingPurpose, version: number, nowMs: number): KeyRing {
  const active = keysOf(ring, purpose, nowMs)[0] as RingKey;
  const isKept = (key: RingKey) => key.version >= active.version || key.version !== version;
  const retired = ring.keys[purpose].flatMap((key) =>
    isKept(key) || key.publicKey === undefined
      ? []
      : [{ purpose, version, publicKey: key.publicKey, createdMs: key.createdMs }],
  );
  return {
    ...ring,
    keys: { ...ring.keys, [purpose]: ring.keys[purpose].filter(isKept) },
    retired: [...retired, ...ring.retired],
  };
}
