import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyStore } from "./copyStore.ts";
import { createMemoryStore } from "./createMemoryStore.ts";
import { lockDirectory } from "./lockDirectory.ts";
import { STORE_FILE } from "./openLmdbStore.ts";
import { openStore, STORE_KINDS, storeBytes, storeKindIn } from "./openStore.ts";
import { describeStore } from "./testing/storeCompliance.ts";

const WRITER = fileURLToPath(new URL("./testing/writer.ts", import.meta.url));
const NOBODY = fileURLToPath(new URL("./testing/openAsNobody.ts", import.meta.url));
let root = "";
let count = 0;
const newDirectory = (): string => join(root, `store-${count++}`);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "trellis-stores-"));
});
afterAll(() => rm(root, { recursive: true }));

async function asNobody(action: "lmdb" | "rocksdb" | "copy" | "kind", directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [NOBODY, action, directory]);
  return stdout;
}

describeStore("memory", async () => createMemoryStore());
for (const kind of STORE_KINDS) describeStore(kind, () => openStore(newDirectory(), kind));

it("STORE_UNAVAILABLE: a memory store has no backup", async () => {
  const unavailable = expect.objectContaining({ code: "STORE_UNAVAILABLE" });
  await expect(createMemoryStore().backup(newDirectory())).rejects.toThrow(unavailable);
});

const openLmdbStore = (directory: string) => openStore(directory, "lmdb");
const entry = (index: number, value = index) =>
  ({ kind: "put", key: Uint8Array.of(index >> 8, index & 255), value: Uint8Array.of(value & 255) }) as const;

