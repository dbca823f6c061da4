import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { concatBytes, isTrellisError } from "@trellis/base";
import { CHUNK_BYTES_MAX } from "../chunks/chunksOf.ts";
import { backupErrors } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import type { RepositoryKeys } from "./openRepository.ts";
import {
  bytesToIndex,
  hashOf,
  indexToBytes,
  opened,
  type Pack,
  type PackedChunk,
  packBytes,
  packName,
  verifyPack,
} from "./packFormat.ts";

const PACK_BYTES = 16 << 20;
/** Of the buffers of zstd; most chunks fit in one. */
const BUFFER_BYTES = 128 << 10;
const CACHED_PACKS_MAX = 8;
/** Packs with a smaller share of kept bytes are written again. */
const LIVE_SHARE_MIN = 0.5;
const INDEXES = "indexes/";
const INDEX = "index";
const [RAW, ZSTD] = [0, 1];

interface Place {
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  /** Bytes of the chunk, once it was read. */
  size?: number;
}

interface OpenPack {
  readonly sealed: Uint8Array[];
  readonly chunks: { id: Uint8Array; length: number }[];
  bytes: number;
}

/** Chunks by their id. Equal chunks are stored once. */
export class ChunkStore {
  readonly #store: BlobStore;
  readonly #keys: RepositoryKeys;
  readonly #places = new Map<string, Place>();
  readonly #packs = new Map<string, Pack>();
  readonly #indexes = new Set<string>();
  readonly #cache = new Map<string, Promise<Uint8Array>>();
  /** Written, but in no index yet. */
  #unlisted: Pack[] = [];
  #open: OpenPack = emptyPack();
  #addedBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(store: BlobStore, keys: RepositoryKeys) {
    this.#store = store;
    this.#keys = keys;
  }

  /**
   * @param indexes names that must exist
   * @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
   */
  static async open(store: BlobStore, keys: RepositoryKeys, indexes: readonly string[]): Promise<ChunkStore> {
    const chunks = new ChunkStore(store, keys);
    for await (const name of store.list(INDEXES)) {
      const packs = await chunks.#readIndex(name);
      // A prune may have deleted it since it was listed.
      if (packs === undefined) continue;
      for (const pack of packs) chunks.#know(pack);
      chunks.#indexes.add(name);
    }
    const lost = indexes.find((name) => !chunks.#indexes.has(name));
    if (lost !== undefined) throw damaged(lost, "it is missing");
    return chunks;
  }

  /**
   * Adds the packs that an interrupted run has written, which are in no index. Needs the lock of the repository:
   * another run may write them just now. Damaged ones are left to verification.
   */
  async reuseUnlisted(): Promise<void> {
    for await (const name of this.#store.list("packs/")) {
      const pack = this.#packs.has(name) ? undefined : await this.unlisted(name);
      if (pack === undefined) continue;
      this.#know(pack);
      this.#unlisted.push(pack);
    }
  }

  /** Undefined if there is no intact pack of this name. @throws REPOSITORY_UNAVAILABLE */
  async unlisted(name: string): Promise<Pack | undefined> {
    try {
      return verifyPack(name, await this.#readPack(name), this.#keys.envelope);
    } catch (error) {
      if (!isTrellisError(error, "REPOSITORY_DAMAGED")) throw error;
      return undefined;
    }
  }

  /** Names of all indexes. */
  indexes(): string[] {
    return [...this.#indexes].sort();
  }

  /** All packs by name. */
  packs(): ReadonlyMap<string, Pack> {
    return this.#packs;
  }

  has(id: Uint8Array): boolean {
    return this.#places.has(keyOf(id));
  }

  /** The chunk is durable after `flush`. Returns its id. */
  async add(chunk: Uint8Array): Promise<Uint8Array> {
    const id = this.#keys.idOf(chunk);
    const key = keyOf(id);
    if (this.#places.has(key)) return id;
    // Reserved at once, because equal chunks may be added concurrently.
    this.#places.set(key, { pack: "", offset: 0, length: 0 });
    const compressed = compress(chunk);
    const isSmaller = compressed.length < chunk.length;
    const plain = concatBytes(Uint8Array.of(isSmaller ? ZSTD! : RAW!), isSmaller ? compressed : chunk);
    const sealed = this.#keys.envelope.seal(contextOf(key), plain);
    const { sealed: parts, chunks } = this.#open;
    parts.push(sealed);
    chunks.push({ id, length: sealed.length });
    this.#open.bytes += sealed.length;
    this.#addedBytes += sealed.length;
    if (this.#open.bytes >= PACK_BYTES) await this.#writePack();
    return id;
  }

  /**
   * @param check throws if another run may have begun, which may have deleted packs that no index lists
   * @returns stored bytes of the chunks that were added since the last call
   * @throws REPOSITORY_UNAVAILABLE, and the errors of `check`
   */
  async flush(check: () => void): Promise<number> {
    await this.#writeOpen();
    if (this.#unlisted.length > 0) {
      check();
      await this.#writeIndex(this.#unlisted);
    }
    const addedBytes = this.#addedBytes;
    this.#addedBytes = 0;
    return addedBytes;
  }

  /** @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
  async get(id: Uint8Array): Promise<Uint8Array> {
    const key = keyOf(id);
    try {
      return await this.#read(key);
    } catch (error) {
      if (!isTrellisError(error, "REPOSITORY_DAMAGED") || !(await this.#hasMoved(key))) throw error;
      return this.#read(key);
    }
  }

  async #read(key: string): Promise<Uint8Array> {
    const place = this.#places.get(key);
    if (place === undefined) throw damaged(chunkText(key), "it is missing");
    const bytes = await this.#cachedPack(place.pack);
    const sealed = bytes.subarray(place.offset, place.offset + place.length);
    const plain = opened(this.#keys.envelope, contextOf(key), place.pack, sealed);
    const body = plain.subarray(1);
    const chunk = plain[0] === ZSTD ? decompressed(body, place.pack) : body;
    if (keyOf(this.#keys.idOf(chunk)) !== key) throw damaged(place.pack, `${chunkText(key)} differs`);
    place.size = chunk.length;
    return chunk;
  }

  /** Reads the chunk unless it was read before. @throws as `get` */
  async sizeOf(id: Uint8Array): Promise<number> {
    return this.#places.get(keyOf(id))?.size ?? (await this.get(id)).length;
  }

  /** A prune writes chunks again before it deletes their pack. */
  async #hasMoved(key: string): Promise<boolean> {
    const former = this.#places.get(key);
    const places = (await ChunkStore.open(this.#store, this.#keys, [])).#places;
    if ((places.get(key)?.pack ?? former?.pack) === former?.pack) return false;
    for (const [moved, place] of places) this.#places.set(moved, place);
    return true;
  }

  /** Checks a pack and each of its chunks. @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
  async verify(name: string): Promise<void> {
    const pack = verifyPack(name, await this.#cachedPack(name), this.#keys.envelope);
    const known = this.#packs.get(name)!;
    if (indexToBytes([pack]).join() !== indexToBytes([known]).join())
      throw damaged(name, "the index describes it differently");
    for (const { id } of pack.chunks) await this.get(id);
  }

  /**
   * Deletes all chunks but `kept`. Packs with few kept chunks are written again. A crash leaves packs that the
   * next run finds again.
   * @param kept chunk ids as `keyOf` writes them
   * @param commit runs after the new index is written and before the first deletion
   * @param check throws if another run may have begun, whose backup needs what would be deleted
   */
  async keepOnly(
    kept: ReadonlySet<string>,
    { commit, check }: { readonly commit: () => Promise<void>; readonly check: () => void },
  ): Promise<void> {
    const former = new Map(this.#packs);
    const packs: Pack[] = [];
    for (const [name, pack] of former) {
      const chunks = pack.chunks.filter(({ id }) => kept.has(keyOf(id)));
      const [live, all] = [lengthOf(chunks), lengthOf(pack.chunks)];
      if (live > all * LIVE_SHARE_MIN) packs.push(pack);
      else {
        await this.#writeAgain(chunks);
        this.#packs.delete(name);
      }
    }
    await this.#writeOpen();
    const written = [...this.#packs].filter(([name]) => !former.has(name)).map(([, pack]) => pack);
    const indexes = this.indexes();
    this.#indexes.clear();
    await this.#writeIndex([...packs, ...written]);
    check();
    await commit();
    const left = [
      ...indexes.filter((name) => !this.#indexes.has(name)),
      ...[...former.keys()].filter((name) => !this.#packs.has(name)),
    ];
    for (const name of left) {
      check();
      await this.#store.delete(name);
    }
  }

  async #writeAgain(chunks: readonly PackedChunk[]): Promise<void> {
    for (const { id } of chunks) {
      const chunk = await this.get(id);
      this.#places.delete(keyOf(id));
      await this.add(chunk);
    }
  }

  async #writeOpen(): Promise<void> {
    if (this.#open.chunks.length > 0) await this.#writePack();
    await this.#writing;
  }

  async #writePack(): Promise<void> {
    const { sealed, chunks } = this.#open;
    this.#open = emptyPack();
    const { pack, bytes } = packBytes(sealed, chunks, this.#keys.envelope);
    this.#know(pack);
    // One upload at a time, while the next pack fills.
    const former = this.#writing;
    this.#writing = former.then(() => this.#store.put(packName(pack.hash), bytes));
    this.#writing.catch(() => {});
    this.#unlisted.push(pack);
    await former;
  }

  async #writeIndex(packs: readonly Pack[]): Promise<void> {
    const sealed = this.#keys.envelope.seal(INDEX, indexToBytes(packs));
    const name = `${INDEXES}${hexOf(hashOf(sealed))}`;
    await this.#store.put(name, sealed);
    this.#indexes.add(name);
    this.#unlisted = [];
  }

  async #readIndex(name: string): Promise<Pack[] | undefined> {
    const sealed = await this.#store.get(name);
    if (sealed === undefined) return undefined;
    if (`${INDEXES}${hexOf(hashOf(sealed))}` !== name) throw damaged(name, "its hash differs from its name");
    return bytesToIndex(opened(this.#keys.envelope, INDEX, name, sealed), name);
  }

  #know(pack: Pack): void {
    const name = packName(pack.hash);
    this.#packs.set(name, pack);
    let offset = 0;
    for (const { id, length } of pack.chunks) {
      this.#places.set(keyOf(id), { pack: name, offset, length });
      offset += length;
    }
  }

  async #cachedPack(name: string): Promise<Uint8Array> {
    const cached = this.#cache.get(name);
    const reading = cached ?? this.#readPack(name);
    this.#cache.delete(name);
    this.#cache.set(name, reading);
    if (this.#cache.size > CACHED_PACKS_MAX) this.#cache.delete(this.#cache.keys().next().value!);
    return reading;
  }

  async #readPack(name: string): Promise<Uint8Array> {
    const bytes = await this.#store.get(name);
    if (bytes === undefined) throw damaged(name, "it is missing");
    if (packName(hashOf(bytes)) !== name) throw damaged(name, "its hash differs from its name");
    return bytes;
  }
}

/**
 * In this thread: another one takes longer to reach, and would slow the services down. Without the length of its
 * input, zstd prepares for a long stream.
 */
function compress(chunk: Uint8Array): Uint8Array {
  return zstdCompressSync(chunk, { pledgedSrcSize: chunk.length, chunkSize: BUFFER_BYTES });
}

function decompressed(bytes: Uint8Array, pack: string): Uint8Array {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: CHUNK_BYTES_MAX, chunkSize: BUFFER_BYTES });
  } catch (error) {
    throw backupErrors.REPOSITORY_DAMAGED({ object: pack, reason: "a chunk does not decompress" }, error);
  }
}

function emptyPack(): OpenPack {
  return { sealed: [], chunks: [], bytes: 0 };
}

function chunkText(key: string): string {
  return `chunk ${Buffer.from(key, "latin1").toString("hex")}`;
}

function contextOf(key: string): string {
  return `chunk ${key}`;
}

function lengthOf(chunks: readonly PackedChunk[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

export function keyOf(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString("latin1");
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function damaged(object: string, reason: string): Error {
  return backupErrors.REPOSITORY_DAMAGED({ object, reason });
}
