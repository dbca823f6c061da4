import fs, { type BigIntStats } from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

/**
 * Keeps file contents as of the file's last fsync, and names as of the directory's last fsync. Ignores other
 * threads' fsyncs.
 */
export class PowerLoss {
  readonly #directory: string;
  readonly #durableBytes = new Map<string, Uint8Array>();
  #durableNames: ReadonlyMap<string, string> = new Map();
  readonly #restore: () => void;

  private constructor(directory: string, restore: (disk: PowerLoss) => () => void) {
    this.#directory = directory;
    this.#restore = restore(this);
    this.#keepAll();
  }

  static async watch(directory: string): Promise<PowerLoss> {
    const handle = await open(directory);
    const methods = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    return new PowerLoss(directory, (disk) => watchSyncs(methods, (descriptor) => disk.#keep(descriptor)));
  }

  cut(): void {
    for (const name of this.#names().keys()) fs.rmSync(join(this.#directory, name));
    for (const [name, file] of this.#durableNames) {
      fs.writeFileSync(join(this.#directory, name), this.#durableBytes.get(file) ?? new Uint8Array(0));
    }
    this.#keepAll();
  }

  end(): void {
    this.#restore();
  }

  #keepAll(): void {
    this.#durableNames = this.#names();
    for (const file of this.#durableNames.values()) this.#keepBytes(file);
  }

  #keep(descriptor: number): void {
    const synced = idOf(fs.fstatSync(descriptor, { bigint: true }));
    const directory = idOf(fs.statSync(this.#directory, { bigint: true }));
    if (synced === directory) this.#durableNames = this.#names();
    else this.#keepBytes(synced);
  }

  #keepBytes(file: string): void {
    for (const [name, named] of this.#names()) {
      if (named === file) this.#durableBytes.set(file, fs.readFileSync(join(this.#directory, name)));
    }
  }

  #names(): Map<string, string> {
    const entries = fs
      .readdirSync(this.#directory, { withFileTypes: true })
      .filter((entry) => entry.isFile());
    return new Map(
      entries.map(({ name }) => [name, idOf(fs.statSync(join(this.#directory, name), { bigint: true }))]),
    );
  }
}

/** Inode numbers are reused, but creation times are not. */
function idOf({ ino, birthtimeNs }: BigIntStats): string {
  return `${ino}-${birthtimeNs}`;
}

type SyncMethods = Pick<fs.promises.FileHandle, "sync" | "datasync" | "fd">;

function watchSyncs(methods: SyncMethods, synced: (descriptor: number) => void): () => void {
  const { fsyncSync, fdatasyncSync } = fs;
  const { sync, datasync } = methods;
  const setSyncs = (syncSync: typeof fsyncSync, datasyncSync: typeof fdatasyncSync): void => {
    Object.assign(fs, { fsyncSync: syncSync, fdatasyncSync: datasyncSync });
    syncBuiltinESMExports();
  };
  const thenSynced = (call: (descriptor: number) => void) => (descriptor: number) => {
    call(descriptor);
    synced(descriptor);
  };
  setSyncs(thenSynced(fsyncSync), thenSynced(fdatasyncSync));
  methods.sync = async function (this: SyncMethods) {
    await sync.call(this as never);
    synced(this.fd);
  };
  methods.datasync = async function (this: SyncMethods) {
    await datasync.call(this as never);
    synced(this.fd);
  };
  return () => {
    setSyncs(fsyncSync, fdatasyncSync);
    Object.assign(methods, { sync, datasync });
  };
}