describe.each(STORE_KINDS)("on disk: %s", (kind) => {
  const open = (directory: string) => openStore(directory, kind);

  it("STORE-10: the directory keeps its kind; STORE_KIND_DIFFERS names both", async () => {
    const directory = newDirectory();
    expect([storeKindIn(directory), storeBytes(directory)]).toEqual([undefined, 0]);
    const store = await open(directory);
    await store.write([entry(1)]);
    await store.close();
    expect(storeKindIn(directory)).toBe(kind);
    expect(storeBytes(directory)).toBeGreaterThan(0);
    const asked = STORE_KINDS.find((other) => other !== kind)!;
    await expect(openStore(directory, asked)).rejects.toMatchObject({
      code: "STORE_KIND_DIFFERS",
      facts: { directory, stored: kind, asked },
    });
    await (await open(directory)).close();
  });

  it("STORE-9: copies a closed store, which opens as before", async () => {
    const directory = newDirectory();
    const store = await open(directory);
    await store.write([entry(1), entry(2)]);
    await store.close();
    const copy = join(newDirectory(), "deep");
    await copyStore(directory, copy);
    for (const each of [directory, copy]) {
      const opened = await open(each);
      expect([...opened.range({})]).toHaveLength(2);
      await opened.close();
    }
  });

  it("reopens with the written data", async () => {
    const directory = newDirectory();
    const first = await open(directory);
    await first.write([entry(1), entry(2)]);
    await first.flush();
    await first.close();
    const second = await open(directory);
    expect([...second.range({})]).toHaveLength(2);
    await second.close();
  });

  it("STORE-7: a backup is the store at its start, while the store continues", async () => {
    const store = await open(newDirectory());
    await store.write(Array.from({ length: 25_000 }, (_, index) => entry(index)));
    const directory = join(newDirectory(), "deep", "copy");
    const backup = store.backup(directory);
    await store.write(Array.from({ length: 25_000 }, (_, index) => entry(index, index + 1)));
    await backup;
    await store.close();
    const copy = await open(directory);
    const entries = [...copy.range({})];
    expect(entries).toHaveLength(25_000);
    const shift = entries[0]![1][0]!;
    expect(entries.every(([, value], index) => value[0] === ((index + shift) & 255))).toBe(true);
    await copy.close();
  });

  it("STORE_UNAVAILABLE: a backup does not overwrite a store", async () => {
    const other = newDirectory();
    const first = await open(other);
    await first.write([entry(1)]);
    await first.close();
    const store = await open(newDirectory());
    await store.write([entry(2)]);
    await expect(store.backup(other)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await store.close();
    const second = await open(other);
    expect([...second.range({})]).toHaveLength(1);
    expect(second.has(entry(1).key)).toBe(true);
    await second.close();
  });

  it("STORE-8: closing waits for a backup, which is complete", async () => {
    const store = await open(newDirectory());
    await store.write(Array.from({ length: 25_000 }, (_, index) => entry(index)));
    const directories = [newDirectory(), newDirectory()];
    const backups = directories.map((directory) => store.backup(directory));
    await store.close();
    await Promise.all(backups);
    for (const directory of directories) {
      const copy = await open(directory);
      expect([...copy.range({})]).toHaveLength(25_000);
      await copy.close();
    }
  });

  it("STORE_UNAVAILABLE: the directory is a file, or the backup cannot be made", async () => {
    const unavailable = expect.objectContaining({ code: "STORE_UNAVAILABLE" });
    const file = newDirectory();
    await writeFile(file, "");
    await expect(open(file)).rejects.toThrow(unavailable);
    await expect(open(join(file, "below"))).rejects.toThrow(unavailable);
    if (process.platform === "linux") await expect(open("/proc/none/chain")).rejects.toThrow(unavailable);
    const store = await open(newDirectory());
    await expect(store.backup(join(file, "below"))).rejects.toThrow(unavailable);
    await store.close();
  });

  it("STORE_UNAVAILABLE: the directory of another user", async () => {
    const directory = newDirectory();
    await (await open(directory)).close();
    await chmod(root, 0o755);
    for (const mode of [0o555, 0o000]) {
      await chmod(directory, mode);
      expect([mode, await asNobody(kind, directory)]).toEqual([mode, "STORE_UNAVAILABLE: forbidden"]);
    }
    await chmod(directory, 0o755);
    await (await open(directory)).close();
  });

  it("STORE_CORRUPT: the file is not a store; the lock is released", async () => {
    const directory = newDirectory();
    const inner = join(directory, kind === "lmdb" ? "store.lmdb" : "store.rocks");
    await mkdir(directory, { recursive: true });
    if (kind === "lmdb") await writeFile(inner, "x".repeat(20_000));
    else {
      await mkdir(inner);
      await writeFile(join(inner, "CURRENT"), "nothing\n");
    }
    await expect(open(directory)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    await rm(inner, { recursive: true });
    await (await open(directory)).close();
  });

  it("STORE_LOCKED: until the other process closes it", async () => {
    const directory = newDirectory();
    const store = await open(directory);
    const alias = newDirectory();
    await symlink(directory, alias);
    for (const path of [directory, alias]) {
      await expect(open(path)).rejects.toMatchObject({
        code: "STORE_LOCKED",
        facts: { directory: path, pid: String(process.pid) },
      });
    }
    await store.close();
    await (await open(alias)).close();
  });

  it("STORE-2: after SIGKILL all acknowledged batches exist, and none partially", async () => {
    const directory = newDirectory();
    for (let round = 0; round < 3; round++) {
      const acknowledged = await killedWriter(kind, directory, 300 + 150 * round);
      expect(acknowledged).toBeGreaterThan(0);
      const store = await open(directory);
      const batches = new Map<number, number>();
      for (const [key] of store.range({})) {
        const batch = new DataView(key.buffer, key.byteOffset).getUint32(0);
        batches.set(batch, (batches.get(batch) ?? 0) + 1);
      }
      expect(Math.max(...batches.keys())).toBeGreaterThanOrEqual(acknowledged);
      expect(new Set(batches.values())).toEqual(new Set([100]));
      expect(batches.size).toBe(Math.max(...batches.keys()) + 1);
      await store.close();
    }
  });

  it.skipIf(process.platform !== "linux")("STORE_WRITE_FAILED: the disk is full", async () => {
    const directory = newDirectory();
    const limited = ["-c", `ulimit -f 2048; exec "$0" "$@"`, process.execPath, WRITER, kind, directory];
    const { stdout, stderr, status } = spawnSync("bash", limited, { encoding: "utf8", timeout: 100_000 });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(
      /\nSTORE_WRITE_FAILED\nflush: STORE_WRITE_FAILED\n(close: STORE_WRITE_FAILED\n)?ended\n$/,
    );
    const store = await open(directory);
    expect([...store.range({})].length % 100).toBe(0);
    await store.close();
  });
});

async function killedWriter(kind: string, directory: string, afterMs: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, kind, directory, "slowly"]);
  let output = "";
  writer.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await once(writer.stdout, "data");
  await new Promise((resolved) => setTimeout(resolved, afterMs));
  writer.kill("SIGKILL");
  await once(writer, "close");
  return Number(output.trimEnd().split("\n").at(-1));
}

it("STORE_CORRUPT: LMDB's file is truncated before the newest roots, or within its first pages", async () => {
  const directory = newDirectory();
  const store = await openLmdbStore(directory);
  await store.write(Array.from({ length: 5000 }, (_, index) => entry(index)));
  await store.write([entry(1)]);
  await store.close();
  const file = join(directory, STORE_FILE);
  const { size } = await stat(file);
  for (const left of [size - 3 * 4096, 6000, 4096]) {
    await truncate(file, left);
    await expect(openLmdbStore(directory)).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      facts: { reason: "the file was cut off", size: left },
    });
  }
});

