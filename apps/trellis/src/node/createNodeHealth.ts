import type { Chain } from "@trellis/chain";
import type { IndexView } from "@trellis/indexer";
import type { Network } from "@trellis/network";
import { createHealth, type Health } from "@trellis/platform/http";
import type { Lifecycle } from "@trellis/platform/lifecycle";
import type { FinalityStatus, ListeningFor } from "@trellis/protocol";

export interface WatchedNode {
  readonly chain: {
    readonly failure: Chain["failure"];
    readonly finality: Pick<Chain["finality"], "status">;
  };
  readonly network: Pick<Network, "syncing" | "isolation"> | undefined;
  readonly index: Pick<IndexView, "status"> | undefined;
}

export function createNodeHealth(
  { chain, network, index }: WatchedNode,
  lifecycle: Pick<Lifecycle, "state">,
): Health {
  const health = createHealth(lifecycle);
  health.addCheck("chain", () => chain.failure()?.message);
  health.addCheck("finality", () => withoutFinality(chain.finality.status()));
  health.addCheck("validator", () => withoutVote(chain.finality.status()));
  if (network !== undefined) {
    health.addCheck("sync", () => behind(network));
    health.addCheck("peers", () => network.isolation());
  }
  if (index !== undefined) health.addCheck("index", () => stopped(index));
  return health;
}

function withoutFinality({
  validators,
  isFinalizing,
  finalized,
  lagBlocks,
}: FinalityStatus): string | undefined {
  if (validators.length === 0 || isFinalizing) return undefined;
  return `validators have finalized nothing since checkpoint ${finalized.height}, ${lagBlocks} blocks behind`;
}

const WAITS_FOR: Readonly<Record<Exclude<ListeningFor, "time">, string>> = {
  others: "too few other validators are observed",
  block: "the block with the validator set is missing",
  certificates: "other validators are ahead",
  votes: "its vote log is empty, and no votes of the others are observed yet",
};

/** Returns why a validator of the current set does not sign. [FINAL-12] */
function withoutVote({ self, signing, listeningFor }: FinalityStatus): string | undefined {
  if (self === undefined || signing === undefined || signing === "signing") return undefined;
  if (listeningFor === undefined) return "the validator has stopped signing: another node is using its key";
  // Every start begins with this wait.
  if (listeningFor === "time") return undefined;
  return `the validator does not sign yet: ${WAITS_FOR[listeningFor]}`;
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
