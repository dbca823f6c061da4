import { expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
});

import { shownAlone } from "../../ui/testing/drawAlone.tsx";
import { type WorkerJson, WorkerList } from "./MiningWorkers.tsx";

const WORKER: WorkerJson = {
  worker: `0x${"ab".repeat(20)}.rig1`,
  connections: 1,
  hashRate: 1_234_567.8,
  accepted: 1_200,
  stale: 3,
  invalid: 2,
  duplicate: 4,
  blocks: 5,
  lastShareMs: `0x${(Date.now() - 125_000).toString(16)}`,
};

const shown = (...workers: readonly WorkerJson[]): string =>
  shownAlone(<WorkerList workers={workers} />)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");

it("a worker's hash rate, shares and blocks; refused shares are one figure", () => {
  expect(shown(WORKER)).toMatch(/0xabab…abab\.rig1 1 234 568 H\/s 1 200 3 6 5 2 min ago/);
});

it.each([
  ["no share yet", { lastShareMs: null }, /5 none/],
  ["disconnected", { connections: 0 }, /5 disconnected/],
  ["without a name", { worker: `0x${"cd".repeat(20)}` }, /0xcdcd…cdcd 1/],
])("%s", (_, changes, text) => {
  expect(shown({ ...WORKER, ...changes })).toMatch(text);
});

it("sums hash rates, and says how workers connect", () => {
  expect(shown(WORKER, { ...WORKER, worker: "0x12.other" })).toContain("2 469 136 H/s in all");
  expect(shown()).toContain("--stratum");
});
