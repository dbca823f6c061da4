import { expect, it } from "vitest";
import type { BackupRun, LastRuns, RunKind, RunOutcome } from "./BackupRun.ts";
import { findProblems, isMissed, type WatchedState } from "./findProblems.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const PLACE = "/backups";

/** Daily at midnight; logs every five minutes. */
function stateAt(nowMs: number, runs: readonly LastRuns[] = []): WatchedState {
  const every = (ms: number) => {
    const lastMs = Math.floor(nowMs / ms) * ms;
    return { formerMs: lastMs - ms, lastMs, nextMs: lastMs + ms };
  };
  const schedules = { full: every(DAY), log: every(5 * MINUTE), verify: every(7 * DAY) };
  return { repositories: [PLACE], lastRuns: runs, schedules, firstStartMs: 0, nowMs };
}

function run(kind: RunKind, outcome: RunOutcome, startedMs: number): BackupRun {
  const failure = outcome === "failed" ? { code: "REPOSITORY_UNAVAILABLE", reason: "full disk" } : {};
  return {
    id: 1,
    kind,
    repository: PLACE,
    jobId: "job",
    startedMs,
    endedMs: startedMs + 1,
    outcome,
    backup: undefined,
    bytes: 0,
    addedBytes: 0,
    code: undefined,
    reason: undefined,
    ...failure,
  };
}

function last(kind: RunKind, successMs: number | undefined, newest?: BackupRun): LastRuns {
  const succeeded = successMs === undefined ? undefined : run(kind, "succeeded", successMs);
  const ended = newest === undefined || newest.outcome === "running" ? succeeded : newest;
  return { kind, repository: PLACE, succeeded, ended, started: newest ?? succeeded! };
}

const allAt = (ms: number) => [last("full", ms), last("log", ms), last("verify", ms)];

it("BACKUP-23: a run is late when twice its interval has passed", () => {
  const fresh = allAt(10 * DAY);
  expect(findProblems(stateAt(10 * DAY + 9 * MINUTE, fresh))).toEqual([]);
  const [late] = findProblems(stateAt(10 * DAY + 10 * MINUTE, fresh));
  expect(late).toMatchObject({ condition: "late", kind: "log", sinceMs: 10 * DAY });
  const lateAt = (days: number) => findProblems(stateAt(days * DAY, fresh)).map(({ kind }) => kind);
  expect(lateAt(11)).toEqual(["log"]);
  expect(lateAt(12)).toEqual(["full", "log"]);
  expect(lateAt(30)).toEqual(["full", "log", "verify"]);
});

it("BACKUP-23: nothing has ever succeeded", () => {
  expect(findProblems(stateAt(2 * MINUTE))).toEqual([]);
  expect(findProblems(stateAt(3 * DAY)).map(({ kind, sinceMs }) => [kind, sinceMs])).toEqual([
    ["full", 0],
    ["log", 0],
  ]);
});

it("BACKUP-23: a failed run is a problem until it succeeds, a retry is none", () => {
  const now = 10 * DAY + MINUTE;
  const after = (outcome: RunOutcome) =>
    findProblems(
      stateAt(now, [...allAt(10 * DAY).slice(1), last("full", 9 * DAY, run("full", outcome, 10 * DAY))]),
    );
  expect(after("failed")).toMatchObject([
    { key: `failed full ${PLACE}`, sinceMs: 9 * DAY, code: "REPOSITORY_UNAVAILABLE", reason: "full disk" },
  ]);
  expect(after("succeeded")).toEqual([]);
  expect(after("running")).toEqual([]);
});

it("log backups are not late while a full backup runs", () => {
  const now = 10 * DAY + 60 * MINUTE;
  const running = last("full", 9 * DAY, run("full", "running", 10 * DAY));
  const others = allAt(10 * DAY).slice(1);
  expect(findProblems(stateAt(now, [running, ...others]))).toEqual([]);
  expect(findProblems(stateAt(now, [last("full", 10 * DAY), ...others]))).toMatchObject([{ kind: "log" }]);
});

it("BACKUP-22: a run that was due while the service was stopped is missed", () => {
  const seen = allAt(10 * DAY);
  const missedAt = (ms: number, runs = seen) =>
    (["full", "log", "verify"] as const).filter((kind) => isMissed(kind, stateAt(ms, runs)));
  expect(missedAt(10 * DAY + MINUTE)).toEqual([]);
  // The job system has two minutes to start what is due.
  expect(missedAt(11 * DAY + MINUTE)).toEqual([]);
  expect(missedAt(11 * DAY + 3 * MINUTE)).toEqual(["full", "log"]);
  const failed = [last("full", 10 * DAY, run("full", "failed", 11 * DAY)), ...seen.slice(1)];
  expect(missedAt(11 * DAY + 3 * MINUTE, failed)).toEqual(["log"]);
  // The first full backup does not wait for its schedule.
  expect(missedAt(MINUTE, [])).toEqual(["full"]);
});
