import { type Log, LruMap } from "@trellis/base";

/** What was told longest ago may be told again. */
const WARNINGS_MAX = 1_000;

/** Warns of the same once: slots are looked at again and again, and mostly fail as they did before. */
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
