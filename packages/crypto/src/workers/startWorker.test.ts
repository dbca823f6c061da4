import { once } from "node:events";
import { VirtualTime } from "@trellis/kit/time";
import { expect, it, vi } from "vitest";
import { startWorker } from "./startWorker.ts";

const url = new URL("./testing/slowToStart.ts", import.meta.url);

it("WORKER_UNAVAILABLE, not ready in time: the thread is terminated only after its start", async () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const scheduler = new VirtualTime();
  const events = { isExpected: (_: unknown): _ is never => false, onMessage: vi.fn(), onExit: vi.fn() };
  const started = startWorker({ url, scheduler, workerData: words }, events);
  await expect.poll(() => Atomics.load(words, 0), { timeout: 20_000 }).toBe(1);
  await scheduler.run(60_000);
  const late = { code: "WORKER_UNAVAILABLE", facts: { reason: "not ready in time" } };
  expect(events.onExit.mock.calls).toMatchObject([[late]]);
  await started.end();
  const exited = once(started.worker, "exit");
  Atomics.store(words, 1, 1);
  Atomics.notify(words, 1);
  expect(await exited).toEqual([1]);
  expect(Atomics.load(words, 0)).toBe(2);
  expect(events.onExit).toHaveBeenCalledOnce();
});
