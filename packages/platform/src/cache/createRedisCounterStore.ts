import { createHash } from "node:crypto";
import type { Guard } from "@trellis/resilience";
import type { CounterStore } from "../guard/SharedLimits.ts";
import type { SharedRedis } from "./openRedis.ts";

/** Processes silent for longer are considered stopped. */
const MEMBER_MS = 60_000;

/**
 * Divides the window into sixteen parts by the server's clock. Arguments: window in ms, process id, then cost
 * and limit (−1: none) of each key. Returns the number of processes; for each key, the total, whether the
 * cost was counted, and the wait in ms.
 */
const COUNT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[1])
local size = window / 16
local part = math.floor(now / size)
local members = KEYS[#KEYS]
redis.call('ZADD', members, now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', members, '-inf', now - ${MEMBER_MS})
redis.call('PEXPIRE', members, ${2 * MEMBER_MS})
local answer = { redis.call('ZCARD', members) }
for i = 1, #KEYS - 1 do
  local key = KEYS[i]
  local cost = tonumber(ARGV[1 + 2 * i])
  local limit = tonumber(ARGV[2 + 2 * i])
  local fields = redis.call('HGETALL', key)
  local used, parts, costs = 0, {}, {}
  for j = 1, #fields, 2 do
    local at = tonumber(fields[j])
    if at < part - 16 then redis.call('HDEL', key, fields[j])
    else
      used = used + tonumber(fields[j + 1])
      parts[#parts + 1] = at
      costs[at] = tonumber(fields[j + 1])
    end
  end
  local counted, wait = 1, 0
  if limit >= 0 and used + cost > limit then
    counted = 0
    table.sort(parts)
    local over = used + cost - limit
    for _, at in ipairs(parts) do
      over = over - costs[at]
      wait = (at + 17) * size - now
      if over <= 0 then break end
    end
  elseif cost ~= 0 then
    redis.call('HINCRBYFLOAT', key, part, cost)
    redis.call('PEXPIRE', key, math.ceil(size * 18))
    used = used + cost
  end
  answer[#answer + 1] = tostring(used)
  answer[#answer + 1] = counted
  answer[#answer + 1] = math.ceil(wait)
end
return answer`;

export function createRedisCounterStore(
  redis: SharedRedis,
  { processId, guard }: { readonly processId: string; readonly guard: Guard },
): CounterStore {
  // Keys are hashed, because clients choose them.
  const nameOf = (key: string): string => redis.nameOf(createHash("sha256").update(key).digest("base64url"));
  const members = redis.nameOf("processes");
  return {
    async count(entries, windowMs) {
      const names = [...entries.map(({ key }) => nameOf(key)), members];
      const counts = entries.flatMap(({ cost, limit = -1 }) => [cost, limit]);
      const [processes, ...rest] = (await guard.run(() =>
        redis.ask((client) => client.eval(COUNT, names.length, ...names, windowMs, processId, ...counts)),
      )) as [number, ...(number | string)[]];
      const totals = entries.map((_, index) => {
        const [used, isCounted, waitMs] = rest.slice(3 * index).map(Number);
        return { used: used!, isCounted: isCounted === 1, waitMs: waitMs! };
      });
      return { totals, processes };
    },
  };
}
