import type { Clock } from "@trellis/base";
import { createHealth, type Health, type HealthCheck, type Warning } from "@trellis/platform/http";
import type { Lifecycle } from "@trellis/platform/lifecycle";
import type { Fork } from "./fork/openFork.ts";
import { type CheckedNode, nodeChecks } from "./nodeChecks.ts";

export interface WatchedNode extends CheckedNode {
  /** Of the other followed shards, by shard. */
  readonly shards?: ReadonlyMap<number, HealthCheck>;
  readonly fork?: Pick<Fork, "problem"> | undefined;
}

export function createNodeHealth(
  node: WatchedNode,
  { lifecycle, clock }: { readonly lifecycle: Pick<Lifecycle, "state">; readonly clock: Clock },
): Health {
  const { fork, shards = new Map() } = node;
  const health = createHealth(lifecycle);
  for (const [part, check] of nodeChecks(node, clock)) health.addCheck(part, check);
  for (const [shard, check] of shards) health.addCheck(`shard ${shard}`, check);
  if (fork !== undefined) health.addCheck("fork", () => warningOf(fork.problem()));
  return health;
}

/** Cached values are served nevertheless, also after a restart. [DEV-7] */
function warningOf(problem: string | undefined): Warning | undefined {
  return problem === undefined ? undefined : { warning: problem };
}
