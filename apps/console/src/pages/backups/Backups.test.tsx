import { expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
});

import { shownAlone } from "../../ui/testing/drawAlone.tsx";
import { BackupList, KindTable, Problems } from "./Backups.tsx";
import { durationOf, type KindJson, problemText, type RunJson } from "./backupJson.ts";

const RUN: RunJson = {
  id: 1,
  kind: "full",
  repository: "/backups",
  startedAtMs: Date.now() - 125_000,
  endedAtMs: Date.now() - 124_000,
  outcome: "succeeded",
  backup: "20261125T000000Z-00000000",
  bytes: 3 * 1_073_741_824,
  addedBytes: 2_048,
  proofs: [],
  code: null,
  reason: null,
};

function shown(kind: Partial<KindJson>): string {
  const row: KindJson = {
    kind: "full",
    repository: "/backups",
    state: "ok",
    isRunning: false,
    nextAtMs: Date.now() + 7_200_500,
    last: RUN,
    lastSuccess: RUN,
    ...kind,
  };
  return shownAlone(<KindTable kinds={[row]} />).replaceAll(/<[^>]*>/g, " ");
}

it.each([
  ["OK, 2 min ago, next in 2 h", {}, /Full backup.*OK.*2 min ago.*in 2 h.*1\.0 s.*3\.0 GiB, 2\.0 KiB added/],
  ["late", { state: "late" as const }, /Late/],
  ["failed, running again", { state: "failed" as const, isRunning: true }, /Failed.*Running/],
  ["none yet", { last: null, lastSuccess: null }, /None yet.*never/],
  [
    "a verification",
    { kind: "verify" as const, lastSuccess: { ...RUN, kind: "verify" as const, proofs: ["head 7"] } },
    /Verification.*00000000 restored, 3\.0 GiB checked, 1 proofs/,
  ],
])("the state of a kind: %s", (_, kind, text) => {
  expect(shown(kind)).toMatch(text);
});

it("problems are alerts with their reason", () => {
  const problem = {
    condition: "failed",
    kind: "verify",
    repository: "/backups",
    sinceMs: Date.now() - 60_000,
    code: "REPOSITORY_DAMAGED",
    reason: "pack lost",
  } as const;
  const text = shownAlone(<Problems problems={[problem]} />);
  expect(text).toContain('role="alert"');
  expect(text).toContain("Verification failed: pack lost");
  expect(problemText({ ...problem, condition: "late", code: null, reason: null })).toBe("Verification late");
});

it("backups show type and sizes, and an unreadable repository its error", () => {
  const backup = {
    id: "b",
    base: null,
    atMs: Date.now(),
    release: "0.1.0",
    bytes: 1_024,
    addedBytes: 10,
    partCount: 1,
  };
  const repository = { repository: "/backups", backups: [backup], code: null, reason: null };
  const list = (given: object) =>
    shownAlone(<BackupList repository={{ ...repository, ...given }} />).replaceAll(/<[^>]*>/g, " ");
  expect(list({})).toMatch(/Full.*1\.0 KiB.*10 B.*0\.1\.0/);
  expect(list({ backups: [{ ...backup, base: "a" }] })).toMatch(/Log/);
  expect(list({ backups: [] })).toContain("No backups yet");
  expect(list({ backups: [], code: "REPOSITORY_MISSING", reason: "no backup repository" })).toContain(
    "REPOSITORY_MISSING",
  );
});

it("a running run has no duration", () => {
  expect(durationOf({ startedAtMs: 0, endedAtMs: null })).toBe("–");
  expect(durationOf({ startedAtMs: 0, endedAtMs: 600_000 })).toBe("10.0 min");
});
