import { silentLog, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { dbErrors } from "../db/index.ts";
import { keepFollowing } from "./keepFollowing.ts";

function figure() {
  let value: number | undefined;
  const set = (now: number): void => {
    value = now;
  };
  const metrics = { ...silentMetrics, gauge: () => ({ set }) };
  return { metrics, now: () => value };
}

it("a failed follower restarts after a pause, with a metric and one log line", async () => {
  const time = new VirtualTime();
  const logged: string[] = [];
  const log = {
    ...silentLog,
    error: (message: string) => void logged.push(message),
    info: (message: string) => void logged.push(message),
  };
  let begunCount = 0;
  let isDown = true;
  const { metrics, now } = figure();
  const following = keepFollowing(
    "relay",
    async (signal, markHealthy) => {
      begunCount += 1;
      if (isDown) throw dbErrors.DB_CONNECTION_LOST();
      markHealthy();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      signal.throwIfAborted();
    },
    { scheduler: time, log, metrics },
  );
  await time.run(0);
  expect(now()).toBe(0);
  await time.run(60_000);
  expect(begunCount).toBeGreaterThan(5);
  expect(logged).toHaveLength(1);
  isDown = false;
  await time.run(60_000);
  expect(now()).toBe(1);
  await following.stop();
  expect(logged).toHaveLength(2);
});

it("a follower stopped during its pause does not restart", async () => {
  const time = new VirtualTime();
  let begunCount = 0;
  const following = keepFollowing(
    "relay",
    async () => {
      begunCount += 1;
      throw new RangeError("away");
    },
    { scheduler: time, log: silentLog, metrics: silentMetrics },
  );
  await time.run(0);
  expect(begunCount).toBe(1);
  await following.stop();
  await time.run(60_000);
  expect(begunCount).toBe(1);
});
