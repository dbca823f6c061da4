import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { stoppableStore } from "../repository/stoppableStore.ts";
import { backUp, newRepository, reopened } from "../testing/testRepository.ts";
import { confirmProblems } from "./confirmProblems.ts";
import { verifyRepository } from "./verifyRepository.ts";

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-confirm-"));
  await mkdir(at("data"));
  await newRepository(at("repository"));
});
afterEach(() => rm(folder, { recursive: true }));

async function back(contents: string): Promise<string> {
  await writeFile(at("data", "file"), contents);
  return (await backUp(at("repository"), at("data"))).id;
}

it("a backup that was made during the verification is verified", async () => {
  await back("one");
  const store = await openDirectoryStore(at("repository"));
  const repository = await reopened(at("repository"));
  await back("two");
  expect(await verifyRepository({ store, repository })).toMatchObject({ backups: 2, problems: [] });
});

it("findings about a backup that was removed during the verification are dropped, damage stays", async () => {
  const first = await back("one");
  const store = await openDirectoryStore(at("repository"));
  const current = await reopened(at("repository"));
  const found = (id: string) => ({ object: `backups/${id}`, reason: "it is missing", backups: [id] });
  const lostPack = { object: `packs/${"0".repeat(64)}`, reason: "it is missing", backups: [] };
  const [pack] = current.chunks.packs().keys();
  const damagedPack = { object: pack!, reason: "damaged", backups: [] };
  await rm(at("repository", "backups", first));
  const stranger = { object: "stranger", reason: "unknown object", backups: [] };
  await writeFile(at("repository", "stranger"), "");
  const problems = [found("20200101T000000Z-00000000"), found(first), lostPack, damagedPack, stranger];
  const confirmed = await confirmProblems(problems, { store, reopened: current });
  expect(confirmed).toEqual([found(first), damagedPack, stranger]);
});

it("a stopped store refuses all calls", async () => {
  const aborter = new AbortController();
  const store = stoppableStore(await openDirectoryStore(at("repository")), aborter.signal);
  await store.put("a", Buffer.from("b"));
  expect(Buffer.from((await store.get("a"))!).toString()).toBe("b");
  aborter.abort(new Error("stop"));
  await expect(store.get("a")).rejects.toThrow("stop");
  await expect(store.put("a", Buffer.from("c"))).rejects.toThrow("stop");
  await expect(store.delete("a")).rejects.toThrow("stop");
  expect(() => store.list("")).toThrow("stop");
});
