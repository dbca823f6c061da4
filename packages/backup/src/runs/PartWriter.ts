import { join } from "node:path";
import type { DatabaseLog, ListedFile, ManifestPart } from "../repository/Manifest.ts";
import { only, type Repository, textsOf } from "../repository/Repository.ts";
import { databaseFiles, grownEnd, logEnd, segmentFiles } from "../sources/databases.ts";
import type { FoundFile } from "../sources/findParts.ts";
import { readFiles } from "../sources/readFiles.ts";

export interface PartPorts {
  readonly repository: Repository;
  readonly onPart?: (part: ManifestPart) => void;
  /** Awaited for the bytes of each piece that was read. */
  readonly pace?: (bytes: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** How a part's files are read. */
export interface Source {
  readonly root: string;
  readonly files: readonly FoundFile[];
  /** False: only the sizes that were found, because the files grow. */
  readonly isWhole: boolean;
}

type ReadContents = (listed: ListedFile[]) => AsyncIterable<Uint8Array>;
type PartName = Pick<ManifestPart, "name" | "kind">;

/** Stores the parts of one backup. */
export class PartWriter {
  readonly done: ManifestPart[] = [];
  readonly #repository: Repository;
  readonly #onPart: (part: ManifestPart) => void;
  readonly #pace: (bytes: number) => Promise<void>;
  readonly #signal: AbortSignal | undefined;

  constructor({ repository, onPart = () => {}, pace = async () => {}, signal }: PartPorts) {
    this.#repository = repository;
    this.#onPart = onPart;
    this.#pace = pace;
    this.#signal = signal;
  }

  async add(named: PartName, { root, files, isWhole }: Source): Promise<void> {
    await this.addRead(named, (listed) => readFiles(root, files, listed, { isWhole }));
  }

  remove(name: string): void {
    this.done.splice(
      this.done.findIndex((part) => part.name === name),
      1,
    );
  }

  /** @param read yields the contents of the files that it appends to its argument */
  async addRead(named: PartName, read: ReadContents): Promise<void> {
    const part = await this.#storeRead(named, read);
    this.done.push(part);
    this.#onPart(part);
  }

  /** Without adding the part to the backup. */
  store(named: PartName, { root, files, isWhole }: Source): Promise<ManifestPart> {
    return this.#storeRead(named, (listed) => readFiles(root, files, listed, { isWhole }));
  }

  /** Adds what is known only after the part was stored. */
  extend({ name, kind }: PartName, facts: Pick<ManifestPart, "cluster" | "log">): void {
    const index = this.done.findIndex((part) => part.name === name && part.kind === kind);
    this.done[index] = { ...this.done[index]!, ...facts };
  }

  async addDatabase(dataDir: string, name: string): Promise<DatabaseLog> {
    const root = join(dataDir, name);
    const { control, files } = await databaseFiles(root);
    await this.add({ name, kind: "pglite" }, { root, files, isWhole: true });
    const { systemId, timeline, redo } = control;
    const consistentAt = logEnd(root, control);
    const log = { systemId: systemId.toString(), timeline, redo, consistentAt, end: consistentAt };
    this.extend({ name, kind: "pglite" }, { log });
    return log;
  }

  /** @param from position from which the segments are read; default: all */
  async addLog(dataDir: string, name: string, log: DatabaseLog, from = log.redo): Promise<void> {
    const root = join(dataDir, name);
    const end = grownEnd(root, log);
    for (const file of segmentFiles(log.timeline, from, end)) {
      const named = { name: `${name}/${file.path}`, kind: "wal" } as const;
      await this.add(named, { root, files: [file], isWhole: false });
    }
    this.extend({ name, kind: "pglite" }, { log: { ...log, end } });
  }

  async #storeRead(named: PartName, read: ReadContents): Promise<ManifestPart> {
    const listed: ListedFile[] = [];
    const contents = await this.#repository.write(this.#paced(read(listed)));
    const ids = await this.#repository.writeIds(contents.ids);
    const list = await this.#repository.write(only(Buffer.from(JSON.stringify(listed))));
    return {
      ...named,
      bytes: contents.bytes,
      files: listed.filter((file) => file.kind === "file").length,
      list: textsOf(list),
      contents: textsOf(ids),
    };
  }

  async *#paced(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.#signal?.throwIfAborted();
      yield piece;
      await this.#pace(piece.length);
    }
    this.#signal?.throwIfAborted();
  }
}
