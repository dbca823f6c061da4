import { createHmac, hkdfSync } from "node:crypto";
import type { Random } from "@trellis/base";
import { type KeyWrapping, wrappedKey } from "@trellis/platform/keys";
import { createEnvelope, type Envelope } from "@trellis/platform/secrets";
import { z } from "zod";
import { GEAR_SIZE } from "../chunks/chunksOf.ts";
import { backupErrors } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import { jsonIn } from "./jsonIn.ts";

const NAME = "repository.json";
const FORMAT = 1;
const KEY_SIZE = 32;
const KEYS_MAX = 16;

const repositoryFile = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  /** The repository's key, encrypted under each of its users' keys. */
  keys: z.array(wrappedKey).min(1).max(KEYS_MAX),
  /** HMAC-SHA256 of the other fields, under the repository's key. */
  mac: z.string().regex(/^[0-9a-f]{64}$/),
});
type RepositoryFile = z.output<typeof repositoryFile>;

/** Everything in a repository but this file is encrypted under `envelope`. */
export interface RepositoryKeys {
  readonly id: string;
  readonly envelope: Envelope;
  /** Names a chunk by its content. Outsiders cannot test whether a repository has a known file. */
  idOf(chunk: Uint8Array): Uint8Array;
  readonly gear: Uint32Array;
}

interface Ports {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
  readonly random: Random;
}

/** @throws REPOSITORY_EXISTS, REPOSITORY_UNAVAILABLE */
export async function createRepository({ store, wrapping, random }: Ports): Promise<RepositoryKeys> {
  for await (const { name } of store.list(""))
    throw backupErrors.REPOSITORY_EXISTS({ place: store.place, found: name });
  const key = random.bytes(KEY_SIZE);
  const id = Buffer.from(random.bytes(16)).toString("hex");
  const fields: Omit<RepositoryFile, "mac"> = { format: FORMAT, id, keys: [await wrapping.wrap(key)] };
  await store.put(NAME, fileToBytes({ ...fields, mac: macOf(fields, key) }));
  return keysOf(id, key, random);
}

/**
 * @throws REPOSITORY_MISSING, REPOSITORY_KEY_WRONG, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
 */
export async function openRepository({ store, wrapping, random }: Ports): Promise<RepositoryKeys> {
  const bytes = await store.get(NAME);
  if (bytes === undefined) throw backupErrors.REPOSITORY_MISSING({ place: store.place });
  const { mac, ...fields } = jsonIn(repositoryFile, NAME, bytes);
  const { id, keys } = fields;
  const unwrapped = await Promise.allSettled(keys.map((wrapped) => wrapping.unwrap(wrapped)));
  const key = unwrapped.find((result) => result.status === "fulfilled");
  if (key !== undefined) {
    const isIntact =
      mac === macOf(fields, key.value) && Buffer.from(fileToBytes({ ...fields, mac })).equals(bytes);
    if (!isIntact) throw backupErrors.REPOSITORY_DAMAGED({ object: NAME, reason: "it was modified" });
    return keysOf(id, key.value, random);
  }
  const [failure] = unwrapped.filter((result) => result.status === "rejected");
  throw backupErrors.REPOSITORY_KEY_WRONG({ place: store.place }, failure?.reason);
}

function fileToBytes({ format, id, keys, mac }: RepositoryFile): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format, id, keys, mac }, undefined, 2)}\n`);
}

function macOf({ format, id, keys }: Omit<RepositoryFile, "mac">, key: Uint8Array): string {
  return createHmac("sha256", key).update(JSON.stringify({ format, id, keys })).digest("hex");
}

function keysOf(id: string, key: Uint8Array, random: Random): RepositoryKeys {
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
