import { type Metrics, silentMetrics } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { startTestNode, TEST_WIRE } from "./testing/TestNode.ts";
import { TestInternet } from "./testing/TestTransport.ts";
import { mineMany, TEST_START_MS } from "./testing/testChain.ts";

it("metrics report how far behind the node is, its current step, and its completion", async () => {
  const trunk = await mineMany(100);
  const internet = new TestInternet(new VirtualTime(TEST_START_MS));
  const full = await startTestNode(internet, "full", { blocks: trunk });
  full.transport.override = async (_from, protocol, _request, answer) => {
    if (protocol === TEST_WIRE.protocols.bodies.id) await internet.time.wait(8_000);
    return answer();
  };
  const values = new Map<string, number>();
  const metrics: Metrics = {
    ...silentMetrics,
    gauge: ({ name }) => ({
      set: (value, labels) => void values.set([name, ...Object.values(labels ?? {})].join(" "), value),
    }),
  };
  const node = await startTestNode(internet, "node", { ports: { metrics } });
  expect(values.get("trellis_sync_peers")).toBe(0);
  await node.connectTo(full);
  await internet.time.run(6_000);
  expect(values.get("trellis_sync_blocks_behind")).toBe(100);
  expect(values.get("trellis_sync_phase blocks")).toBe(1);
  expect(values.get("trellis_sync_phase headers")).toBe(0);
  expect(values.get("trellis_sync_blocks_waiting")).toBe(100);
  expect(values.get("trellis_sync_body_requests")).toBeGreaterThan(0);
  expect(values.get("trellis_sync_peers")).toBe(1);
  await internet.time.run(60_000);
  expect(values.get("trellis_sync_blocks_behind")).toBe(0);
  expect(values.get("trellis_sync_phase blocks")).toBe(0);
  expect(values.get("trellis_sync_orphans")).toBe(0);
});
