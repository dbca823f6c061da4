import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { silentMetrics } from "@trellis/base";
import { createRpcChainClient, openRpcEndpoint } from "@trellis/client";
import { ServiceClient } from "@trellis/reserves/service/client";
import { prepareChain } from "./prepareChain.ts";
import { seedCustodian } from "./seedCustodian.ts";

export interface SeedData {
  readonly url: string;
  readonly adminKey: string;
  readonly rpc: string;
  readonly chainId: number;
}

export type SeedMessage = { readonly kind: "done" } | { readonly kind: "failed"; readonly reason: string };

const PAUSE_MS = 3_000;

async function seed({ url, adminKey, rpc, chainId }: SeedData): Promise<void> {
  const { signal } = new AbortController();
  const endpoint = openRpcEndpoint({ name: "devnet", url: rpc }, { metrics: silentMetrics });
  for (;;) {
    try {
      await prepareChain(chainId, createRpcChainClient("devnet", chainId, endpoint), signal);
      await seedCustodian(new ServiceClient(url, adminKey), chainId, signal);
      return say({ kind: "done" });
    } catch (error) {
      say({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
      await delay(PAUSE_MS);
    }
  }
}

function say(message: SeedMessage): void {
  parentPort?.postMessage(message);
}

// Threads do not inherit this setting.
process.report.excludeEnv = true;
await seed(workerData as SeedData);
