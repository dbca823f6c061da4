import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Clock, isTrellisError, type Random } from "@trellis/base";
import { lockDirectory } from "@trellis/storage";
import { secretsErrors } from "../../secrets/errors.ts";
import type { KeyWrapping } from "../../secrets/KeyWrapping.ts";
import { type KeyRing, RING_PURPOSES } from "./KeyRing.ts";
import { readRingFile, ringToText, textToRing, writeKeyFile } from "./ringFile.ts";

export interface RingPorts {
  readonly random: Random;
  readonly clock: Clock;
  /** Absent: secrets are not encrypted. */
  readonly wrapping?: KeyWrapping | undefined;
}

/** Suffices, because a lock holder only writes a small file. */
const LOCK_MS_MAX = 10_000;
const LOCK_PAUSE_MS = 50;

export function keyRingFile(dataDir: string): string {
  return join(dataDir, "keys", "keys.json");
}

/** Newest key version under which all values are encrypted; 0 if none. [KEY-6] */
export function readReencrypted(dataDir: string): number {
  const file = reencryptedFile(dataDir);
  return existsSync(file) ? Number(/^(\d{1,9})\n$/.exec(readFileSync(file, "utf8"))?.[1] ?? 0) : 0;
}

export function writeReencrypted(dataDir: string, version: number): void {
  if (readReencrypted(dataDir) !== version) writeKeyFile(reencryptedFile(dataDir), `${version}\n`);
}

function reencryptedFile(dataDir: string): string {
  return join(dataDir, "keys", "reencrypted");
}

/** Seed of earlier versions, for all purposes. */
export function serviceKeyFile(dataDir: string): string {
  return join(dataDir, "service.key");
}

/**
 * Creates a missing ring, from an earlier version's `service.key` if present. Encrypts a plain file if there
 * is a wrapping. [KEY-5, KEY-7]
 * @throws the errors of textToRing, SECRET_UNREADABLE, STORE_LOCKED
 */
export async function openRing(
  dataDir: string,
  { fromSeed, create }: { readonly fromSeed: (text: string) => KeyRing; readonly create: () => KeyRing },
  ports: RingPorts,
): Promise<KeyRing> {
  const file = keyRingFile(dataDir);
  const text = readRingFile(file);
  const isSplit = !existsSync(serviceKeyFile(dataDir));
  if (text !== undefined && isSplit) {
    const { ring, isWrapped } = await textToRing(text, withWrapping(ports));
    if (isWrapped || ports.wrapping === undefined) return ring;
  }
  return locked(file, async () => {
    const held = readRingFile(file);
    const seed = serviceKeyFile(dataDir);
    let ring: KeyRing;
    if (held === undefined) {
      ring = existsSync(seed) ? fromSeed(readFileSync(seed, "utf8")) : create();
      await write(file, ring, ports);
    } else {
      const opened = await textToRing(held, withWrapping(ports));
      ring = opened.ring;
      if (!opened.isWrapped && ports.wrapping !== undefined) await write(file, ring, ports);
    }
    if (existsSync(seed)) removeSeed(seed);
    return ring;
  });
}

/**
 * Changes are atomic, durable and serialized.
 * @throws the errors of textToRing; SECRET_UNREADABLE without a file, STORE_LOCKED
 */
export async function changeRing(
  file: string,
  change: (ring: KeyRing) => KeyRing,
  ports: RingPorts,
): Promise<KeyRing> {
  return locked(file, async () => {
    const { ring, isWrapped } = await textToRing(readRingFile(file) ?? "", withWrapping(ports));
    const changed = change(ring);
    await write(file, changed, isWrapped ? ports : { ...ports, wrapping: undefined });
    return changed;
  });
}

async function write(file: string, ring: KeyRing, ports: RingPorts): Promise<void> {
  const text = await ringToText(ring, withWrapping(ports));
  // Reads the text back, because an unreadable file would lose the keys.
  const { ring: again } = await textToRing(text, withWrapping(ports));
  const newest = (one: KeyRing) => RING_PURPOSES.map((purpose) => one.keys[purpose][0]!.secret);
  if (!Buffer.concat(newest(again)).equals(Buffer.concat(newest(ring))))
    throw secretsErrors.ENVELOPE_BROKEN({ file, reason: "decrypted keys differ from the encrypted ones" });
  writeKeyFile(file, text);
}

function withWrapping({ random, wrapping }: RingPorts) {
  return { random, wrapping };
}

function removeSeed(file: string): void {
  rmSync(file);
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);
}

async function locked<Value>(file: string, work: () => Promise<Value>): Promise<Value> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  for (let waitedMs = 0; ; waitedMs += LOCK_PAUSE_MS) {
    try {
      const lock = await lockDirectory(dirname(file));
      try {
        return await work();
      } finally {
        await lock.release();
      }
    } catch (error) {
      if (!isTrellisError(error, "STORE_LOCKED") || waitedMs >= LOCK_MS_MAX) throw error;
      await delay(LOCK_PAUSE_MS);
    }
  }
}
