import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobStore } from "../repository/BlobStore.ts";
import { Lock } from "../repository/Lock.ts";
import type { Manifest } from "../repository/Manifest.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { Ledger } from "../testing/Ledger.ts";
import { PORTS } from "../testing/ports.ts";
import { newRepository, reopened } from "../testing/testRepository.ts";
import { chooseBackup } from "./chooseBackup.ts";
import { backupId } from "./keepBackup.ts";
import { pruneBackups } from "./pruneBackups.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { type BackupPorts, runBackup } from "./runBackup.ts";
import { newestBackup, runLogBackup } from "./runLogBackup.ts";
import { verifyRepository } from "./verifyRepository.ts";

const HOUR_MS = 3_600_000;
const NOON_MS = Date.parse("2026-11-25T12:00:00Z");
const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 };

let place: string;
let nowMs = NOON_MS;
const clock = { ...PORTS.clock, nowMs: () => nowMs };
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-clock-"));
  await mkdir(at("data"));
  await writeFile(at("data", "settings"), "");
  await newRepository(at("repository"));
});
afterEach(() => rm(place, { recursive: true, force: true }));

async function locked<T>(work: (ports: BackupPorts) => Promise<T>): Promise<T> {
  const lock = await Lock.take("a test", {
    ...PORTS,
    clock,
    store: await openDirectoryStore(at("repository")),
  });
  try {
    const repository = await reopened(at("repository"));
    await repository.chunks.reuseUnlisted();
    return await work({ ...PORTS, clock, repository, lock });
  } finally {
    await lock.release();
  }
}

function jump(ms: number): void {
  nowMs += ms;
}

function backUpAt(timeMs: number): Promise<Manifest> {
  nowMs = timeMs;
  return locked((ports) => runBackup({ dataDir: at("data"), release: "0.1.0" }, ports));
}

async function expectIntact(backups: number): Promise<void> {
  const [store, repository] = [await openDirectoryStore(at("repository")), await reopened(at("repository"))];
  expect(await verifyRepository({ store, repository })).toMatchObject({ backups, problems: [] });
}

/** Calls `then` after its first blob with the prefix. */
async function storeThat(prefix: string, then: () => Promise<void>): Promise<BlobStore> {
  const store = await openDirectoryStore(at("repository"));
  let calls = 0;
  return {
    ...store,
    async put(name, bytes) {
      await store.put(name, bytes);
      if (name.startsWith(prefix) && calls++ === 0) await then();
    },
  };
}

