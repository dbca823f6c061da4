import { type LogFacts, silentLog } from "@trellis/base";
import type { Network } from "@trellis/network";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { afterEach, expect, it, vi } from "vitest";
import { reportSync } from "./reportSync.ts";

afterEach(() => void vi.useRealTimers());

it("shows the blocks of a sync on a terminal, and removes the line at its end", async () => {
  vi.useFakeTimers();
  const written: string[] = [];
  const logged: LogFacts[] = [];
  const lifecycle = createLifecycle({ log: silentLog });
  const stderr = { write: (text: string) => void written.push(text), isTerminal: true };
  const log = { ...silentLog, info: (_: string, facts: LogFacts) => void logged.push(facts) };
  let syncing: ReturnType<Network["syncing"]> = {
    phase: "blocks",
    startingBlock: 0,
    currentBlock: 1_000,
    highestBlock: 4_000,
  };
  await reportSync({ syncing: () => syncing }, { lifecycle, stderr, log } as unknown as ServiceIo);
  await vi.advanceTimersByTimeAsync(1_000);
  syncing = undefined;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(written).toEqual(["\r\x1b[Ksync: blocks, 1,000 of 4,000, 25 %\r", "\r\x1b[K"]);
  expect(logged).toEqual([]);
  await lifecycle.stop("test");
  expect(vi.getTimerCount()).toBe(0);
});
