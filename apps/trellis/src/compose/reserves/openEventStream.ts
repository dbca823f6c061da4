import type { Log } from "@trellis/base";
import type { Events } from "@trellis/platform/events";
import type { EventStream } from "@trellis/platform/http";

export interface ServiceEventStream extends EventStream {
  close(): Promise<void>;
}

/** The stored events as the API streams them. One follower wakes all who watch. */
export async function openEventStream(
  events: Events,
  { log }: { readonly log: Log },
): Promise<ServiceEventStream> {
  const listeners = new Set<() => void>();
  const aborter = new AbortController();
  const following = follow(await events.newest());

  async function follow(after: bigint): Promise<void> {
    try {
      for await (const _ of events.follow(after, aborter.signal))
        for (const listener of listeners) listener();
    } catch (error) {
      if (!aborter.signal.aborted) log.error("events are not followed any more", { reason: String(error) });
    }
  }

  return {
    position: async () => Number(await events.newest()),
    async oldest() {
      const [first] = await events.read(0n, 1);
      return Number(first?.sequence ?? (await events.newest()) + 1n);
    },
    async read(after, limit) {
      return (await events.read(BigInt(after), limit)).map(({ sequence, kind, data, timeMs }) => ({
        position: Number(sequence),
        type: kind,
        timeMs,
        data,
      }));
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      aborter.abort();
      await following;
    },
  };
}
