import type { Events } from "@trellis/platform/events";
import type { EventStream } from "@trellis/platform/http";
import { type FollowingPorts, keepFollowing } from "./keepFollowing.ts";

export interface ServiceEventStream extends EventStream {
  close(): Promise<void>;
}

/** The stored events as the API streams them. One follower wakes all who watch. */
export function openEventStream(
  events: Pick<Events, "newest" | "read" | "follow">,
  ports: FollowingPorts,
): ServiceEventStream {
  const listeners = new Set<() => void>();
  const wake = (): void => {
    for (const listener of listeners) listener();
  };
  const following = keepFollowing(
    "push",
    async (signal, goesOn) => {
      const newest = await events.newest();
      // Of what came before it nobody may have been told. Who watches reads by itself, also where this cannot.
      wake();
      for await (const page of events.follow(newest, signal)) {
        goesOn();
        if (page.length > 0) wake();
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
      return (await events.read(BigInt(after), limit)).map(({ sequence, kind, data, timeMs }) => ({
        position: Number(sequence),
        type: kind,
        timeMs,
        ...ownerOf(data),
        data,
      }));
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => following.stop(),
  };
}

/** Of events about one customer, whose they are. */
function ownerOf(data: unknown): { readonly customerId?: string } {
  const { customerId } = data as { readonly customerId?: unknown };
  return typeof customerId === "string" ? { customerId } : {};
}
