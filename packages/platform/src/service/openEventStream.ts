import { isTrellisError } from "@trellis/base";
import type { Events, StoredEvent } from "../events/index.ts";
import type { EventStream, StreamedEvent } from "../http/index.ts";
import { type FollowingPorts, keepFollowing } from "./keepFollowing.ts";

export interface ServiceEventStream extends EventStream {
  close(): Promise<void>;
}

/** Events that stay in memory for those who are not at the newest one yet. */
const KEPT_MAX = 2_048;

/**
 * The stored events as the API streams them. One follower reads them, and wakes all who watch, who are given what it
 * read: only who is far behind reads for themselves.
 */
export function openEventStream(
  events: Pick<Events, "newest" | "read" | "follow">,
  ports: FollowingPorts,
): ServiceEventStream {
  const listeners = new Set<() => void>();
  /** The position up to which the follower has read; undefined before it begins. */
  let head: bigint | undefined;
  /** The newest of what it read, without gaps. */
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
        // Of what came before it nobody may have been told.
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
        // Not those that were read: it begins again.
        if (isTrellisError(error, "EVENT_SEQUENCE_UNKNOWN")) head = undefined;
        throw error;
      }
    },
    ports,
  );

  return {
    position: async () => Number(await events.newest()),
    async oldest() {
      // Before the look: what is published between the two is found by it.
      const newest = await events.newest();
      const [first] = await events.read(0n, 1);
      return Number(first?.sequence ?? newest + 1n);
    },
    async read(after, limit) {
      // Behind the follower's head the database is asked, as before what is kept.
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

/** Of events about one customer, whose they are. */
function ownerOf(data: unknown): { readonly customerId?: string } {
  const { customerId } = data as { readonly customerId?: unknown };
  return typeof customerId === "string" ? { customerId } : {};
}
