import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobStore } from "../repository/BlobStore.ts";
import { Lock } from "../repository/Lock.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { Repository } from "../repository/Repository.ts";
import { PORTS } from "../testing/ports.ts";
import { backUp, newRepository, reopened, wrappingOf } from "../testing/testRepository.ts";
import { pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { runBackup } from "./runBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const LOCK_EXPIRED_MS = 130_000;
const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 };

let place: string;
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-crash-"));
  await mkdir(at("data"));
  await newRepository(at("repository"));
  for (const name of ["a", "b"]) {
    await writeFile(at("data", name), systemRandom.bytes(600_000));
    await backUp(at("repository"), at("data"));
  }
});
afterEach(() => rm(place, { recursive: true, force: true }));

class Killed extends Error {}

/** The process dies before its change number `after`. */
function dyingStore(store: BlobStore, after: number): BlobStore {
  let changes = 0;
  const change = async (run: () => Promise<void>): Promise<void> => {
    if (changes++ >= after) throw new Killed();
    await run();
  };
  return {
    ...store,
    put: (name, bytes) => change(() => store.put(name, bytes)),
    delete: (name) => change(() => store.delete(name)),
  };
}

/** Runs `work` with a process that dies at each of its changes, until one lives to the end. */
async function diesAtEachChange(
  work: (ports: { repository: Repository; lock: Lock }) => Promise<unknown>,
): Promise<number> {
  const clock = { ...PORTS.clock };
  let nowMs = Date.now();
  for (let after = 0; ; after++) {
    // The lock of the killed process has expired.
    nowMs += LOCK_EXPIRED_MS;
    clock.nowMs = () => nowMs;
    const store = dyingStore(await openDirectoryStore(at("repository")), after);
    const ports = { ...PORTS, clock, store };
    try {
      const lock = await Lock.take("a test", ports);
      const wrapping = wrappingOf("correct");
      const repository = await Repository.open({ store, wrapping, random: systemRandom });
      await repository.chunks.reuseUnlisted();
      await work({ repository, lock });
      await lock.release();
      return after;
    } catch (error) {
      expect(error).toBeInstanceOf(Killed);
    }
    await expectIntact();
  }
}

async function expectIntact(): Promise<void> {
  const repository = await reopened(at("repository"));
  const store = await openDirectoryStore(at("repository"));
  expect((await verifyRepository({ store, repository })).problems).toEqual([]);
  for (const backup of await repository.backups()) {
    await restoreBackup({ backup, target: at("restored") }, { repository });
    await rm(at("restored"), { recursive: true });
  }
}

describe("a process that is killed at any change", () => {
  it("during a backup leaves all former backups, and the next run reuses its packs", async () => {
    await writeFile(at("data", "c"), systemRandom.bytes(600_000));
    const changes = await diesAtEachChange((ports) =>
      runBackup({ dataDir: at("data"), release: "0.1.0" }, { ...PORTS, ...ports }),
    );
    expect(changes).toBeGreaterThan(4);
    const repository = await reopened(at("repository"));
    expect((await repository.backups()).at(-1)!.parts[0]!.files).toBe(3);
    const bytes = [...repository.chunks.packs().values()]
      .flatMap(({ chunks }) => chunks)
      .reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(2_400_000);
  });

  it("during the creation of a repository and its first backup", async () => {
    for (let after = 0; ; after++) {
      const files = await openDirectoryStore(at("fresh"));
      const store = dyingStore(files, after);
      await newRepository(store).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
      await newRepository(files).catch((error: unknown) =>
        expect(error).toMatchObject({ code: "REPOSITORY_EXISTS" }),
      );
      const killed = await backUp(store, at("data")).catch((error: unknown) => error);
      await rm(at("fresh", "locks"), { recursive: true, force: true });
      await backUp(files, at("data"));
      const repository = await reopened(files);
      expect((await verifyRepository({ store: files, repository })).problems).toEqual([]);
      await rm(at("fresh"), { recursive: true });
      if (!(killed instanceof Killed)) return expect(after).toBeGreaterThan(6);
    }
  });

  it("during pruning leaves the kept backups", async () => {
    const changes = await diesAtEachChange((ports) => pruneBackups(NONE, ports));
    expect(changes).toBeGreaterThan(3);
    const repository = await reopened(at("repository"));
    expect(await repository.listed()).toHaveLength(1);
    await expectIntact();
  });
});
