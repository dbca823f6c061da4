import { createHash } from "node:crypto";
import type { KeyWrapping } from "@trellis/platform/keys";
import { backupErrors } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import type { Lock } from "./Lock.ts";
import { KEYS_MAX, type OpenedFile, openFile, unwrapFirst, writeFile } from "./openRepository.ts";

type Wrapped = OpenedFile["fields"]["keys"][number];

/** A passphrase or key that opens the repository. */
export interface ListedKey {
  readonly id: string;
  readonly kind: Wrapped["kind"];
  /** Name of a key of Vault or AWS KMS. */
  readonly name?: string;
  readonly isUsed: boolean;
}

interface Ports {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
}

interface ChangePorts extends Ports {
  readonly lock: Lock;
}

const ID_CHARACTERS = 12;

/** @throws REPOSITORY_MISSING, REPOSITORY_KEY_WRONG, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
export async function listKeys(ports: Ports): Promise<ListedKey[]> {
  const { fields, used } = await openFile(ports);
  return fields.keys.map((wrapped, index) => listedAs(wrapped, index === used));
}

/**
 * The repository's own key stays, so no backup is written again.
 * @throws as `listKeys`; REPOSITORY_KEY_REFUSED, REPOSITORY_LOCKED, and the errors of `added`
 */
export async function addKey(added: KeyWrapping, { lock, ...ports }: ChangePorts): Promise<ListedKey> {
  const { store } = ports;
  const { fields, key } = await openFile(ports);
  if (fields.keys.length >= KEYS_MAX) throw refused(store, `it has ${KEYS_MAX} keys already`);
  const wrapped = await added.wrap(key);
  // A key service may allow to encrypt but not to decrypt.
  await unwrapFirst([wrapped], added, store.place);
  lock.check();
  await writeFile(store, { ...fields, keys: [...fields.keys, wrapped] }, key);
  return listedAs(wrapped, false);
}

/**
 * The key that opened the repository must open it afterwards, so it cannot be removed.
 * @throws as `listKeys`; REPOSITORY_KEY_UNKNOWN, REPOSITORY_KEY_REFUSED, REPOSITORY_LOCKED
 */
export async function removeKey(id: string, { lock, ...ports }: ChangePorts): Promise<ListedKey> {
  const { store, wrapping } = ports;
  const { fields, key } = await openFile(ports);
  const removed = fields.keys.find((wrapped) => idOf(wrapped) === id);
  if (removed === undefined)
    throw backupErrors.REPOSITORY_KEY_UNKNOWN({ place: store.place, key: id, keys: fields.keys.length });
  const keys = fields.keys.filter((wrapped) => wrapped !== removed);
  const opened = await unwrapFirst(keys, wrapping, store.place).catch(() => undefined);
  if (opened === undefined) throw refused(store, "the command was given this key");
  lock.check();
  await writeFile(store, { ...fields, keys }, key);
  return listedAs(removed, false);
}

function listedAs(wrapped: Wrapped, isUsed: boolean): ListedKey {
  const { kind } = wrapped;
  return { id: idOf(wrapped), kind, ...(kind !== "passphrase" && { name: wrapped.key }), isUsed };
}

function idOf(wrapped: Wrapped): string {
  return createHash("sha256").update(JSON.stringify(wrapped)).digest("hex").slice(0, ID_CHARACTERS);
}

function refused({ place }: BlobStore, reason: string): Error {
  return backupErrors.REPOSITORY_KEY_REFUSED({ place, reason });
}
