import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isTrellisError } from "@trellis/base";
import { mempoolErrors } from "../errors.ts";
import { decodeJournal, encodeRecord, type JournalContents, MAGIC } from "./frames.ts";
import type { Journal } from "./Journal.ts";

interface FileJournal extends Journal {
  close(): void;
}

/**
 * The data directory's lock ensures one writer. Only `rewrite` survives a power loss: a flush per `append` is too slow.
 * @throws JOURNAL_UNAVAILABLE, JOURNAL_CORRUPT
 */
export function openFileJournal(path: string): FileJournal {
  return attempt(path, () => new SystemFileJournal(path));
}

class SystemFileJournal implements FileJournal {
  readonly #path: string;
  /** Undefined once closed, because the system reuses descriptors. */
  #openFile: number | undefined;
  #size: number;

  constructor(path: string) {
    this.#path = path;
    this.#openFile = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      this.#size = this.#dropTornTail(this.#read());
    } catch (error) {
      closeSync(this.#openFile);
      throw error;
    }
  }

  append(encoded: Uint8Array): void {
    attempt(this.#path, () => {
      const record = encodeRecord(encoded);
      try {
        writeAll(this.#file, record, this.#size);
      } catch (error) {
        ftruncateSync(this.#file, this.#size);
        throw error;
      }
      this.#size += record.length;
    });
  }

  load(): Uint8Array[] {
    // Copies, because views would retain the whole file.
    return attempt(this.#path, () => this.#read().records.map((record) => record.slice()));
  }

  rewrite(encoded: readonly Uint8Array[]): void {
    attempt(this.#path, () => {
      const previous = this.#file;
      const contents = Buffer.concat([MAGIC, ...encoded.map(encodeRecord)]);
      const next = `${this.#path}.next`;
      const file = openSync(next, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
      try {
        writeAll(file, contents, 0);
        fsyncSync(file);
        renameSync(next, this.#path);
      } catch (error) {
        closeSync(file);
        throw error;
      }
      this.#openFile = file;
      this.#size = contents.length;
      try {
        syncDirectory(dirname(this.#path));
      } finally {
        closeSync(previous);
      }
    });
  }

  close(): void {
    attempt(this.#path, () => {
      const file = this.#file;
      this.#openFile = undefined;
      closeSync(file);
    });
  }

  get #file(): number {
    if (this.#openFile === undefined)
      throw mempoolErrors.JOURNAL_UNAVAILABLE({ path: this.#path, reason: "it is closed" });
    return this.#openFile;
  }

  #read(): JournalContents {
    const bytes = new Uint8Array(fstatSync(this.#file).size);
    let count = 0;
    while (count < bytes.length) {
      const read = readSync(this.#file, bytes, count, bytes.length - count, count);
      if (read === 0) break;
      count += read;
    }
    return decodeJournal(bytes.subarray(0, count));
  }

  #dropTornTail({ bytesValid }: JournalContents): number {
    ftruncateSync(this.#file, bytesValid);
    if (bytesValid > 0) return bytesValid;
    writeAll(this.#file, MAGIC, 0);
    return MAGIC.length;
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  let count = 0;
  while (count < bytes.length) {
    count += writeSync(file, bytes, count, bytes.length - count, position + count);
  }
}

/** Makes a rename durable. */
function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function attempt<R>(path: string, action: () => R): R {
  try {
    return action();
  } catch (cause) {
    if (isTrellisError(cause)) throw cause;
    throw mempoolErrors.JOURNAL_UNAVAILABLE({ path }, cause);
  }
}