it("opens LMDB's file after batches that returned the pages at its end", async () => {
  const directory = newDirectory();
  for (let round = 0; round < 20; round++) {
    const store = await openLmdbStore(directory);
    const puts = Array.from({ length: 100 * round }, (_, index) => ({
      ...entry(index * 7 + round),
      value: new Uint8Array(500 + 1000 * (round % 3)),
    }));
    await store.write([...puts, ...puts.slice(3).map(({ key }) => ({ kind: "delete", key }) as const)]);
    await store.close();
  }
});

it.each([0.99, 0.5])("STORE_CORRUPT: an interrupted copy of LMDB (%f)", async (part) => {
  const store = await openLmdbStore(newDirectory());
  await store.write(Array.from({ length: 5000 }, (_, index) => entry(index)));
  const copy = newDirectory();
  await store.backup(copy);
  await store.close();
  const file = join(copy, STORE_FILE);
  await truncate(file, Math.floor(part * (await stat(file)).size));
  await expect(openLmdbStore(copy)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
});

describe("copyStore", () => {
  it.each(STORE_KINDS)(
    "STORE-9: copies a store in use by another process, as of one moment: %s",
    async (kind) => {
      const directory = newDirectory();
      const writer = spawn(process.execPath, [WRITER, kind, directory, "for-ever"]);
      await once(writer.stdout, "data");
      try {
        let batchesMin = 1;
        for (let round = 0; round < 3; round++) {
          const copy = newDirectory();
          await copyStore(directory, copy);
          await once(writer.stdout, "data");
          const store = await openStore(copy, kind);
          const entries = [...store.range({})];
          await store.close();
          expect(entries.length % 100).toBe(0);
          const last = entries.at(-1)![0];
          expect(entries).toHaveLength(100 * (new DataView(last.buffer, last.byteOffset).getUint32(0) + 1));
          expect(entries.length / 100).toBeGreaterThanOrEqual(batchesMin);
          batchesMin = entries.length / 100;
        }
      } finally {
        writer.kill("SIGKILL");
        await once(writer, "close");
      }
    },
  );

  it("STORE_UNAVAILABLE, STORE_CORRUPT: no store, no space for the copy, or a truncated store", async () => {
    const unavailable = expect.objectContaining({ code: "STORE_UNAVAILABLE" });
    const directory = newDirectory();
    await expect(copyStore(directory, newDirectory())).rejects.toThrow(unavailable);
    expect(existsSync(directory)).toBe(false);
    const store = await openLmdbStore(directory);
    await store.write([entry(1)]);
    await store.close();
    await expect(copyStore(directory, directory)).rejects.toThrow(unavailable);
    await truncate(join(directory, STORE_FILE), 6000);
    await expect(copyStore(directory, newDirectory())).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });

  it("STORE_UNAVAILABLE: an unreadable directory is not one without a store", async () => {
    const directory = newDirectory();
    await (await openLmdbStore(directory)).close();
    expect(storeKindIn(directory)).toBe("lmdb");
    expect(storeKindIn(newDirectory())).toBeUndefined();
    await chmod(root, 0o755);
    await chmod(directory, 0o000);
    expect(await asNobody("kind", directory)).toBe("STORE_UNAVAILABLE: forbidden");
    expect(await asNobody("copy", directory)).toBe("STORE_UNAVAILABLE: forbidden");
  });
});

describe("lock", () => {
  it("STORE_LOCKED: names the process that holds it, and is released as soon as that is killed", async () => {
    const directory = newDirectory();
    const holder = spawn(process.execPath, [WRITER, "lock", directory, "for-ever"]);
    await once(holder.stdout, "data");
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      code: "STORE_LOCKED",
      facts: { pid: String(holder.pid) },
    });
    holder.kill("SIGKILL");
    await once(holder, "close");
    await writeFile(join(directory, "lock.pid"), "1\n");
    const lock = await lockDirectory(directory);
    expect(await readFile(join(directory, "lock.pid"), "utf8")).toBe(`${process.pid}\n`);
    await lock.release();
    await lock.release();
    expect(existsSync(join(directory, "lock.pid"))).toBe(false);
  });

  it("STORE_LOCKED: also without the name of the process", async () => {
    const directory = newDirectory();
    const lock = await lockDirectory(directory);
    await rm(join(directory, "lock.pid"));
    await expect(lockDirectory(directory)).rejects.toMatchObject({ facts: { pid: "unknown" } });
    await lock.release();
  });

  it("STORE_UNAVAILABLE: the lock file is another file", async () => {
    const directory = newDirectory();
    await mkdir(join(directory, "lock"), { recursive: true });
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
