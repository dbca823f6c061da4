import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { openKeystoreHolder } from "../holders/openKeystoreHolder.ts";
import type { KeyDescription } from "../KeyHolder.ts";
import { LocalKey } from "../LocalKey.ts";
import { RING_ALGORITHMS, RING_PURPOSES, type RingPurpose } from "../ring/KeyRing.ts";
import { type ListedRingKey, listRingKeys } from "../ring/ringFile.ts";

export interface ListedKey extends KeyDescription {
  readonly version?: number;
  /**
   * `active`: signs and encrypts. `later`: becomes active later. `earlier`: only verifies and decrypts.
   * `retired`: only verifies.
   */
  readonly state: "active" | "later" | "earlier" | "retired";
  readonly isEncrypted: boolean;
}

/** A data directory can have a folder per service. */
const DEPTH_MAX = 3;
const FILE_SIZE_MAX = 262_144;
/** Databases have many files and no keys. */
const SKIPPED = new Set(["chain", "index", "database", "postgres", "recordings", "votes"]);

/** Needs no passwords. [KEY-11] */
export async function listDataDirectory(folder: string, nowMs: number): Promise<readonly ListedKey[]> {
  return listFolder(folder, nowMs, 0);
}

async function listFolder(folder: string, nowMs: number, depth: number): Promise<ListedKey[]> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name));
  const found: ListedKey[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile()) found.push(...(READERS[entry.name]?.(path, nowMs) ?? []));
    else if (entry.isDirectory() && depth < DEPTH_MAX && !SKIPPED.has(entry.name))
      found.push(...(await listFolder(path, nowMs, depth + 1)));
  }
  found.push(...(await keystoresIn(folder)));
  return found;
}

type Reader = (file: string, nowMs: number) => ListedKey[];

const READERS: Readonly<Record<string, Reader>> = {
  "keys.json": (file, nowMs) => ringKeys(file, nowMs),
  // Earlier versions used one seed for all purposes.
  "service.key": (file) => RING_PURPOSES.map((purpose) => plainFile(file, purpose, RING_ALGORITHMS[purpose])),
  "peer.key": (file) => {
    const [, digits = ""] = /^0x([0-9a-f]{64})\s*$/.exec(textOf(file)) ?? [];
    if (digits === "") return [];
    const { publicKey } = new LocalKey("ed25519", Buffer.from(digits, "hex"));
    return [{ ...plainFile(file, "peer", "ed25519"), publicKey }];
  },
  "signer.secret": (file) => [plainFile(file, "signer-channel", "aes-256-gcm")],
};

function ringKeys(file: string, nowMs: number): ListedKey[] {
  const { keys, retired, isWrapped } = listRingKeys(textOf(file));
  const gone = retired.map((key) => ({
    ...key,
    id: `${key.purpose}/${key.version}`,
    algorithm: RING_ALGORITHMS[key.purpose],
    holder: "key ring",
    location: file,
    state: "retired" as const,
    isEncrypted: true,
  }));
  const held = RING_PURPOSES.flatMap((purpose) => {
    const own = keys.filter((key) => key.purpose === purpose).sort((a, b) => b.version - a.version);
    const active = own.find(({ activeMs }) => activeMs <= nowMs) ?? own.at(-1);
    return own.map((key) => ringKeyOf(key, active as ListedRingKey, { file, isWrapped, purpose }));
  });
  return [...held, ...gone];
}

function ringKeyOf(
  { version, createdMs, publicKey }: ListedRingKey,
  active: ListedRingKey,
  {
    file,
    isWrapped,
    purpose,
  }: { readonly file: string; readonly isWrapped: boolean; readonly purpose: RingPurpose },
): ListedKey {
  const state = version === active.version ? "active" : version > active.version ? "later" : "earlier";
  return {
    id: `${purpose}/${version}`,
    purpose,
    algorithm: RING_ALGORITHMS[purpose],
    ...(publicKey && { publicKey }),
    // Keys derived from a seed have no known age.
    ...(createdMs > 0 && { createdMs }),
    ...(version > 1 && { rotatedMs: createdMs }),
    holder: "key ring",
    location: file,
    version,
    state,
    isEncrypted: isWrapped,
  };
}

function plainFile(
  file: string,
  purpose: ListedKey["purpose"],
  algorithm: ListedKey["algorithm"],
): ListedKey {
  return {
    id: basename(file),
    purpose,
    algorithm,
    createdMs: Math.floor(statSync(file).mtimeMs),
    holder: "file",
    location: file,
    state: "active",
    isEncrypted: false,
  };
}

async function keystoresIn(folder: string): Promise<ListedKey[]> {
  const holder = openKeystoreHolder({ folder }, { password: async () => "" });
  try {
    const keys = await holder.list();
    return keys.map((key) => ({ ...key, state: "active" as const, isEncrypted: true }));
  } catch (error) {
    if (isTrellisError(error, "SIGNER_SETUP_INVALID")) return [];
    throw error;
  } finally {
    await holder.close();
  }
}

function textOf(file: string): string {
  return statSync(file).size > FILE_SIZE_MAX ? "" : readFileSync(file, "utf8");
}
