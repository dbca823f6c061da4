import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { CountingMetrics } from "../peers/testing/TestPeers.ts";
import { METRICS_MS } from "../sync/limits.ts";
import { measureTraffic } from "./measureTraffic.ts";

it("adds up bytes by direction from 0, until it is stopped", async () => {
  const scheduler = new VirtualTime(0);
  const metrics = new CountingMetrics();
  let traffic = { bytesIn: 0, bytesOut: 0 };
  const stop = measureTraffic({ totalTraffic: () => traffic }, { metrics, scheduler });
  const counted = () =>
    ["received", "sent"].map((to) => metrics.values.get(`trellis_network_bytes_total ${to}`));
  expect(counted()).toEqual([0, 0]);
  traffic = { bytesIn: 10, bytesOut: 3 };
  await scheduler.run(METRICS_MS);
  expect(counted()).toEqual([10, 3]);
  traffic = { bytesIn: 15, bytesOut: 3 };
  await scheduler.run(METRICS_MS);
  expect(counted()).toEqual([15, 3]);
  stop();
  traffic = { bytesIn: 99, bytesOut: 99 };
  await scheduler.run(METRICS_MS);
  expect(counted()).toEqual([15, 3]);
});

it("a transport without counters has no series", () => {
  const metrics = new CountingMetrics();
  measureTraffic({}, { metrics, scheduler: new VirtualTime(0) })();
  expect(metrics.values.size).toBe(0);
});
