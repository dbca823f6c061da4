import type { Random } from "@trellis/base";
import type { KeyWrapping } from "@trellis/platform/keys";
import { z } from "zod";
import { chunksOf } from "../chunks/chunksOf.ts";
import { backupErrors } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import { ChunkStore } from "./ChunkStore.ts";
import { jsonIn } from "./jsonIn.ts";
import { BACKUP_ID, type Manifest, manifest } from "./Manifest.ts";
import { openRepository, type RepositoryKeys } from "./openRepository.ts";
import { ID_SIZE, opened } from "./packFormat.ts";
import { WalArchive } from "./WalArchive.ts";

export const CATALOG = "catalog";
const BACKUPS = "backups/";
/** Chunks that are stored, or read, at the same time. */
const AT_ONCE = 8;

/** A missing manifest or index is found, because the catalog lists it. */
const catalog = z.strictObject({
  backups: z.array(z.string().regex(BACKUP_ID)),
  indexes: z.array(z.string()),
});
type Catalog = z.output<typeof catalog>;

interface Ports {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
  readonly random: Random;
}

export interface Stored {
  readonly ids: readonly Uint8Array[];
  readonly bytes: number;
}

export class Repository {
  readonly place: string;
  readonly id: string;
  readonly chunks: ChunkStore;
  readonly wal: WalArchive;
  readonly #store: BlobStore;
  readonly #keys: RepositoryKeys;

  private constructor(store: BlobStore, keys: RepositoryKeys, chunks: ChunkStore) {
    this.place = store.place;
    this.id = keys.id;
    this.#store = store;
    this.#keys = keys;
    this.chunks = chunks;
    this.wal = new WalArchive(store, keys.envelope);
  }

  /**
   * For reading. A run that changes it also calls `chunks.reuseUnlisted`.
   * @throws REPOSITORY_MISSING, REPOSITORY_KEY_WRONG, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
   */
  static async open(ports: Ports): Promise<Repository> {
    const keys = await openRepository(ports);
    for (;;) {
      const { indexes } = await readCatalog(ports.store, keys);
      try {
        return new Repository(ports.store, keys, await ChunkStore.open(ports.store, keys, indexes));
      } catch (error) {
        // A prune may have replaced the indexes meanwhile.
        if ((await readCatalog(ports.store, keys)).indexes.join() === indexes.join()) throw error;
      }
    }
  }

  /** Rebuilds lost indexes from the packs. @throws as `open`, but not for a missing index */
  static async repair(ports: Ports, check: () => void): Promise<Repository> {
    const keys = await openRepository(ports);
    const { backups } = await readCatalog(ports.store, keys);
    const repository = new Repository(ports.store, keys, await ChunkStore.open(ports.store, keys, []));
    await repository.chunks.reuseUnlisted();
    await repository.chunks.flush(check);
    check();
    await repository.#putCatalog(backups);
    return repository;
  }

