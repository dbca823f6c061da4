import { silentLog } from "@trellis/base";
import type { Producer } from "@trellis/mining";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { expect, it, vi } from "vitest";
import { startWhenReady } from "./startWhenReady.ts";

it("mining starts once, after the node has been ready for a second", async () => {
  vi.useFakeTimers();
  const lifecycle = createLifecycle({ log: silentLog });
  const io = { lifecycle, log: silentLog } as unknown as ServiceIo;
  let isReady = true;
  const start = vi.fn();
  await startWhenReady({ start } as unknown as Producer, { isReady: () => isReady }, io);
  await vi.advanceTimersByTimeAsync(500);
  isReady = false;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(start).not.toHaveBeenCalled();
  isReady = true;
  await vi.advanceTimersByTimeAsync(700);
  expect(start).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(start).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
  await lifecycle.stop("done");
});
