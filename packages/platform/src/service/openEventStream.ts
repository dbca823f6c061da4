import { isTrellisError } from "@trellis/base";
import type { Events, StoredEvent } from "../events/index.ts";
import type { EventStream, StreamedEvent } from "../http/index.ts";
import { type FollowingPorts, keepFollowing } from "./keepFollowing.ts";

export interface ServiceEventStream extends EventStream {
  close(): Promise<void>;
}

const KEPT_MAX = 2_048;

/** One follower serves all watchers, except those far behind. */
export function openEventStream(
  events: Pick<Events, "newest" | "read" | "follow">,
  ports: FollowingPorts,
): ServiceEventStream {
  const listeners = new Set<() => void>();
  let head: bigint | undefined;
  let kept: StreamedEvent[] = [];
  const wake = (): void => {
    for (const listener of listeners) listener();
  };
  const following = keepFollowing(
    "push",
    async (signal, markHealthy) => {
      if (head === undefined) {
        head = await events.newest();
        kept = [];
        wake();
      }
      try {
        for await (const page of events.follow(head, signal)) {
          markHealthy();
          const last = page.at(-1);
          if (last === undefined) continue;
          head = last.sequence;
          kept = [...kept, ...page.map(toStreamed)].slice(-KEPT_MAX);
          wake();
        }
      } catch (error) {
        // The database no longer has the event `head`.
        if (isTrellisError(error, "EVENT_SEQUENCE_UNKNOWN")) head = undefined;
        throw error;
      }
    },
    ports,
  );

  return {
    position: async () => Number(await events.newest()),
    async oldest() {
      // Read before `first`, because an event in between would be skipped.
      const newest = await events.newest();
      const [first] = await events.read(0n, 1);
      return Number(first?.sequence ?? newest + 1n);
    },
    async read(after, limit) {
      const start = head === undefined ? Number.NaN : Number(head) - kept.length;
      if (after >= start && after <= Number(head)) return kept.slice(after - start, after - start + limit);
      return (await events.read(BigInt(after), limit)).map(toStreamed);
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => following.stop(),
  };
}

function toStreamed({ sequence, kind, data, timeMs }: StoredEvent): StreamedEvent {
  return { position: Number(sequence), type: kind, timeMs, ...ownerOf(data), data };
}

function ownerOf(data: unknown): { readonly customerId?: string } {
  const { customerId } = data as { readonly customerId?: unknown };
  return typeof customerId === "string" ? { customerId } : {};
}
