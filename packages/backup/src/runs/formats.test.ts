import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Manifest } from "../repository/Manifest.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { openRepository } from "../repository/openRepository.ts";
import { backUp, locked, newRepository, reopened, wrappingOf } from "../testing/testRepository.ts";
import { pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 };

let place: string;
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-formats-"));
  await mkdir(at("data"));
  await writeFile(at("data", "file"), "contents");
  await newRepository(at("repository"));
});
afterEach(() => rm(place, { recursive: true, force: true }));

/** As another release would have written it. */
async function rewriteManifest(made: Manifest, changes: object): Promise<void> {
  const store = await openDirectoryStore(at("repository"));
  const ports = { store, wrapping: wrappingOf("correct"), random: systemRandom };
  const { envelope } = await openRepository(ports);
  const name = `backups/${made.id}`;
  await store.put(name, envelope.seal(name, Buffer.from(JSON.stringify({ ...made, ...changes }))));
}

it("REPOSITORY_FORMAT_UNSUPPORTED: a newer repository or backup is neither read, verified nor pruned", async () => {
  const made = await backUp(at("repository"), at("data"));
  await backUp(at("repository"), at("data"));
  await rewriteManifest(made, { format: 2, parts: [{ kind: "unknown" }], release: "9.0.0" });
  const repository = await reopened(at("repository"));
  const newer = {
    code: "REPOSITORY_FORMAT_UNSUPPORTED",
    facts: { object: `backups/${made.id}`, format: 2, supported: 1 },
  };
  await expect(repository.backup(made.id)).rejects.toMatchObject(newer);
  const store = await openDirectoryStore(at("repository"));
  await expect(verifyRepository({ store, repository })).rejects.toMatchObject(newer);
  const before = (await readdir(at("repository"), { recursive: true })).sort();
  await expect(locked(at("repository"), (ports) => pruneBackups(NONE, ports))).rejects.toMatchObject(newer);
  expect((await readdir(at("repository"), { recursive: true })).sort()).toEqual(before);

  const file = at("repository", "repository.json");
  await writeFile(file, (await readFile(file, "utf8")).replace('"format": 1', '"format": 2'));
  await expect(reopened(at("repository"))).rejects.toMatchObject({
    code: "REPOSITORY_FORMAT_UNSUPPORTED",
    facts: { object: "repository.json", format: 2 },
  });
});

it("the release alone does not matter: backups of older and newer ones are restored", async () => {
  const made = await backUp(at("repository"), at("data"));
  for (const release of ["0.0.1", "99.0.0"]) {
    await rewriteManifest(made, { release });
    const repository = await reopened(at("repository"));
    const backup = await repository.backup(made.id);
    expect(backup.release).toBe(release);
    await restoreBackup({ backup, target: at(release) }, { repository });
    expect(await readFile(at(release, "file"), "utf8")).toBe("contents");
  }
});
