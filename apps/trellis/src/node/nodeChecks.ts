import type { Clock } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import type { IndexView } from "@trellis/indexer";
import type { Network } from "@trellis/network";
import type { HealthCheck } from "@trellis/platform/http";
import { blockRate, type ChainView, type NetworkParameters } from "@trellis/protocol";
import { judgeFinality, judgeHead, judgeValidator, type ReadinessFacts } from "./judgeReadiness.ts";

/** Of one shard. */
export interface CheckedNode {
  readonly chain: {
    readonly failure: Chain["failure"];
    readonly finality: Pick<Chain["finality"], "status">;
    readonly view: Pick<ChainView, "head" | "hashByNumber" | "parameters">;
  };
  readonly network: Pick<Network, "syncing" | "isolation" | "claims"> | undefined;
  readonly index: Pick<IndexView, "status"> | undefined;
}

/** Mean block intervals without a block, of which chance makes none. */
const STALE_INTERVALS = 100;
const STALE_MS_MIN = 60_000;

/** By part of the node. */
export function nodeChecks({ chain, network, index }: CheckedNode, clock: Clock): Map<string, HealthCheck> {
  const staleMs = staleMsOf(chain.view.parameters);
  const facts = (): ReadinessFacts => ({
    nowMs: clock.nowMs(),
    head: chain.view.head().header,
    staleMs,
    finality: chain.finality.status(),
    claims: network?.claims() ?? [],
    hashByNumber: (number) => chain.view.hashByNumber(number),
  });
  const checks = new Map<string, HealthCheck>([
    ["chain", () => chain.failure()?.message],
    ["head", () => judgeHead(facts())],
    ["finality", () => judgeFinality(facts())],
    ["validator", () => judgeValidator(facts())],
  ]);
  if (network !== undefined) {
    checks.set("sync", () => behind(network));
    checks.set("peers", () => network.isolation());
  }
  if (index !== undefined) checks.set("index", () => stopped(index));
  return checks;
}

function staleMsOf({ streams }: Pick<NetworkParameters, "streams">): number | undefined {
  if (streams.every(({ difficulty }) => difficulty === "fixed")) return undefined;
  return Math.max(STALE_MS_MIN, (STALE_INTERVALS * 1_000) / blockRate(streams));
}

function behind(network: Pick<Network, "syncing">): string | undefined {
  const progress = network.syncing();
  return progress && `at block ${progress.currentBlock} of ${progress.highestBlock}`;
}

/** Reports only failures: a lagging index catches up. */
function stopped(index: Pick<IndexView, "status">): string | undefined {
  const { failure, number } = index.status();
  return failure && `the index has stopped at block ${number}: ${failure}`;
}
