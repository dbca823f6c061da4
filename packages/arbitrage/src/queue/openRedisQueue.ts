import { type Hex, LruMap } from "@trellis/base";
import type { SharedRedis } from "@trellis/platform/cache";
import { z } from "zod";
import type { Claim, QueueOptions, TradeJob, TradeQueue } from "./TradeQueue.ts";

const GROUP = "workers";
const FIELD = "job";
/** Longer than any worker may lag behind. */
const KNOWN_MS = 3_600_000;
const PENDING_MAX = 100;
const PASSED_MAX = 10_000;
/** Idle time that frees a passed job: longer than any lease. */
const FREE_MS = 86_400_000;

const OFFER = `if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', '10000', '*', '${FIELD}', ARGV[2])
end`;
/** Only the owner may finish. */
const FINISH = `local owned = redis.call('XPENDING', KEYS[1], '${GROUP}', ARGV[1], ARGV[1], 1)
if #owned == 0 or owned[1][2] ~= ARGV[2] then return 0 end
redis.call('XACK', KEYS[1], '${GROUP}', ARGV[1])
redis.call('XDEL', KEYS[1], ARGV[1])
return 1`;

const job = z.strictObject({
  id: z.string(),
  block: z.strictObject({ height: z.int(), hash: z.string().transform((text) => text as Hex) }),
  lastBlock: z.int(),
  worthWei: z
    .string()
    .regex(/^-?[0-9]+$/)
    .transform(BigInt),
});

type Entry = readonly [id: string, fields: readonly string[]];

/**
 * Claims in the order of offers; leases use the server's clock. Throws CACHE_UNAVAILABLE.
 * @param chain chain and wallet
 */
export async function openRedisQueue(
  redis: SharedRedis,
  chain: string,
  options: QueueOptions,
): Promise<TradeQueue> {
  const queue = new RedisQueue(redis, chain, options);
  await queue.createGroup();
  return queue;
}

class RedisQueue implements TradeQueue {
  readonly #redis: SharedRedis;
  readonly #chain: string;
  readonly #stream: string;
  readonly #options: QueueOptions;
  readonly #passed = new LruMap<string, true>(PASSED_MAX);

  constructor(redis: SharedRedis, chain: string, options: QueueOptions) {
    this.#redis = redis;
    this.#chain = chain;
    this.#stream = redis.nameOf(`arbitrage/${chain}/jobs`);
    this.#options = options;
  }

  createGroup(): Promise<void> {
    return this.#redis.ask(async (server) => {
      try {
        await server.xgroup("CREATE", this.#stream, GROUP, "0", "MKSTREAM");
      } catch (error) {
        // Another worker created the group.
        if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
      }
    });
  }

  async offer(jobs: readonly TradeJob[]): Promise<void> {
    for (const offered of jobs) {
      const known = this.#redis.nameOf(`arbitrage/${this.#chain}/job/${offered.id}`);
      await this.#redis.ask((server) =>
        server.eval(OFFER, 2, this.#stream, known, KNOWN_MS, writeJob(offered)),
      );
    }
  }

  async claim(height: number): Promise<Claim | undefined> {
    for (;;) {
      const [id, fields] = (await this.#claimAbandoned()) ?? (await this.#claimNew()) ?? [];
      if (id === undefined || fields === undefined) return undefined;
      const read = readJob(fields);
      if (read !== undefined && read.lastBlock > height) return { job: read, token: id };
      await this.finish({ token: id });
    }
  }

  finish({ token }: Pick<Claim, "token">): Promise<boolean> {
    const { worker } = this.#options;
    return this.#ask(async (server) => (await server.eval(FINISH, 1, this.#stream, token, worker)) === 1);
  }

  async pass({ token }: Claim): Promise<void> {
    this.#passed.set(token, true);
    const { worker } = this.#options;
    await this.#ask((server) =>
      server.xclaim(this.#stream, GROUP, worker, 0, token, "IDLE", FREE_MS, "JUSTID"),
    );
  }

  async #claimAbandoned(): Promise<Entry | undefined> {
    const { worker, leaseMs } = this.#options;
    const pending = (await this.#ask((server) =>
      server.xpending(this.#stream, GROUP, "IDLE", leaseMs, "-", "+", PENDING_MAX),
    )) as readonly (readonly [string, ...unknown[]])[];
    for (const [id] of pending) {
      if (this.#passed.has(id)) continue;
      const [entry] = (await this.#ask((server) =>
        server.xclaim(this.#stream, GROUP, worker, leaseMs, id),
      )) as readonly (Entry | null)[];
      if (entry != null) return entry;
    }
    return undefined;
  }

  async #claimNew(): Promise<Entry | undefined> {
    const read = (await this.#ask((server) =>
      server.xreadgroup("GROUP", GROUP, this.#options.worker, "COUNT", 1, "STREAMS", this.#stream, ">"),
    )) as readonly (readonly [string, readonly Entry[]])[] | null;
    return read?.[0]?.[1][0];
  }

  readonly #ask: SharedRedis["ask"] = async (command) => {
    try {
      return await this.#redis.ask(command);
    } catch (error) {
      if (!isGroupMissing(error)) throw error;
      await this.createGroup();
      return this.#redis.ask(command);
    }
  };
}

function isGroupMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message.includes("NOGROUP");
}

function writeJob(offered: TradeJob): string {
  return JSON.stringify({ ...offered, block: onlyReference(offered), worthWei: String(offered.worthWei) });
}

function onlyReference({ block: { height, hash } }: TradeJob): TradeJob["block"] {
  return { height, hash };
}

function readJob(fields: readonly string[]): TradeJob | undefined {
  try {
    return job.parse(JSON.parse(fields[fields.indexOf(FIELD) + 1] ?? ""));
  } catch {
    return undefined;
  }
}
