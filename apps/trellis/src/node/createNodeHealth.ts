import type { Clock } from "@trellis/base";
import type { Chain } from "@trellis/chain";
import type { IndexView } from "@trellis/indexer";
import type { Network } from "@trellis/network";
import { createHealth, type Health, type Warning } from "@trellis/platform/http";
import type { Lifecycle } from "@trellis/platform/lifecycle";
import { blockRate, type ChainView, type NetworkParameters } from "@trellis/protocol";
import type { Fork } from "./fork/openFork.ts";
import { judgeFinality, judgeHead, judgeValidator, type ReadinessFacts } from "./judgeReadiness.ts";

export interface WatchedNode {
  readonly chain: {
    readonly failure: Chain["failure"];
    readonly finality: Pick<Chain["finality"], "status">;
    readonly view: Pick<ChainView, "head" | "hashByNumber" | "parameters">;
  };
  readonly network: Pick<Network, "syncing" | "isolation" | "claims"> | undefined;
  readonly index: Pick<IndexView, "status"> | undefined;
  /** Why the chain of another shard has stopped. */
  readonly shards?: (() => string | undefined) | undefined;
  readonly fork?: Pick<Fork, "problem"> | undefined;
}

/** Mean block intervals without a block, of which chance makes none. */
const STALE_INTERVALS = 100;
const STALE_MS_MIN = 60_000;

export function createNodeHealth(
  node: WatchedNode,
  { lifecycle, clock }: { readonly lifecycle: Pick<Lifecycle, "state">; readonly clock: Clock },
): Health {
  const { chain, network, index, fork, shards } = node;
  const health = createHealth(lifecycle);
  const staleMs = staleMsOf(chain.view.parameters);
  const facts = (): ReadinessFacts => ({
    nowMs: clock.nowMs(),
    head: chain.view.head().header,
    staleMs,
    finality: chain.finality.status(),
    claims: network?.claims() ?? [],
    hashByNumber: (number) => chain.view.hashByNumber(number),
  });
  health.addCheck("chain", () => chain.failure()?.message);
  health.addCheck("head", () => judgeHead(facts()));
  health.addCheck("finality", () => judgeFinality(facts()));
  health.addCheck("validator", () => judgeValidator(facts()));
  if (network !== undefined) {
    health.addCheck("sync", () => behind(network));
    health.addCheck("peers", () => network.isolation());
  }
  if (shards !== undefined) health.addCheck("shards", shards);
  if (index !== undefined) health.addCheck("index", () => stopped(index));
  if (fork !== undefined) health.addCheck("fork", () => warningOf(fork.problem()));
  return health;
}

/** Cached values are served nevertheless, also after a restart. [DEV-7] */
function warningOf(problem: string | undefined): Warning | undefined {
  return problem === undefined ? undefined : { warning: problem };
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
