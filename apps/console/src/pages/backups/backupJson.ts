import type { Tone } from "../../ui/primitives.tsx";

type RunKind = "full" | "log" | "verify" | "prune";
export type ScheduledKind = Exclude<RunKind, "prune">;
type State = "ok" | "late" | "failed";

export interface RunJson {
  readonly id: number;
  readonly kind: RunKind;
  readonly repository: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly outcome: "running" | "succeeded" | "retrying" | "failed" | "interrupted";
  readonly backup: string | null;
  readonly bytes: number;
  readonly addedBytes: number;
  readonly proofs: readonly string[];
  readonly code: string | null;
  readonly reason: string | null;
}

export interface KindJson {
  readonly kind: ScheduledKind;
  readonly repository: string;
  readonly state: State;
  readonly isRunning: boolean;
  readonly nextAtMs: number;
  readonly last: RunJson | null;
  readonly lastSuccess: RunJson | null;
}

export interface ProblemJson {
  readonly condition: "failed" | "late";
  readonly kind: RunKind;
  readonly repository: string;
  readonly sinceMs: number;
  readonly code: string | null;
  readonly reason: string | null;
}

export interface StatusJson {
  readonly kinds: readonly KindJson[];
  readonly problems: readonly ProblemJson[];
}

export interface BackupJson {
  readonly id: string;
  readonly base: string | null;
  readonly atMs: number;
  readonly release: string;
  readonly bytes: number;
  readonly addedBytes: number;
  readonly partCount: number;
}

export interface RepositoryJson {
  readonly repository: string;
  readonly backups: readonly BackupJson[];
  readonly code: string | null;
  readonly reason: string | null;
}

export const KIND_NAMES: Readonly<Record<RunKind, string>> = {
  full: "Full backup",
  log: "Log backup",
  verify: "Verification",
  prune: "Prune",
};

export const STATES: Readonly<Record<State, readonly [text: string, tone: Tone]>> = {
  ok: ["OK", "good"],
  late: ["Late", "warn"],
  failed: ["Failed", "bad"],
};

export const OUTCOMES: Readonly<Record<RunJson["outcome"], readonly [text: string, tone: Tone]>> = {
  running: ["Running", "info"],
  succeeded: ["Succeeded", "good"],
  retrying: ["Failed, retrying", "warn"],
  failed: ["Failed", "bad"],
  interrupted: ["Interrupted", "warn"],
};

/** A kind of backup without a success is `ok` until it is late. */
export function stateOf({ state, lastSuccess }: Pick<KindJson, "state" | "lastSuccess">) {
  return state === "ok" && lastSuccess === null ? (["None yet", "plain"] as const) : STATES[state];
}

export function durationOf({ startedAtMs, endedAtMs }: Pick<RunJson, "startedAtMs" | "endedAtMs">): string {
  if (endedAtMs === null) return "–";
  const seconds = (endedAtMs - startedAtMs) / 1_000;
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}

export function problemText({ condition, kind, code, reason }: ProblemJson): string {
  const name = KIND_NAMES[kind];
  return condition === "late" ? `${name} late` : `${name} failed: ${reason ?? code ?? "unknown error"}`;
}
