import { createHash } from "node:crypto";
import type { WindowCounters } from "../auth/rateLimit.ts";
import type { SharedRedis } from "./openRedis.ts";

export function createRedisWindowCounters(redis: SharedRedis): WindowCounters {
  return {
    async add(key, window, amount, windowMs) {
      // Clients choose the key, so it is hashed.
      const name = redis.nameOf(createHash("sha256").update(key).digest("base64url"));
      const current = `${name}:${window}`;
      const answers = await redis.ask((client) =>
        client
          .multi()
          .incrby(current, amount)
          .pexpire(current, 2 * windowMs)
          .get(`${name}:${window - 1}`)
          .exec(),
      );
      return { current: Number(answers?.[0]?.[1] ?? 0), previous: Number(answers?.[2]?.[1] ?? 0) };
    },
  };
}
