import { expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
});

import { shownAlone } from "../../ui/testing/drawAlone.tsx";
import { Result } from "./GpuDemonstration.tsx";
import { type WorkerJson, WorkerList } from "./MiningWorkers.tsx";

const WORKER: WorkerJson = {
  source: "stratum",
  stream: "heavy",
  worker: `0x${"ab".repeat(20)}.rig1`,
  device: "BzMiner/21",
  connections: 1,
  hashRate: 1_234_567.8,
  accepted: 1_200,
  stale: 3,
  invalid: 2,
  duplicate: 4,
  blocks: 5,
  blue: 3,
  red: 1,
  rewardsWei: `0x${(6n * 10n ** 18n).toString(16)}`,
  lastShareMs: `0x${(Date.now() - 125_000).toString(16)}`,
};

const textOf = (element: Parameters<typeof shownAlone>[0]): string =>
  shownAlone(element)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
const shown = (...workers: readonly WorkerJson[]): string => textOf(<WorkerList workers={workers} />);

it("a worker's device, hash rate, shares, blocks and rewards; refused shares are one figure", () => {
  expect(shown(WORKER)).toMatch(/0xabab…abab\.rig1 heavy BzMiner\/21 1\.2 MH\/s 1 200 3 6 5 3 1 6 2 min ago/);
});

it.each([
  ["no share yet", { lastShareMs: null }, /1 6 none/],
  ["disconnected", { connections: 0 }, /1 6 disconnected/],
  ["without a name", { worker: `0x${"cd".repeat(20)}` }, /0xcdcd…cdcd heavy BzMiner/],
  ["of an unnamed program", { device: "" }, /rig1 heavy Stratum 1/],
  ["of JSON-RPC", { source: "rpc", device: "" }, /rig1 heavy JSON-RPC 1/],
  ["of the node", { source: "node", device: "cpu" }, /rig1 heavy cpu of the node 1/],
] as const)("%s", (_, changes, text) => {
  expect(shown({ ...WORKER, ...changes })).toMatch(text);
});

it("sums hash rates by stream, and the rest over all workers", () => {
  const all = shown(WORKER, { ...WORKER, worker: "0x12.other" }, { ...WORKER, stream: "memory" });
  expect(all).toContain("heavy 2.5 MH/s · memory 1.2 MH/s");
  expect(all).toMatch(/Blocks 15 since/);
  expect(all).toMatch(/Final blocks 9 blue 3 red/);
  expect(all).toMatch(/Rewards 18 coins/);
  expect(all).toMatch(/Shares 3 600 9 stale, 18 invalid/);
  expect(shown()).toContain("No workers");
});

it("the demonstration's figures, or why it failed", () => {
  const figures = { hashes: 1_024_000, hashRate: 204_800, verified: 62 };
  const ended = textOf(<Result isRunning={false} adapter="card" shown={figures} />);
  expect(ended).toMatch(/GPU card Hash rate 204\.8 kH\/s Hashes 1 024 000 Verified nonces 62 ended/);
  expect(textOf(<Result isRunning />)).toContain("compiling the shader");
  expect(textOf(<Result isRunning={false} failure="it found a wrong nonce" />)).toContain("wrong nonce");
});
