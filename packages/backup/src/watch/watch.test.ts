import { silentLog, silentMetrics } from "@trellis/base";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase } from "@trellis/platform/db";
import type { Notification } from "@trellis/platform/notify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backupErrors } from "../errors.ts";
import type { RunResult, ScheduledKind } from "./BackupRun.ts";
import {
  type BackupWork,
  createMonitor,
  type History,
  measureBackups,
  openHistory,
  RETRIES_MAX,
  Runner,
} from "./index.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const START = 20_000 * DAY + 60 * MINUTE;
const INTERVALS = { full: DAY, log: 5 * MINUTE, verify: 7 * DAY };

let database: Database;
let history: History;
let nowMs: number;
let added: string[];
let notified: Notification[];
const clock = { nowMs: () => nowMs };

beforeEach(async () => {
  database = openDatabase({ url: await embeddedDatabase() }, SILENT);
  history = await openHistory(database);
  [nowMs, added, notified] = [START, [], []];
});
afterEach(() => database.close());

const jobs = {
  add: async (kind: string) => {
    added.push(kind);
    return kind;
  },
  counts: async () => new Map(),
};

async function schedules(at: number) {
  const around = (ms: number) => {
    const lastMs = Math.floor(at / ms) * ms;
    return { formerMs: lastMs - ms, lastMs, nextMs: lastMs + ms };
  };
  return { full: around(INTERVALS.full), log: around(INTERVALS.log), verify: around(INTERVALS.verify) };
}

function monitor(notify = async (notification: Notification) => void notified.push(notification)) {
  const metrics = measureBackups(silentMetrics);
  return createMonitor({
    repositories: ["/a"],
    history,
    jobs,
    schedules,
    notify,
    metrics,
    clock,
    log: silentLog,
  });
}

/** Each call of `work` decides what its run does. */
function workAt(place: string, work: (kind: string, signal: AbortSignal) => Promise<unknown> | unknown) {
  const step =
    (kind: string) =>
    async (signal: AbortSignal): Promise<RunResult> => {
      await work(kind, signal);
      return { backup: `backup of ${kind}`, bytes: 10, addedBytes: 2 };
    };
  const made: BackupWork = {
    place,
    full: step("full"),
    log: step("log"),
    verify: step("verify"),
    prune: step("prune"),
    backups: async () => [],
  };
  return made;
}

function runnerOf(...works: readonly BackupWork[]): Runner {
  const dueMs = async (kind: ScheduledKind) => (await schedules(nowMs))[kind].lastMs;
  return new Runner({ works, history, jobs, dueMs, clock, log: silentLog, counted: { add() {} } });
}

const { signal } = new AbortController();
const job = (id: string, given: object = {}) => ({ id, data: { by: "user" }, attempt: 1, signal, ...given });

async function outcomes(): Promise<string[]> {
  const runs = await history.list({}, 20);
  return runs.reverse().map(({ kind, repository, outcome }) => `${kind} ${repository} ${outcome}`);
}

const unavailable = () => backupErrors.REPOSITORY_UNAVAILABLE({ reason: "a full disk" });

describe("runs", () => {
  it("a full backup prunes, and all runs are remembered", async () => {
    const runner = runnerOf(workAt("/a", () => nowMs++));
    await runner.run("full", job("one"));
    expect(await outcomes()).toEqual(["full /a succeeded", "prune /a succeeded"]);
    const [full] = (await history.lastRuns()).filter(({ kind }) => kind === "full");
    expect(full?.succeeded).toMatchObject({
      startedMs: START,
      endedMs: START + 1,
      backup: "backup of full",
      bytes: 10,
      addedBytes: 2,
    });
  });

  it("BACKUP-22: a failure in one repository does not stop the others, and its retry repeats only it", async () => {
    let isBroken = true;
    const broken = workAt("/a", (kind) => {
      if (isBroken && kind === "full") throw unavailable();
    });
    const runner = runnerOf(
      broken,
      workAt("/b", () => {}),
    );
    await expect(runner.run("full", job("one"))).rejects.toMatchObject({ code: "REPOSITORY_UNAVAILABLE" });
    isBroken = false;
    await runner.run("full", job("one", { attempt: 2 }));
    expect(await outcomes()).toEqual([
      "full /a retrying",
      "full /b succeeded",
      "prune /b succeeded",
      "full /a succeeded",
      "prune /a succeeded",
    ]);
  });

  it("fails at the last attempt, and at once if it was refused", async () => {
    const runner = runnerOf(
      workAt("/a", (kind) => {
        throw kind === "log" ? backupErrors.BACKUP_LOG_GAP({ directory: "db" }) : unavailable();
      }),
    );
    await expect(runner.run("full", job("one", { attempt: RETRIES_MAX + 1 }))).rejects.toThrow();
    await expect(runner.run("log", job("two"))).rejects.toThrow();
    expect(await outcomes()).toEqual(["full /a failed", "log /a failed"]);
    expect((await history.list({ kind: "log" }, 1))[0]).toMatchObject({ code: "BACKUP_LOG_GAP" });
    expect(added).toEqual(["full"]);
  });

  it("a scheduled run that waited until after another is skipped, a requested one is not", async () => {
    const runner = runnerOf(workAt("/a", () => {}));
    for (const id of ["one", "two"]) await runner.run("log", job(id, { data: {} }));
    expect(await outcomes()).toEqual(["log /a succeeded"]);
    await runner.run("log", job("three"));
    nowMs += 5 * MINUTE;
    await runner.run("log", job("four", { data: {} }));
    expect(await outcomes()).toHaveLength(3);
  });

  it("one backup at a time; verifications run beside backups and hold back prunes", async () => {
    const release = Promise.withResolvers<void>();
    const started: string[] = [];
    const runner = runnerOf(
      workAt("/a", (kind) => {
        started.push(kind);
        return kind === "verify" ? release.promise : undefined;
      }),
    );
    const verified = runner.run("verify", job("one"));
    await Promise.all([runner.run("full", job("two")), runner.run("log", job("three"))]);
    expect(started.toSorted()).toEqual(["full", "log", "verify"]);
    release.resolve();
    await verified;
    await runner.run("full", job("four"));
    expect(started.slice(-2)).toEqual(["full", "prune"]);
  });

  it("an aborted run is interrupted, and `idle` waits until it has ended", async () => {
    const aborter = new AbortController();
    const reached = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const runner = runnerOf(
      workAt("/a", async (_, aborted) => {
        reached.resolve();
        await release.promise;
        aborted.throwIfAborted();
      }),
    );
    const run = runner.run("full", job("one", { signal: aborter.signal }));
    const waiting = runner.run("log", job("two", { signal: aborter.signal }));
    await reached.promise;
    aborter.abort(new Error("stop"));
    release.resolve();
    await expect(run).rejects.toThrow("stop");
    await expect(waiting).rejects.toThrow("stop");
    await runner.idle();
    expect(await outcomes()).toEqual(["full /a interrupted"]);
  });

  it("a run whose process died is interrupted once the next one begins", async () => {
    await history.begin({ kind: "full", repository: "/a", jobId: "one", startedMs: START });
    await runnerOf(workAt("/a", () => {})).run("full", job("one", { attempt: 2 }));
    expect((await outcomes()).slice(0, 2)).toEqual(["full /a interrupted", "full /a succeeded"]);
  });
});

