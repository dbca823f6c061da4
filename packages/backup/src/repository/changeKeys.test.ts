import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { restoreBackup } from "../runs/restoreBackup.ts";
import { PORTS } from "../testing/ports.ts";
import { backUp, newRepository, reopened, wrappingOf } from "../testing/testRepository.ts";
import type { BlobStore } from "./BlobStore.ts";
import { addKey, type ListedKey, listKeys, removeKey } from "./changeKeys.ts";
import { Lock } from "./Lock.ts";
import { openDirectoryStore } from "./openDirectoryStore.ts";
import { KEYS_MAX } from "./openRepository.ts";

let folder: string;
let store: BlobStore;
const at = (...names: string[]): string => join(folder, ...names);
const repositoryFile = (): string => at("repository", "repository.json");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-keys-"));
  store = await openDirectoryStore(at("repository"));
  await newRepository(store);
});
afterEach(() => rm(folder, { recursive: true }));

type Change = (ports: Parameters<typeof removeKey>[1]) => Promise<ListedKey>;

async function changing(passphrase: string, change: Change): Promise<ListedKey> {
  const lock = await Lock.take("a test", { ...PORTS, store });
  try {
    return await change({ store, wrapping: wrappingOf(passphrase), lock });
  } finally {
    await lock.release();
  }
}

const added = (passphrase: string, by = "correct"): Promise<ListedKey> =>
  changing(by, (ports) => addKey(wrappingOf(passphrase), ports));
const removed = (id: string, by: string): Promise<ListedKey> => changing(by, (ports) => removeKey(id, ports));
const listed = (passphrase = "correct"): Promise<ListedKey[]> =>
  listKeys({ store, wrapping: wrappingOf(passphrase) });

it("BACKUP-17: a passphrase is replaced, and the backups stay", async () => {
  await mkdir(at("data"));
  await writeFile(at("data", "file"), "contents");
  const backup = await backUp(store, at("data"));
  const [former] = await listed();
  const next = await added("next");
  expect(await listed()).toEqual([former, next]);
  expect(await listed("next")).toEqual([
    { ...former, isUsed: false },
    { ...next, isUsed: true },
  ]);
  await reopened(store);
  expect(await removed(former!.id, "next")).toMatchObject({ id: former!.id });
  await expect(reopened(store)).rejects.toMatchObject({ code: "REPOSITORY_KEY_WRONG" });
  const repository = await reopened(store, "next");
  await restoreBackup({ backup, target: at("restored") }, { repository });
  expect(await readFile(at("restored", "file"), "utf8")).toBe("contents");
});

it("REPOSITORY_KEY_REFUSED: the given key, the last key, and too many keys", async () => {
  const [only] = await listed();
  await expect(removed(only!.id, "correct")).rejects.toMatchObject({ code: "REPOSITORY_KEY_REFUSED" });
  await added("next");
  await expect(removed(only!.id, "correct")).rejects.toMatchObject({ code: "REPOSITORY_KEY_REFUSED" });
  for (let count = 2; count < KEYS_MAX; count++) await added("next");
  const before = await readFile(repositoryFile());
  await expect(added("next")).rejects.toMatchObject({ code: "REPOSITORY_KEY_REFUSED" });
  expect(await readFile(repositoryFile())).toEqual(before);
  expect(await listed("next")).toHaveLength(KEYS_MAX);
});

it("REPOSITORY_KEY_UNKNOWN", async () => {
  await expect(removed("0123456789ab", "correct")).rejects.toMatchObject({ code: "REPOSITORY_KEY_UNKNOWN" });
});

it("REPOSITORY_KEY_WRONG: only who has a key can list or change the keys", async () => {
  for (const attempt of [() => listed("wrong"), () => added("next", "wrong"), () => removed("x", "wrong")])
    await expect(attempt()).rejects.toMatchObject({ code: "REPOSITORY_KEY_WRONG" });
});

it("BACKUP-17: a key that a service encrypts but does not decrypt is not added", async () => {
  const before = await readFile(repositoryFile());
  const wrapping = { wrap: wrappingOf("next").wrap, unwrap: wrappingOf("other").unwrap };
  const adding = changing("correct", (ports) => addKey(wrapping, ports));
  await expect(adding).rejects.toMatchObject({ code: "REPOSITORY_KEY_WRONG" });
  expect(await readFile(repositoryFile())).toEqual(before);
});

it("REPOSITORY_DAMAGED: an added, removed, moved or changed key is found", async () => {
  await added("next");
  const file = JSON.parse(await readFile(repositoryFile(), "utf8"));
  const other = await openDirectoryStore(at("other"));
  await newRepository(other);
  const foreign = JSON.parse(await readFile(at("other", "repository.json"), "utf8")).keys[0];
  const [first, second] = file.keys;
  const tampered = [
    [first, second, foreign],
    [first],
    [second, first],
    [{ ...first, note: "x" }, second],
    [first, { ...second, salt: first.salt }],
  ];
  for (const keys of tampered) {
    await writeFile(repositoryFile(), `${JSON.stringify({ ...file, keys }, undefined, 2)}\n`);
    for (const attempt of [() => reopened(store), () => listed(), () => added("x")])
      await expect(attempt(), JSON.stringify(keys)).rejects.toMatchObject({ code: "REPOSITORY_DAMAGED" });
  }
});

it("REPOSITORY_LOCKED: one change at a time, and none after the lock has expired", async () => {
  await changing("correct", async (ports) => {
    await expect(added("next")).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
    return addKey(wrappingOf("next"), ports);
  });
  const clock = { ...PORTS.clock };
  const lock = await Lock.take("a test", { ...PORTS, clock, store });
  const late = Date.now() + 130_000;
  clock.nowMs = () => late;
  const ports = { store, wrapping: wrappingOf("next"), lock };
  const [former] = await listed();
  await expect(removeKey(former!.id, ports)).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
  await expect(addKey(wrappingOf("x"), ports)).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
  await lock.release();
  expect(await listed()).toHaveLength(2);
});

it("BACKUP-17: a process that dies at any change of a rotation leaves a key that opens", async () => {
  const [former] = await listed();
  const lock = await Lock.take("a test", { ...PORTS, store });
  for (let lives = 0; lives < 2; lives++) {
    let changes = 0;
    const put: BlobStore["put"] = async (name, bytes) => {
      if (changes++ === lives) throw new Error("killed");
      await store.put(name, bytes);
    };
    const dying = { store: { ...store, put }, lock };
    const rotating = addKey(wrappingOf("next"), { ...dying, wrapping: wrappingOf("correct") }).then(() =>
      removeKey(former!.id, { ...dying, wrapping: wrappingOf("next") }),
    );
    await expect(rotating).rejects.toThrow("killed");
    expect(await listed()).toHaveLength(1 + lives);
  }
  await removeKey(former!.id, { store, lock, wrapping: wrappingOf("next") });
  await lock.release();
  expect(await listed("next")).toHaveLength(1);
});
