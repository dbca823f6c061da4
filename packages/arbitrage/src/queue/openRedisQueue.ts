import { type Hex, LruMap } from "@trellis/base";
import type { SharedRedis } from "@trellis/platform/cache";
import { z } from "zod";
import type { QueueTerms, TradeJob, TradeQueue } from "./TradeQueue.ts";

const GROUP = "workers";
const FIELD = "job";
/** How long a job's id is known after it was offered: longer than any chain needs for the blocks it can be behind. */
const KNOWN_MS = 3_600_000;
/** Entries that are looked at for workers that are gone. */
const PENDING_MAX = 100;
const PASSED_MAX = 10_000;
/** What was given back is free at once: idle longer than any lease. */
const FREE_MS = 86_400_000;

/** An id that was not offered before, and its entry: both or none. */
const OFFER = `if redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', '10000', '*', '${FIELD}', ARGV[2])
end`;
/** An entry is finished by who has it. */
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
 * Jobs in a Redis stream, for workers of many processes, in the order of their offering. Leases go by the server's
 * time. Throws CACHE_UNAVAILABLE while the server is gone.
 * @param chain and wallet
 */
export async function openRedisQueue(
  redis: SharedRedis,
  chain: string,
  { worker, leaseMs }: QueueTerms,
): Promise<TradeQueue> {
  const stream = redis.nameOf(`arbitrage/${chain}/jobs`);
  const passed = new LruMap<string, true>(PASSED_MAX);
  const makeGroup = () =>
    redis.ask(async (server) => {
      try {
        await server.xgroup("CREATE", stream, GROUP, "0", "MKSTREAM");
      } catch (error) {
        // Another worker made it.
        if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
      }
    });
  await makeGroup();

  /** What the group is asked, also of a server that lost its data, and the group with them. */
  const ask: SharedRedis["ask"] = async (command) => {
    try {
      return await redis.ask(command);
    } catch (error) {
      if (!isGroupMissing(error)) throw error;
      await makeGroup();
      return redis.ask(command);
    }
  };

  function finishEntry(id: string): Promise<boolean> {
    return ask(async (server) => (await server.eval(FINISH, 1, stream, id, worker)) === 1);
  }

  /** Entries of workers that have not finished them in time, and those that were given back. */
  async function takeAbandoned(): Promise<Entry | undefined> {
    const pending = (await ask((server) =>
      server.xpending(stream, GROUP, "IDLE", leaseMs, "-", "+", PENDING_MAX),
    )) as readonly (readonly [string, ...unknown[]])[];
    for (const [id] of pending) {
      if (passed.has(id)) continue;
      const [entry] = (await ask((server) =>
        server.xclaim(stream, GROUP, worker, leaseMs, id),
      )) as readonly (Entry | null)[];
      if (entry != null) return entry;
    }
    return undefined;
  }

  async function takeNew(): Promise<Entry | undefined> {
    const read = (await ask((server) =>
      server.xreadgroup("GROUP", GROUP, worker, "COUNT", 1, "STREAMS", stream, ">"),
    )) as readonly (readonly [string, readonly Entry[]])[] | null;
    return read?.[0]?.[1][0];
  }

  return {
    async offer(jobs) {
      for (const offered of jobs) {
        const known = redis.nameOf(`arbitrage/${chain}/job/${offered.id}`);
        await redis.ask((server) => server.eval(OFFER, 2, stream, known, KNOWN_MS, writeJob(offered)));
      }
    },
    async claim(height) {
      for (;;) {
        const [id, fields] = (await takeAbandoned()) ?? (await takeNew()) ?? [];
        if (id === undefined || fields === undefined) return undefined;
        const read = readJob(fields);
        if (read !== undefined && read.lastBlock > height) return { job: read, token: id };
        await finishEntry(id);
      }
    },
    finish: ({ token }) => finishEntry(token),
    async pass({ token }) {
      passed.set(token, true);
      await ask((server) => server.xclaim(stream, GROUP, worker, 0, token, "IDLE", FREE_MS, "JUSTID"));
    },
  };
}

function isGroupMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  // Of a script the server puts its own words before it.
  return cause instanceof Error && cause.message.includes("NOGROUP");
}

function writeJob(offered: TradeJob): string {
  return JSON.stringify({ ...offered, block: onlyReference(offered), worthWei: String(offered.worthWei) });
}

function onlyReference({ block: { height, hash } }: TradeJob): TradeJob["block"] {
  return { height, hash };
}

/** Undefined for what no worker wrote. */
function readJob(fields: readonly string[]): TradeJob | undefined {
  try {
    return job.parse(JSON.parse(fields[fields.indexOf(FIELD) + 1] ?? ""));
  } catch {
    return undefined;
  }
}