  /** Durable after `keep`. */
  async write(pieces: AsyncIterable<Uint8Array>): Promise<Stored> {
    const stored: Promise<Uint8Array>[] = [];
    let bytes = 0;
    for await (const chunk of chunksOf(pieces, this.#keys.gear)) {
      bytes += chunk.length;
      const adding = this.chunks.add(chunk);
      adding.catch(() => {});
      stored.push(adding);
      if (stored.length >= AT_ONCE) await stored[stored.length - AT_ONCE];
    }
    return { ids: await Promise.all(stored), bytes };
  }

  /** The next pack is read while the chunks of the former one are used. */
  async *read(ids: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const ahead: Promise<Uint8Array>[] = [];
    for (const id of ids) {
      const reading = this.chunks.get(id);
      reading.catch(() => {});
      ahead.push(reading);
      if (ahead.length > AT_ONCE) yield await ahead.shift()!;
    }
    for (const reading of ahead) yield await reading;
  }

  /** Stores a list of ids as chunks, because it may have millions. */
  async writeIds(ids: readonly Uint8Array[]): Promise<Stored> {
    return this.write(only(Buffer.concat(ids)));
  }

  async readIds(ids: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const bytes = await this.readWhole(ids);
    if (bytes.length % ID_SIZE !== 0)
      throw backupErrors.REPOSITORY_DAMAGED({
        object: "list of chunks",
        reason: "not a multiple of 32 bytes",
      });
    return Array.from({ length: bytes.length / ID_SIZE }, (_, at) =>
      bytes.subarray(at * ID_SIZE, (at + 1) * ID_SIZE),
    );
  }

  async readWhole(ids: readonly Uint8Array[]): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.read(ids)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** All chunks of a backup. @throws REPOSITORY_DAMAGED if a list is damaged */
  async idsOf({ parts }: Manifest): Promise<Uint8Array[]> {
    const ids: Uint8Array[] = [];
    for (const { list, contents } of parts) {
      const [lists, pointers] = [idsIn(list), idsIn(contents)];
      for (const id of [...lists, ...pointers, ...(await this.readIds(pointers))]) ids.push(id);
    }
    return ids;
  }

  /** Ids, oldest first. */
  async listed(): Promise<string[]> {
    return (await readCatalog(this.#store, this.#keys)).backups;
  }

  /** Oldest first. @throws REPOSITORY_DAMAGED if a manifest is missing */
  async backups(): Promise<Manifest[]> {
    for (;;) {
      const ids = await this.listed();
      try {
        return await Promise.all(ids.map((id) => this.backup(id)));
      } catch (error) {
        // Another run may have replaced a backup meanwhile.
        if ((await this.listed()).join() === ids.join()) throw error;
      }
    }
  }

  /** @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
  async backup(id: string): Promise<Manifest> {
    const name = `${BACKUPS}${id}`;
    const sealed = await this.#store.get(name);
    if (sealed === undefined)
      throw backupErrors.REPOSITORY_DAMAGED({ object: name, reason: "it is missing" });
    return jsonIn(manifest, name, opened(this.#keys.envelope, name, name, sealed));
  }

  /**
   * Flushes the chunks, then lists the backup.
   * @param check throws if another run may have begun
   * @param replaced id of a backup that `made` supersedes
   */
  async keep(made: Omit<Manifest, "addedBytes">, check: () => void, replaced?: string): Promise<Manifest> {
    const addedBytes = await this.chunks.flush(check);
    const kept = { ...made, addedBytes };
    const name = `${BACKUPS}${made.id}`;
    const former = await this.listed();
    check();
    await this.#store.put(name, this.#keys.envelope.seal(name, Buffer.from(JSON.stringify(kept))));
    await this.#putCatalog([...former.filter((id) => id !== replaced), made.id].sort());
    if (replaced !== undefined) await this.#store.delete(`${BACKUPS}${replaced}`);
    return kept;
  }

  /**
   * Removes backups, and all chunks that `chunks` lacks. The catalog changes first: a crash leaves unlisted
   * objects, which the next call removes.
   * @param chunks ids as `keyOf` writes them
   * @param check throws if another run may have begun
   */
  async forget(ids: ReadonlySet<string>, chunks: ReadonlySet<string>, check: () => void): Promise<void> {
    const backups = (await this.listed()).filter((id) => !ids.has(id));
    await this.chunks.keepOnly(chunks, { commit: () => this.#putCatalog(backups), check });
    const kept = new Set(backups.map((id) => `${BACKUPS}${id}`));
    const stored = await Array.fromAsync(this.#store.list(BACKUPS));
    check();
    for (const name of stored) if (!kept.has(name)) await this.#store.delete(name);
  }

  #putCatalog(backups: string[]): Promise<void> {
    return writeCatalog(this.#store, this.#keys, { backups, indexes: this.chunks.indexes() });
  }
}

export async function writeCatalog(
  store: BlobStore,
  { envelope }: RepositoryKeys,
  file: Catalog,
): Promise<void> {
  await store.put(CATALOG, envelope.seal(CATALOG, Buffer.from(JSON.stringify(file))));
}

async function readCatalog(store: BlobStore, { envelope }: RepositoryKeys): Promise<Catalog> {
  const sealed = await store.get(CATALOG);
  if (sealed === undefined)
    throw backupErrors.REPOSITORY_DAMAGED({ object: CATALOG, reason: "it is missing" });
  return jsonIn(catalog, CATALOG, opened(envelope, CATALOG, CATALOG, sealed));
}

export function idsIn(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new Uint8Array(Buffer.from(text, "base64")));
}

export function textsOf({ ids }: Stored): string[] {
  return ids.map((id) => Buffer.from(id).toString("base64"));
}

export async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
