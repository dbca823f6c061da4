import { expect, it } from "vitest";
import { gatherMs, type ProducerLoad } from "./gatherMs.ts";

const BUSY: ProducerLoad = { pending: 5, isArriving: true, lastCount: 20, lastMs: 10, sinceMs: 0 };

it.each<[string, Partial<ProducerLoad>, number]>([
  ["waits while transactions arrive under load", {}, 2],
  ["waits for the rest of the last block's time", { sinceMs: 9.5 }, 0.5],
  ["waits at most as long as the last block took", { sinceMs: 10 }, 0],
  ["does not wait long after the last block", { sinceMs: 3_000 }, 0],
  ["does not wait when no more arrive", { isArriving: false }, 0],
  ["does not wait with a lone transaction after a lone transaction", { pending: 1, lastCount: 1 }, 0],
  ["waits with a lone transaction after several", { pending: 1, lastCount: 2 }, 2],
  ["waits with several transactions after a lone one", { pending: 2, lastCount: 1 }, 2],
  ["waits below the size of a gathered block", { pending: 127 }, 2],
  ["does not wait with enough for a block", { pending: 128 }, 0],
  ["does not wait after a clock that went back", { sinceMs: -1 }, 0],
])("%s", (_, change, waitMs) => {
  expect(gatherMs({ ...BUSY, ...change })).toBe(waitMs);
});
