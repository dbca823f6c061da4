import { type Log, type Metrics, SerialQueue } from "@trellis/base";
import type { Apply, ChangeCause, LiveSettings, Prepare, ReloadWhen } from "@trellis/platform/config";
import { platformMetrics } from "@trellis/platform/metrics";

interface HostSettingsPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Settings that change while a shard's thread runs. The main thread has loaded them. */
export class HostSettings<T> implements Pick<LiveSettings<T>, "onReload"> {
  readonly #prepares = new Map<Prepare<T>, ReloadWhen>();
  readonly #queue = new SerialQueue();
  readonly #log: Log;
  readonly #refused;

  constructor({ log, metrics }: HostSettingsPorts) {
    this.#log = log;
    this.#refused = metrics.gauge(platformMetrics.trellis_settings_refused);
    this.#refused.set(0);
  }

  onReload(prepare: Prepare<T>, when: ReloadWhen = "changed"): () => void {
    this.#prepares.set(prepare, when);
    return () => void this.#prepares.delete(prepare);
  }

  /** If any preparation throws, no setting changes, and the shard continues. */
  reload(settings: T, cause: ChangeCause): Promise<void> {
    return this.#queue.run(async () => {
      try {
        const applies: Apply[] = [];
        for (const [prepare, when] of this.#prepares)
          if (when !== "signal" || cause === "signal") applies.push(await prepare(settings, cause));
        for (const apply of applies) apply();
        this.#refused.set(0);
      } catch (error) {
        this.#refused.set(1);
        this.#log.error("settings.refused", {
          cause,
          error: error as Error,
          message: "The previous settings stay in effect.",
        });
      }
    });
  }
}
