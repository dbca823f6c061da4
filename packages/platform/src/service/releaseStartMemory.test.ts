import { silentLog } from "@trellis/base";
import { afterEach, expect, it, vi } from "vitest";
import { createLifecycle } from "../lifecycle/index.ts";
import { releaseStartMemory } from "./releaseStartMemory.ts";

afterEach(() => void vi.useRealTimers());

it("waits until the start has settled, and not beyond a stop", async () => {
  vi.useFakeTimers();
  const lifecycle = createLifecycle({ log: silentLog });
  await releaseStartMemory({ lifecycle });
  expect(vi.getTimerCount()).toBe(1);
  await lifecycle.stop("test");
  expect(vi.getTimerCount()).toBe(0);
});