describe("alerts", () => {
  const fail = () => {
    throw unavailable();
  };

  it("BACKUP-23: one alert for a failure, over restarts, and one when it succeeds again", async () => {
    await runnerOf(workAt("/a", () => {})).run("full", job("one"));
    const failing = runnerOf(workAt("/a", fail));
    const failure = () => failing.run("full", job("x", { attempt: RETRIES_MAX + 1 }));
    await expect(failure()).rejects.toThrow();
    for (const _ of [1, 2]) await monitor().look();
    await expect(failure()).rejects.toThrow();
    await monitor().look();
    expect(notified).toMatchObject([{ kind: "backup.failed", severity: "critical" }]);
    expect(notified[0]?.text).toContain("REPOSITORY_UNAVAILABLE");
    await runnerOf(workAt("/a", () => {})).run("full", job("two"));
    for (const _ of [1, 2]) await monitor().look();
    expect(notified.map(({ kind }) => kind)).toEqual(["backup.failed", "backup.recovered"]);
  });

  it("BACKUP-23: an alert for each kind that is late, whose text names the last success", async () => {
    const runner = runnerOf(workAt("/a", () => {}));
    for (const kind of ["full", "log", "verify"] as const) await runner.run(kind, job(kind));
    await monitor().look();
    nowMs += 2 * DAY;
    await monitor().look();
    expect(notified.map(({ subject }) => subject)).toEqual(["full backup late: /a", "log backup late: /a"]);
    expect(notified[0]?.text).toContain(new Date(START).toISOString());
    expect(added).toEqual(["full"]);
  });

  it("BACKUP-23: after the clock was set back, runs continue, and a missing one is late", async () => {
    const runner = runnerOf(workAt("/a", () => {}));
    nowMs += 400 * DAY;
    await history.firstStartMs(nowMs);
    for (const kind of ["full", "log", "verify"] as const) await runner.run(kind, job(kind, { data: {} }));
    nowMs -= 400 * DAY;
    await monitor().look();
    expect(notified).toEqual([]);
    nowMs += DAY;
    await runner.run("full", job("next", { data: {} }));
    expect((await history.list({ kind: "full" }, 5)).map(({ startedMs }) => startedMs)).toEqual([
      START + DAY,
      START,
    ]);
    nowMs += 2 * DAY;
    await monitor().look();
    expect(notified.map(({ subject }) => subject)).toEqual(["full backup late: /a", "log backup late: /a"]);
  });

  it("an alert that could not be queued is repeated", async () => {
    await expect(runnerOf(workAt("/a", fail)).run("full", job("x", { attempt: 9 }))).rejects.toThrow();
    const broken = monitor(async () => {
      throw new Error("no database");
    });
    await expect(broken.look()).rejects.toThrow("no database");
    await monitor().look();
    expect(notified).toHaveLength(1);
  });
});

it("BACKUP-24: old runs are deleted, but not the newest and the newest success", async () => {
  const good = runnerOf(workAt("/a", () => {}));
  for (const id of ["one", "two"]) await good.run("log", job(id));
  const failing = runnerOf(
    workAt("/a", () => {
      throw unavailable();
    }),
  );
  for (const id of ["three", "four"]) await expect(failing.run("log", job(id))).rejects.toThrow();
  await history.sweep(START);
  expect(await outcomes()).toHaveLength(4);
  await history.sweep(START + 1);
  expect(await outcomes()).toEqual(["log /a succeeded", "log /a retrying"]);
});
