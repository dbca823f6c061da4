import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@trellis/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findParts } from "../sources/findParts.ts";
import { readFiles } from "../sources/readFiles.ts";
import { backUp, locked, newRepository, reopened } from "../testing/testRepository.ts";
import { pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { type BackupPorts, runBackup } from "./runBackup.ts";

let place: string;
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-backup-"));
  await mkdir(at("data", "keys"), { recursive: true });
  await newRepository(at("repository"));
});
afterEach(() => rm(place, { recursive: true, force: true }));

async function restore(id?: string): Promise<string> {
  const repository = await reopened(at("repository"));
  const backups = await repository.backups();
  const backup = id === undefined ? backups.at(-1)! : backups.find((one) => one.id === id)!;
  const target = at(`restored-${backups.indexOf(backup)}`);
  await restoreBackup({ backup, target }, { repository });
  return target;
}

async function contentsOf(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (file) => [file.slice(directory.length + 1), await readFile(file, "base64")]);
  return Object.fromEntries(await Promise.all(read));
}

describe("a backup", () => {
  it("restores every file, empty folder and mode, and the store as of its time", async () => {
    await writeFile(at("data", "keys", "keys.json"), "secret", { mode: 0o600 });
    await writeFile(at("data", "empty"), "");
    await writeFile(at("data", "large"), randomBytes(3 << 20));
    await mkdir(at("data", "nothing"));
    await symlink(at("data", "keys"), at("data", "linked"));
    const store = await openStore(at("data", "chain"), "lmdb");
    await store.write([{ kind: "put", key: Uint8Array.of(1), value: Uint8Array.of(2) }]);
    const made = await backUp(at("repository"), at("data"));
    await store.write([{ kind: "put", key: Uint8Array.of(1), value: Uint8Array.of(3) }]);
    await store.close();
    expect(made.parts.map(({ name, kind }) => `${kind} ${name}`)).toEqual(["lmdb chain", "files ."]);

    const target = await restore();
    const expected = await contentsOf(at("data"));
    const found = await contentsOf(target);
    for (const name of ["keys/keys.json", "empty", "large"]) expect(found[name]).toBe(expected[name]);
    expect(await readdir(join(target, "nothing"))).toEqual([]);
    expect(found["linked/keys.json"]).toBe(found["keys/keys.json"]);
    const restored = await openStore(join(target, "chain"), "lmdb");
    expect(restored.get(Uint8Array.of(1))).toEqual(Uint8Array.of(2));
    await restored.close();
  });

  it("BACKUP-7: copies the stores of all shards before it adds the first", async () => {
    const names = ["chain", join("shards", "1", "chain")];
    const stores = await Promise.all(names.map((name) => openStore(at("data", name), "lmdb")));
    const key = Uint8Array.of(1);
    const write = (value: number) =>
      Promise.all(stores.map((store) => store.write([{ kind: "put", key, value: Uint8Array.of(value) }])));
    await write(2);
    let later: Promise<unknown> | undefined;
    const onPart = (): void => {
      later ??= write(3);
    };
    // The second part is read later than the write.
    const pace = async (): Promise<void> => void (await later);
    await locked(at("repository"), (ports) =>
      runBackup({ dataDir: at("data"), release: "0.1.0" }, { ...ports, onPart, pace }),
    );
    await later;
    for (const store of stores) await store.close();
    const target = await restore();
    for (const name of names) {
      const restored = await openStore(join(target, name), "lmdb");
      expect(restored.get(key)).toEqual(Uint8Array.of(2));
      await restored.close();
    }
  });

  it("counts what it adds itself, not what a backup before it in the same run has added", async () => {
    await writeFile(at("data", "large"), randomBytes(1 << 20));
    const run = (ports: BackupPorts) => runBackup({ dataDir: at("data"), release: "0.1.0" }, ports);
    const [first, second] = await locked(at("repository"), async (ports) => [
      await run(ports),
      await run(ports),
    ]);
    expect(first!.addedBytes).toBeGreaterThan(1 << 20);
    expect(second!.addedBytes).toBeLessThan(1 << 16);
  });

  it("BACKUP-22: an aborted prune removes nothing", async () => {
    await writeFile(at("data", "file"), "contents");
    for (let count = 0; count < 2; count++) await backUp(at("repository"), at("data"));
    const policy = { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0 };
    const signal = AbortSignal.abort(new Error("stop"));
    const pruning = locked(at("repository"), (ports) => pruneBackups(policy, { ...ports, signal }));
    await expect(pruning).rejects.toThrow("stop");
    expect(await (await reopened(at("repository"))).listed()).toHaveLength(2);
  });

  it("stores unchanged contents once", async () => {
    await writeFile(at("data", "large"), randomBytes(8 << 20));
    const first = await backUp(at("repository"), at("data"));
    const bytes = await readFile(at("data", "large"));
    bytes.writeUInt32BE(7, 4 << 20);
    await writeFile(at("data", "large"), Buffer.concat([Buffer.from("inserted at the start"), bytes]));
    const second = await backUp(at("repository"), at("data"));
    expect(first.addedBytes).toBeGreaterThan(8 << 20);
    expect(second.addedBytes).toBeLessThan(3 << 20);
    await restore(first.id);
    expect((await contentsOf(await restore(second.id))).large).toBe(
      await readFile(at("data", "large"), "base64"),
    );
  });

  it("RESTORE_REFUSED, REPOSITORY_KEY_WRONG, REPOSITORY_MISSING, REPOSITORY_LOCKED change nothing", async () => {
    await writeFile(at("data", "file"), "contents");
    const backup = await backUp(at("repository"), at("data"));
    const repository = await reopened(at("repository"));
    await expect(restoreBackup({ backup, target: at("data") }, { repository })).rejects.toMatchObject({
      code: "RESTORE_REFUSED",
    });
    await expect(reopened(at("repository"), "wrong")).rejects.toMatchObject({ code: "REPOSITORY_KEY_WRONG" });
    await expect(reopened(at("data"))).rejects.toMatchObject({ code: "REPOSITORY_MISSING" });
    await mkdir(at("repository", "locks"), { recursive: true });
    const other = { holder: "another run", expiresMs: Date.now() + 60_000 };
    await writeFile(at("repository", "locks", "a"), JSON.stringify(other));
    await expect(backUp(at("repository"), at("data"))).rejects.toMatchObject({
      code: "REPOSITORY_LOCKED",
      facts: { holder: "another run" },
    });
    await writeFile(at("repository", "locks", "a"), JSON.stringify({ ...other, expiresMs: 1 }));
    await backUp(at("repository"), at("data"));
  });

  it("REPOSITORY_EXISTS, REPOSITORY_UNAVAILABLE, RESTORE_FAILED", async () => {
    await writeFile(at("data", "file"), "contents");
    const backup = await backUp(at("repository"), at("data"));
    const repository = await reopened(at("repository"));
    await expect(newRepository(at("repository"))).rejects.toMatchObject({ code: "REPOSITORY_EXISTS" });
    await expect(reopened(at("data", "file"))).rejects.toMatchObject({ code: "REPOSITORY_UNAVAILABLE" });
    const target = at("data", "file", "restored");
    await expect(restoreBackup({ backup, target }, { repository })).rejects.toMatchObject({
      code: "RESTORE_FAILED",
    });
  });

  it("BACKUP_SOURCE_UNREADABLE, BACKUP_SOURCE_CHANGED", async () => {
    await writeFile(at("data", "file"), "contents");
    await expect(findParts(at("data", "file"))).rejects.toMatchObject({ code: "BACKUP_SOURCE_UNREADABLE" });
    const { files } = await findParts(at("data"));
    const reading = async (bytes: number): Promise<void> => {
      const found = files.map((file) => ({ ...file, bytes }));
      for await (const _ of readFiles(at("data"), found.slice(0, 1), [], { isWhole: false }));
    };
    await reading(3);
    await expect(reading(9)).rejects.toMatchObject({ code: "BACKUP_SOURCE_CHANGED" });
  });
});
