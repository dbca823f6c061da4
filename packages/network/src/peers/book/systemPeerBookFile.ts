import { open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isTrellisError } from "@trellis/base";
import { networkErrors } from "../../errors.ts";
import { BOOK_LIMITS } from "../limits.ts";
import type { PeerBookStore } from "./PeerBookStore.ts";

/** Writes are atomic, even if power fails. [PEER-18] */
export class SystemPeerBookFile implements PeerBookStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<Uint8Array | undefined> {
    try {
      const { size } = await stat(this.#path);
      // A larger file is corrupt; one invalid byte is returned instead.
      return size > BOOK_LIMITS.bytesMax ? new Uint8Array(1) : await readFile(this.#path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw this.#unavailable(cause);
    }
  }

  save(bytes: Uint8Array): Promise<void> {
    return this.#attempt(async () => {
      const next = `${this.#path}.next`;
      const file = await open(next, "w", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, this.#path);
      await syncDirectory(dirname(this.#path));
    });
  }

  setAside(): Promise<string> {
    return this.#attempt(async () => {
      const aside = `${this.#path}.corrupt`;
      await rename(this.#path, aside);
      return aside;
    });
  }

  async #attempt<R>(action: () => Promise<R>): Promise<R> {
    try {
      return await action();
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  #unavailable(cause: unknown): Error {
    return isTrellisError(cause) ? cause : networkErrors.PEER_BOOK_UNAVAILABLE({ path: this.#path }, cause);
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
