import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { Random } from "@trellis/base";
import type { KeyWrapping } from "@trellis/platform/keys";
import type { Envelope } from "@trellis/platform/secrets";
import { z } from "zod";
import { backupErrors } from "../errors.ts";
import { HISTORY, systemIdIn } from "../wal/walFile.ts";
import type { BlobStore } from "./BlobStore.ts";
import { jsonIn } from "./jsonIn.ts";
import { openRepository } from "./openRepository.ts";
import { opened } from "./packFormat.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const WAL = "wal/";
export const OWNER = `${WAL}cluster`;
/** The largest segment. */
const FILE_BYTES_MAX = 1 << 30;

const owner = z.strictObject({ systemId: z.string().regex(/^\d{1,20}$/) });

interface Ports {
  readonly store: BlobStore;
  readonly wrapping: KeyWrapping;
  readonly random: Random;
}

/**
 * The write-ahead log of one PostgreSQL cluster, a blob for each file. Needs no lock of the repository, so a
 * backup never delays archiving.
 */
export class WalArchive {
  readonly #store: BlobStore;
  readonly #envelope: Envelope;

  constructor(store: BlobStore, envelope: Envelope) {
    this.#store = store;
    this.#envelope = envelope;
  }

  /** Reads no index. @throws as Repository.open */
  static async open(ports: Ports): Promise<WalArchive> {
    return new WalArchive(ports.store, (await openRepository(ports)).envelope);
  }

  /** Undefined before anything was archived. */
  async systemId(): Promise<string | undefined> {
    const sealed = await this.#store.get(OWNER);
    return sealed && jsonIn(owner, OWNER, opened(this.#envelope, OWNER, OWNER, sealed)).systemId;
  }

  /** The cluster whose files came first owns the archive. @throws WAL_FOREIGN */
  async requireOwner(systemId: string): Promise<void> {
    const expected = (await this.systemId()) ?? systemId;
    if (expected !== systemId) throw backupErrors.WAL_FOREIGN({ systemId, expected });
  }

  /**
   * Does nothing if the archive has the same file. The file is durable once the call returns.
   * @param systemId of the cluster that the file comes from
   * @throws WAL_MALFORMED, WAL_FOREIGN, WAL_CONFLICT, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
   */
  async push(file: string, bytes: Uint8Array, systemId: string): Promise<void> {
    const inside = systemIdIn(file, bytes);
    if (inside !== undefined && inside !== systemId)
      throw backupErrors.WAL_FOREIGN({ file, systemId: inside, expected: systemId });
    await this.requireOwner(systemId);
    const name = nameOf(systemId, file);
    if (await this.#hasSame(name, bytes)) return;
    if ((await this.systemId()) === undefined) await this.#createOwner(systemId);
    // Another server may archive the same file at the same time.
    const isNew = await this.#store.create(name, this.#envelope.seal(name, await compress(bytes)));
    if (!isNew && !(await this.#hasSame(name, bytes))) throw damaged(name, "it is missing");
  }

  async has(systemId: string, file: string): Promise<boolean> {
    const name = nameOf(systemId, file);
    for await (const found of this.#store.list(name)) if (found === name) return true;
    return false;
  }

  /** @throws REPOSITORY_DAMAGED if it is missing, damaged or another file; REPOSITORY_UNAVAILABLE */
  async get(systemId: string, file: string): Promise<Uint8Array> {
    const name = nameOf(systemId, file);
    const bytes = await this.#get(name);
    if (bytes === undefined) throw damaged(name, "it is missing");
    const inside = readable(name, () => systemIdIn(file, bytes));
    if (inside !== undefined && inside !== systemId) throw damaged(name, `of the cluster ${inside}`);
    return bytes;
  }

  /** Names of all files, sorted. */
  async files(systemId: string): Promise<string[]> {
    const prefix = nameOf(systemId, "");
    const names = await Array.fromAsync(this.#store.list(prefix));
    return names.map((name) => name.slice(prefix.length)).sort();
  }

  /** Deletes what no backup from `segment` on needs. Timelines stay: they are small, and their numbers are taken. */
  async deleteBefore(systemId: string, segment: string): Promise<number> {
    const before = (await this.files(systemId)).filter(
      (file) => !HISTORY.test(file) && file.slice(8, 24) < segment.slice(8),
    );
    for (const file of before) await this.#store.delete(nameOf(systemId, file));
    return before.length;
  }

  /** @throws WAL_FOREIGN if another cluster was first */
  async #createOwner(systemId: string): Promise<void> {
    const file: z.input<typeof owner> = { systemId };
    const sealed = this.#envelope.seal(OWNER, Buffer.from(JSON.stringify(file)));
    if (!(await this.#store.create(OWNER, sealed))) await this.requireOwner(systemId);
  }

  /** @throws WAL_CONFLICT */
  async #hasSame(name: string, bytes: Uint8Array): Promise<boolean> {
    const known = await this.#get(name);
    if (known === undefined || Buffer.from(known).equals(bytes)) return known !== undefined;
    throw backupErrors.WAL_CONFLICT({
      file: name.slice(name.lastIndexOf("/") + 1),
      place: this.#store.place,
    });
  }

  async #get(name: string): Promise<Uint8Array | undefined> {
    const sealed = await this.#store.get(name);
    if (sealed === undefined) return undefined;
    const compressed = opened(this.#envelope, name, name, sealed);
    return decompress(compressed, { maxOutputLength: FILE_BYTES_MAX });
  }
}

export function nameOf(systemId: string, file: string): string {
  return `${WAL}${systemId}/${file}`;
}

function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw backupErrors.REPOSITORY_DAMAGED({ object: name, reason: "not the file of this name" }, error);
  }
}

function damaged(object: string, reason: string): Error {
  return backupErrors.REPOSITORY_DAMAGED({ object, reason });
}
