import type { Log } from "@trellis/base";
import type { ChainEvent } from "@trellis/protocol";

export class EventStream {
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(events: readonly ChainEvent[]): void {
    for (const event of events) {
      for (const listener of this.#listeners) {
        try {
          listener(event);
        } catch (error) {
          this.#log.error("listener.failed", { event: event.kind, error: error as Error });
        }
      }
    }
  }
}
