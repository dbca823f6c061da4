import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeChainView } from "@trellis/kit/chainView";
import { SILENT } from "@trellis/kit/embedded";
import { UsageMeter } from "@trellis/platform/cost";
import { createLifecycle } from "@trellis/platform/lifecycle";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { createExampleCosts } from "@trellis/platform/testing";
import type { FinalityStatus } from "@trellis/protocol";
import { expect, it, onTestFinished } from "vitest";
import { openDevnetGuard } from "./openNodeGuard.ts";
import { openService } from "./openService.ts";

const WITHOUT_VALIDATORS = { validators: [], isFinalizing: true } as unknown as FinalityStatus;
const NODE = {
  chain: {
    failure: () => undefined,
    finality: { status: () => WITHOUT_VALIDATORS },
    view: new FakeChainView(),
  },
  network: undefined,
  index: undefined,
};
const COST = { meter: new UsageMeter(systemClock), costs: createExampleCosts("node") };

it("a devnet serves the metrics of its demo services, which run in another process", async () => {
  const demo = createServer(({ url }, response) => void response.end(`of the demo: ${url}`));
  await new Promise<void>((resolve) => demo.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void demo.close());
  const demoUrl = `http://127.0.0.1:${(demo.address() as AddressInfo).port}`;
  const lifecycle = createLifecycle({ log: SILENT.log });
  onTestFinished(() => lifecycle.stop("done"));
  const metrics = createPrometheusMetrics({ process: false });
  const view = {
    parts: ["arbitrage"] as const,
    url: () => undefined,
    arbitrageUrl: () => demoUrl,
    failure: () => undefined,
    keyOf: () => undefined,
  };
  const io = { ...SILENT, lifecycle, metrics } as unknown as ServiceIo;
  const service = await openService(
    { host: "127.0.0.1", port: 0, isOpen: true, guard: await openDevnetGuard(io), cost: COST },
    { node: NODE, rpc: { url: "http://127.0.0.1:1", hosts: ["localhost"] }, demo: view },
    io,
  );
  expect(await (await fetch(`${service.url}/demo/metrics`)).text()).toBe("of the demo: /metrics");
  expect((await fetch(`${service.url}/arbitrage/metrics`)).status).toBe(404);
});
