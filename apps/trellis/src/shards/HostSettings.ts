import { SerialQueue } from "@trellis/base";
import type { LiveSettings, Prepare, ReloadWhen } from "@trellis/platform/config";

/** Settings that change while a shard's thread runs. The main thread has validated them. */
export class HostSettings<T> implements Pick<LiveSettings<T>, "onReload"> {
  readonly #prepares = new Map<Prepare<T>, ReloadWhen>();
  readonly #queue = new SerialQueue();

  onReload(prepare: Prepare<T>, when: ReloadWhen = "changed"): () => void {
    this.#prepares.set(prepare, when);
    return () => void this.#prepares.delete(prepare);
  }

  /** @param isSignal an operator asks: keys are read again */
  reload(settings: T, isSignal: boolean): Promise<void> {
    return this.#queue.run(async () => {
      for (const [prepare, when] of this.#prepares)
        if (when !== "signal" || isSignal) (await prepare(settings))();
    });
  }
}
