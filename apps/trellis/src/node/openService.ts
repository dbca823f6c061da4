import type { Guard } from "@trellis/platform/guard";
import { openServicePort, type ServicePort } from "@trellis/platform/http";
import { doorOf, type RuntimeControl, type ServiceCosts, type ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import type { ListenerTls } from "@trellis/platform/tls";
import { addConsole, type ConsolePart, type ReachedRpc } from "../console/addConsole.ts";
import type { DevelopmentRole, DevelopmentSignIn } from "../console/addDevelopmentSignIn.ts";
import { forwardTo } from "../console/forwardTo.ts";
import { addNodeOperations } from "./addNodeOperations.ts";
import { createNodeHealth, type WatchedNode } from "./createNodeHealth.ts";

interface DemoView {
  readonly parts: readonly ConsolePart[];
  readonly url: () => string | undefined;
  readonly arbitrageUrl: () => string | undefined;
  readonly failure: () => string | undefined;
  readonly keyOf: (as: DevelopmentRole) => string | undefined;
}

export const ARBITRAGE_PATH = "/arbitrage";
/** Prefix of the demo's metrics. The node's own are at /metrics. */
const DEMO_PATH = "/demo";
const DEMO_PATHS = ["/v1/", "/.well-known/trellis-reserves.json"];

interface ServiceSettings {
  readonly host: string;
  readonly port: number;
  /** If true, admits everyone. Only for local ports. */
  readonly isOpen: boolean;
  readonly guard: Guard;
  readonly cost: ServiceCosts;
  readonly trustedProxies?: readonly string[];
  readonly tls?: ListenerTls | undefined;
  readonly runtimeSettings?: RuntimeControl | undefined;
}

interface ServedNode {
  readonly node: WatchedNode;
  readonly rpc: ReachedRpc;
  readonly demo?: DemoView | undefined;
}

export function openService(
  { host, port, isOpen, guard, cost, trustedProxies = [], tls, runtimeSettings }: ServiceSettings,
  { node, rpc, demo }: ServedNode,
  io: ServiceIo,
): Promise<ServicePort> {
  const { lifecycle, log, metrics } = io;
  const health = createNodeHealth(node, { lifecycle, clock: systemClock });
  if (demo !== undefined) health.addCheck("demo services", demo.failure);
  return lifecycle.start(
    "service port",
    () =>
      openServicePort(
        { host, port, hosts: rpc.hosts, trustedProxies },
        {
          log: log.child("http"),
          metrics,
          health,
          tracing: io.tracing,
          guard: doorOf(guard),
          tls,
          async addRoutes(server) {
            await addConsole(server, {
              ...(demo === undefined ? {} : { development: signInOf(demo) }),
              rpc: { ...rpc, tls },
              parts: [
                "chain",
                ...(runtimeSettings === undefined ? [] : ["settings" as const]),
                ...(demo?.parts ?? []),
              ],
            });
            await addNodeOperations(server, { health, isOpen, guard, cost, runtimeSettings }, io);
            if (demo === undefined) return;
            await forwardTo(server, { prefixes: DEMO_PATHS, target: demo.url });
            const arbitrage = { prefixes: [`${ARBITRAGE_PATH}/v1/`], strip: ARBITRAGE_PATH };
            await forwardTo(server, { ...arbitrage, target: demo.arbitrageUrl });
            // Either demo service can answer, because both share a metrics registry.
            const target = (): string | undefined => demo.url() ?? demo.arbitrageUrl();
            await forwardTo(server, { prefixes: [`${DEMO_PATH}/metrics`], strip: DEMO_PATH, target });
          },
        },
      ),
    (opened) => opened.close(),
  );
}

function signInOf({ parts, url, arbitrageUrl, keyOf }: DemoView): DevelopmentSignIn {
  return { url: parts.includes("reserves") ? url : arbitrageUrl, keyOf };
}
