import { silentLog } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { createMemoryQueue } from "./createMemoryQueue.ts";

function open(failures: number) {
  const time = new VirtualTime();
  const ran: number[] = [];
  const startMs = time.nowMs();
  const queue = createMemoryQueue<string>(
    async () => {
      ran.push(time.nowMs() - startMs);
      if (ran.length <= failures) throw new Error("the receiver is down");
    },
    { clock: time, scheduler: time, log: silentLog },
  );
  return { time, queue, ran };
}

it("a job waits for its time, and a failed one is tried again after pauses that double", async () => {
  const { time, queue, ran } = open(2);
  await queue.enqueue("job", time.nowMs() + 1_000);
  await time.run(60_000);
  expect(ran).toEqual([1_000, 6_000, 16_000]);
});

it("a job is given up after eleven attempts", async () => {
  const { time, queue, ran } = open(100);
  await queue.enqueue("job", time.nowMs());
  await time.run(100 * 60_000);
  expect(ran).toHaveLength(11);
});

it("at most 256 jobs wait, and none runs after the stop", async () => {
  const { time, queue, ran } = open(0);
  for (let job = 0; job < 300; job++) await queue.enqueue("job", time.nowMs() + 1_000);
  await time.run(2_000);
  expect(ran).toHaveLength(256);
  await queue.enqueue("job", time.nowMs() + 1_000);
  queue.stop();
  await time.run(2_000);
  expect(ran).toHaveLength(256);
});
