import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTrellisError } from "@trellis/base";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import type { Problem } from "../repository/Problem.ts";
import { backUp, newRepository, reopened } from "../testing/testRepository.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const DAMAGES = 200;
const BACKUPS = 3;

let place: string;
const at = (...names: string[]): string => join(place, ...names);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-damage-"));
  await mkdir(at("data", "keys"), { recursive: true });
  await newRepository(at("repository"));
  for (let round = 0; round < BACKUPS; round++) {
    await writeFile(at("data", `file-${round}`), pseudoRandom(round, 150_000));
    await writeFile(at("data", "keys", "keys.json"), `key ${round}`);
    await backUp(at("repository"), at("data"));
  }
});
afterAll(() => rm(place, { recursive: true, force: true }));

/** Verification must find each damage, and no restore may return other data. */
it(`REPOSITORY_DAMAGED: ${DAMAGES} random damages are each found by verify and refused by restore`, async () => {
  const intact = await outcomeOf(at("repository"));
  expect(intact.problems).toEqual([]);
  expect(intact.restored.filter((digest) => digest.startsWith("refused"))).toEqual([]);
  for (let seed = 0; seed < DAMAGES; seed++) {
    const copy = at(`copy-${seed}`);
    await cp(at("repository"), copy, { recursive: true });
    const damage = await damageIn(copy, seed);
    const { problems, restored } = await outcomeOf(copy);
    const what = `seed ${seed}: ${damage}`;
    expect(problems.length, what).toBeGreaterThan(0);
    expect(
      restored.some((digest) => digest.startsWith("refused")),
      what,
    ).toBe(true);
    for (const [index, digest] of restored.entries())
      if (!digest.startsWith("refused")) expect(digest, what).toBe(intact.restored[index]);
    await rm(copy, { recursive: true });
  }
});

async function damageIn(repository: string, seed: number): Promise<string> {
  const entries = await readdir(repository, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  files.sort();
  const random = pseudoRandom(seed, 32);
  const file = files[random.readUInt32BE(0) % files.length]!;
  const other = files[random.readUInt32BE(4) % files.length]!;
  const bytes = await readFile(file);
  const offset = random.readUInt32BE(8) % bytes.length;
  const name = file.slice(repository.length + 1);
  switch (random[12]! % 5) {
    case 0:
      await rm(file);
      return `${name} deleted`;
    case 1:
      await truncate(file, offset);
      return `${name} truncated at ${offset}`;
    case 2:
      await writeFile(file, Buffer.concat([bytes, Buffer.of(0)]));
      return `${name} with one byte more`;
    case 3:
      if (file !== other) {
        await cp(other, file);
        return `${name} replaced by ${other}`;
      }
  }
  bytes[offset]! ^= 1 << (random[13]! % 8);
  await writeFile(file, bytes);
  return `${name} with a bit flipped at ${offset}`;
}

async function outcomeOf(directory: string): Promise<{ problems: readonly Problem[]; restored: string[] }> {
  const problems = await problemsIn(directory);
  const restored: string[] = [];
  for (let index = 0; index < BACKUPS; index++) restored.push(await restoredDigest(directory, index));
  return { problems, restored };
}

async function problemsIn(directory: string): Promise<readonly Problem[]> {
  try {
    const store = await openDirectoryStore(directory);
    return (await verifyRepository({ store, repository: await reopened(directory) })).problems;
  } catch (error) {
    return [{ object: "", reason: codeOf(error), backups: [] }];
  }
}

async function restoredDigest(directory: string, index: number): Promise<string> {
  const target = at("restored");
  try {
    const repository = await reopened(directory);
    const backup = await repository.backup((await repository.listed())[index] ?? "");
    await restoreBackup({ backup, target }, { repository });
    return await digestOf(target);
  } catch (error) {
    expect(await readdir(place), "no incomplete data").not.toContain("restored");
    return `refused: ${codeOf(error)}`;
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function digestOf(directory: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    hash.update(`${name}\0`);
    hash.update(await readFile(join(directory, name)).catch(() => "directory"));
  }
  return hash.digest("hex");
}

function codeOf(error: unknown): string {
  if (!isTrellisError(error)) throw error;
  return error.code;
}

function pseudoRandom(seed: number, bytes: number): Buffer {
  return createHash("shake256", { outputLength: bytes }).update(String(seed)).digest();
}
