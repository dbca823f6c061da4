import { createHmac, hkdfSync } from "node:crypto";
import { isTrellisError, type Random } from "@trellis/base";
import { type KeyWrapping, wrappedKey } from "@trellis/platform/keys";
import { createEnvelope, type Envelope } from "@trellis/platform/secrets";
import { z } from "zod";
import { GEAR_SIZE } from "../chunks/chunksOf.ts";
import { backupErrors } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import { FORMAT, jsonIn } from "./jsonIn.ts";

const NAME = "repository.json";
export const KEY_SIZE = 32;
export const KEYS_MAX = 16;

const repositoryFile = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** The repository's key, encrypted under each of its users' keys. */
  keys: z.array(wrappedKey).min(1).max(KEYS_MAX),
  /** HMAC-SHA256 of the other fields, under the repository's key. */
  mac: z.string().regex(/^[0-9a-f]{64}$/),
});
type RepositoryFile = z.output<typeof repositoryFile>;
type Fields = Omit<RepositoryFile, "mac">;

export interface OpenedFile {
  readonly fields: Fields;
  /** The repository's key. */
  readonly key: Uint8Array;
  /** Index of the wrapped key that was used. */
  readonly used: number;
}

/** Everything in a repository but this file is encrypted under `envelope`. */
export interface RepositoryKeys {
  readonly id: string;
  readonly envelope: Envelope;
  /** Names a chunk by its content. Outsiders cannot test whether a repository has a known file. */
  idOf(chunk: Uint8Array): Uint8Array;
  readonly gear: Uint32Array;
}

export interface RepositoryPorts {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
  readonly random: Random;
}

/**
 * @throws REPOSITORY_MISSING, REPOSITORY_KEY_WRONG, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE,
 * SIGNER_UNREACHABLE
 */
export async function openRepository({ random, ...ports }: RepositoryPorts): Promise<RepositoryKeys> {
  const { fields, key } = await openFile(ports);
  return keysOf(fields.id, key, random);
}

/** @throws as `openRepository` */
export async function openFile({ store, wrapping }: Omit<RepositoryPorts, "random">): Promise<OpenedFile> {
  const bytes = await store.get(NAME);
  if (bytes === undefined) throw backupErrors.REPOSITORY_MISSING({ place: store.place });
  const { mac, ...fields } = jsonIn(repositoryFile, NAME, bytes);
  const { key, used } = await unwrapFirst(fields.keys, wrapping, store.place);
  const isIntact = mac === macOf(fields, key) && Buffer.from(fileToBytes({ ...fields, mac })).equals(bytes);
  if (!isIntact) throw backupErrors.REPOSITORY_DAMAGED({ object: NAME, reason: "it was modified" });
  return { fields, key, used };
}

/** @throws REPOSITORY_KEY_WRONG, SIGNER_UNREACHABLE */
export async function unwrapFirst(
  keys: Fields["keys"],
  wrapping: KeyWrapping,
  place: string,
): Promise<Pick<OpenedFile, "key" | "used">> {
  let failure: unknown;
  // One after another, because each passphrase takes 128 MiB of memory.
  for (const [used, wrapped] of keys.entries()) {
    try {
      return { key: await wrapping.unwrap(wrapped), used };
    } catch (error) {
      if (failure === undefined || isTrellisError(error, "SIGNER_UNREACHABLE")) failure = error;
    }
  }
  // Nobody knows whether the key is wrong.
  if (isTrellisError(failure, "SIGNER_UNREACHABLE")) throw failure;
  throw backupErrors.REPOSITORY_KEY_WRONG({ place }, failure);
}

/** @throws REPOSITORY_UNAVAILABLE */
export async function writeFile(store: BlobStore, fields: Fields, key: Uint8Array): Promise<void> {
  await store.put(NAME, fileToBytes({ ...fields, mac: macOf(fields, key) }));
}

function fileToBytes({ format, id, keys, mac }: RepositoryFile): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format, id, keys, mac }, undefined, 2)}\n`);
}

function macOf({ format, id, keys }: Fields, key: Uint8Array): string {
  return createHmac("sha256", key).update(JSON.stringify({ format, id, keys })).digest("hex");
}

export function keysOf(id: string, key: Uint8Array, random: Random): RepositoryKeys {
  const derived = (purpose: string, size: number): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", key, id, `trellis-backup/${purpose}`, size));
  const chunkKey = derived("chunk id", KEY_SIZE);
  const gear = derived("gear", GEAR_SIZE * 4);
  return {
    id,
    envelope: createEnvelope([derived("contents", KEY_SIZE)], random),
    idOf: (chunk) => new Uint8Array(createHmac("sha256", chunkKey).update(chunk).digest()),
    gear: new Uint32Array(gear.buffer, gear.byteOffset, GEAR_SIZE),
  };
}
