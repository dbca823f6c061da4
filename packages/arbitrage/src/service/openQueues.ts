import { openRedis } from "@trellis/platform/cache";
import type { Database } from "@trellis/platform/db";
import { readSecret } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createMemoryQueue, openDatabaseQueue, openRedisQueue, type TradeQueue } from "../queue/index.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

/** Longer than a simulation, shorter than most block times. */
const LEASE_MS = 5_000;

/** @param wallet chain and address */
type OpenQueue = (wallet: string) => Promise<TradeQueue>;

/**
 * Redis if configured, else PostgreSQL, else memory.
 * @throws CACHE_UNAVAILABLE, and errors of readSecret
 */
export async function openQueues(
  database: Database,
  { queueFrom }: Pick<ArbitrageServiceSettings, "queueFrom">,
  io: ServiceIo,
): Promise<OpenQueue> {
  const options = { worker: Buffer.from(systemRandom.bytes(8)).toString("hex"), leaseMs: LEASE_MS };
  if (queueFrom === "")
    return async (wallet) =>
      database.kind === "postgres"
        ? openDatabaseQueue(database, wallet, options, systemClock)
        : createMemoryQueue(options, systemClock);
  const url = (await readSecret(queueFrom, "Address of the Redis server", io)).trim();
  const redis = await io.lifecycle.start(
    "queue",
    () => openRedis({ url, prefix: "trellis/arbitrage/" }, { log: io.log.child("redis") }),
    (shared) => shared.close(),
  );
  return async (wallet) => openRedisQueue(redis, wallet, options);
}
