import { type Log, LruMap } from "@trellis/base";

const WARNINGS_MAX = 1_000;

/** Failed slots are retried on every call; repeated warnings are dropped. */
export function warnOnce(log: Pick<Log, "warn">): Pick<Log, "warn"> {
  const told = new LruMap<string, true>(WARNINGS_MAX);
  return {
    warn(event, facts = {}) {
      const text = JSON.stringify([event, facts]);
      if (told.get(text)) return;
      told.set(text, true);
      log.warn(event, facts);
    },
  };
}