describe("a clock that jumps", () => {
  it("BACKUP-6: backwards: the last backup made stays the newest, and pruning keeps it", async () => {
    const times = [NOON_MS, NOON_MS + 10 * HOUR_MS, NOON_MS + HOUR_MS, NOON_MS + HOUR_MS];
    const made: Manifest[] = [];
    for (const [index, timeMs] of times.entries()) {
      await writeFile(at("data", "file"), String(index));
      made.push(await backUpAt(timeMs));
    }
    const repository = await reopened(at("repository"));
    expect(await repository.listed()).toEqual(made.map(({ id }) => id));
    expect((await repository.backups()).map(({ atMs }) => atMs)).toEqual(times);
    expect(newestBackup(await repository.backups())!.id).toBe(made[3]!.id);
    const asked = chooseBackup(await repository.backups(), NOON_MS + HOUR_MS);
    expect(asked.id).toBe(made[3]!.id);
    const { kept } = await locked((ports) => pruneBackups(NONE, ports));
    expect(kept).toEqual([made[3]!.id]);
    await restoreBackup({ backup: made[3]!, target: at("restored") }, { repository });
    expect(await readFile(at("restored", "file"), "utf8")).toBe("3");
  });

  it("BACKUP-10: the newest backup is not a later log backup of a former one", async () => {
    const [former, full] = [await backUpAt(NOON_MS), await backUpAt(NOON_MS + HOUR_MS)];
    const log = { ...former, id: "20261125T130500Z-00000000", base: former.id, atMs: full.atMs + 1 };
    expect(newestBackup([former, full, log])).toBe(full);
    const continued = { ...log, id: "20261125T131000Z-00000000", base: full.id };
    expect(newestBackup([former, full, log, continued])).toBe(continued);
    expect(newestBackup([])).toBeUndefined();
  });

  it("ids follow the newest one, and tell the time otherwise", () => {
    expect(backupId(NOON_MS, [], systemRandom)).toMatch(/^20261125T120000Z-[0-9a-f]{8}$/);
    const newest = "20261231T235959Z-ffffffff";
    expect(backupId(NOON_MS, [newest], systemRandom)).toMatch(/^20270101T000000Z-/);
    expect(backupId(Date.parse("2027-02-03T04:05:06Z"), [newest], systemRandom)).toMatch(
      /^20270203T040506Z-/,
    );
  });

  it("REPOSITORY_LOCKED: forwards during a run: its lock has expired, and nothing is kept", async () => {
    await writeFile(at("data", "file"), "contents");
    const run = locked((ports) =>
      runBackup({ dataDir: at("data"), release: "0.1.0" }, { ...ports, onPart: () => jump(HOUR_MS) }),
    );
    await expect(run).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
    expect(await (await reopened(at("repository"))).listed()).toEqual([]);
    expect((await backUpAt(nowMs)).parts).toHaveLength(1);
  });

  it("BACKUP-4: forwards while a prune writes: it deletes nothing that a run since may need", async () => {
    await writeFile(at("data", "file"), "one");
    await backUpAt(NOON_MS);
    await writeFile(at("data", "file"), "two");
    await backUpAt(NOON_MS + HOUR_MS);
    const repository = await reopened(await storeThat("indexes/", async () => jump(HOUR_MS)));
    const pruning = locked((ports) => pruneBackups(NONE, { ...ports, repository }));
    await expect(pruning).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
    await expectIntact(2);
  });

  it("BACKUP-4: forwards during a run, whose packs a prune then deletes: no index lists them", async () => {
    await writeFile(at("data", "file"), systemRandom.bytes(17 << 20));
    const paused = await storeThat("packs/", async () => {
      jump(HOUR_MS);
      await locked((ports) => pruneBackups(NONE, ports));
    });
    const repository = await reopened(paused);
    const run = locked((ports) =>
      runBackup({ dataDir: at("data"), release: "0.1.0" }, { ...ports, repository }),
    );
    await expect(run).rejects.toMatchObject({ code: "REPOSITORY_LOCKED" });
    await backUpAt(nowMs);
    await expectIntact(1);
  });

  it("REPOSITORY_LOCKED: backwards: the lock of a killed process is named, and may be deleted", async () => {
    nowMs = NOON_MS + 1_000 * HOUR_MS;
    const store = await openDirectoryStore(at("repository"));
    // Renewals run on the system's scheduler, and the test is shorter than a lease.
    const killed = await Lock.take("a killed run", { ...PORTS, clock, store });
    const failure = await backUpAt(NOON_MS).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "REPOSITORY_LOCKED",
      facts: { holder: "a killed run", lock: expect.stringMatching(/^locks\/[0-9a-f]{32}$/) },
    });
    await rm(at("repository", String((failure as { facts: { lock: string } }).facts.lock)));
    await backUpAt(NOON_MS);
    await killed.release();
  });
});

describe("a database while the clock jumps", () => {
  it("BACKUP-10, BACKUP_LOG_GAP: no committed entry is lost, and a log backup from before its base is refused", async () => {
    const ledger = new Ledger(at("data", "db"));
    await ledger.start();
    try {
      await ledger.write(30);
      // The database's commits are an hour later than the backup's time.
      const full = await backUpAt(Date.now() - HOUR_MS);
      nowMs -= HOUR_MS;
      await ledger.write(30);
      const log = locked((ports) => runLogBackup({ dataDir: at("data"), release: "0.1.0" }, ports));
      await expect(log).rejects.toMatchObject({
        code: "BACKUP_LOG_GAP",
        facts: { reason: "the clock was set back", backup: full.id },
      });
      const repository = await reopened(at("repository"));
      await restoreBackup({ backup: full, target: at("restored") }, { repository });
    } finally {
      await ledger.kill();
    }
  });
});
