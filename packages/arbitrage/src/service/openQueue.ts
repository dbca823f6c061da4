import { openRedis } from "@trellis/platform/cache";
import type { Database } from "@trellis/platform/db";
import { readSecret } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createMemoryQueue, openDatabaseQueue, openRedisQueue, type TradeQueue } from "../queue/index.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

/** Longer than a simulation, shorter than most block times. */
const LEASE_MS = 5_000;

/**
 * Uses Redis if configured, else PostgreSQL, else memory.
 * @param wallet chain and address
 * @throws CACHE_UNAVAILABLE, and the errors of readSecret
 */
export async function openQueue(
  database: Database,
  { queueFrom }: Pick<ArbitrageServiceSettings, "queueFrom">,
  wallet: string,
  io: ServiceIo,
): Promise<TradeQueue> {
  const options = { worker: Buffer.from(systemRandom.bytes(8)).toString("hex"), leaseMs: LEASE_MS };
  if (queueFrom === "")
    return database.kind === "postgres"
      ? openDatabaseQueue(database, wallet, options, systemClock)
      : createMemoryQueue(options, systemClock);
  const url = (await readSecret(queueFrom, "Address of the Redis server", io)).trim();
  const redis = await io.lifecycle.start(
    "queue",
    () => openRedis({ url, prefix: "trellis/arbitrage/" }, { log: io.log.child("redis") }),
    (shared) => shared.close(),
  );
  return openRedisQueue(redis, wallet, options);
}
