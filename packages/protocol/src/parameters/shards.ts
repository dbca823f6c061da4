import { ANCHORED_HEADER_VERSION, HEADER_VERSION } from "../block/limits.ts";
import { protocolErrors } from "../errors.ts";
import type { NetworkParameters } from "./NetworkParameters.ts";
import { validateParameters } from "./validateParameters.ts";

const QUEUE_MAX = 1_024;
/** A week: a shard that stops for days loses no message. */
const LIFETIME_SECONDS = 7 * 86_400;

export function shardCount({ shards }: Pick<NetworkParameters, "shards">): number {
  return 1 + (shards?.others.length ?? 0);
}

/** Parameters of one shard's chain, and, in shard 0, the other chains. [SHARD-1] @throws PARAMETERS_INVALID */
export function parametersOfShard<T extends NetworkParameters>(network: T, shard: number): Omit<T, "shards"> {
  const { shards, ...first } = network;
  const chain = shard === 0 ? first : shards?.others[shard - 1];
  if (chain === undefined) {
    throw protocolErrors.PARAMETERS_INVALID({
      field: "shard",
      got: shard,
      expected: `0 to ${shardCount(network) - 1}`,
    });
  }
  if (shards === undefined) return { ...first, ...chain };
  const sharding = { count: shardCount(network), queueMax: shards.queueMax };
  return { ...first, ...chain, sharding: shard === 0 ? { ...sharding, others: shards.others } : sharding };
}

/** [SHARD-14] */
export function headerVersion({ sharding }: Pick<NetworkParameters, "sharding">): number {
  return sharding === undefined ? HEADER_VERSION : ANCHORED_HEADER_VERSION;
}

/**
 * A development network of `count` shards with the same genesis accounts. Shard n adds n, in six decimal digits, to
 * the chain id of shard 0: 31337 and 31337000001. [SHARD-1]
 */
export function withShards(network: NetworkParameters, count: number): NetworkParameters {
  if (count === 1) return network;
  const { chainId, genesis } = network;
  const others = Array.from({ length: count - 1 }, (_, index) => ({
    chainId: chainId * 1_000_000n + BigInt(index + 1),
    genesis,
  }));
  return validateParameters({
    ...network,
    shards: { others, queueMax: QUEUE_MAX, lifetimeSeconds: LIFETIME_SECONDS },
  });
}
