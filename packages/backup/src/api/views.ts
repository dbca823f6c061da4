import { isTrellisError } from "@trellis/base";
import type { z } from "zod";
import { bytesOf, type Manifest } from "../repository/Manifest.ts";
import {
  type BackupRun,
  type BackupWork,
  findProblems,
  lastOf,
  type Problem,
  SCHEDULED_KINDS,
  type WatchedState,
} from "../watch/index.ts";
import type * as schemas from "./schemas.ts";

export function shownRun({ startedMs, endedMs, ...run }: BackupRun): z.output<typeof schemas.run> {
  return {
    ...run,
    startedAtMs: startedMs,
    endedAtMs: endedMs ?? null,
    backup: run.backup ?? null,
    proofs: [...(run.proofs ?? [])],
    code: run.code ?? null,
    reason: run.reason ?? null,
  };
}

export async function shownRepository({
  place: repository,
  backups,
}: Pick<BackupWork, "place" | "backups">): Promise<z.output<typeof schemas.repository>> {
  try {
    const shown = (await backups()).map(shownBackup).reverse();
    return { repository, backups: shown, code: null, reason: null };
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return { repository, backups: [], code: error.code, reason: error.message };
  }
}

function shownBackup(backup: Manifest) {
  const { id, base = null, atMs, release, parts, addedBytes } = backup;
  return { id, base, atMs, release, bytes: bytesOf(backup), addedBytes, partCount: parts.length };
}

export function shownStatus(state: WatchedState): z.output<typeof schemas.status> {
  const problems = findProblems(state);
  const kinds = state.repositories.flatMap((repository) =>
    SCHEDULED_KINDS.map((kind) => {
      const { started, succeeded } = lastOf(kind, repository, state) ?? {};
      const own = problems.filter((one) => one.kind === kind && one.repository === repository);
      const has = (condition: Problem["condition"]) => own.some((one) => one.condition === condition);
      return {
        kind,
        repository,
        state: has("failed") ? ("failed" as const) : has("late") ? ("late" as const) : ("ok" as const),
        isRunning: started?.outcome === "running",
        ageMs: succeeded === undefined ? null : Math.max(0, state.nowMs - succeeded.startedMs),
        nextAtMs: state.schedules[kind].nextMs,
        last: started === undefined ? null : shownRun(started),
        lastSuccess: succeeded === undefined ? null : shownRun(succeeded),
      };
    }),
  );
  return { kinds, problems: problems.map(shownProblem) };
}

function shownProblem({ key: _, code, reason, ...problem }: Problem) {
  return { ...problem, code: code ?? null, reason: reason ?? null };
}
