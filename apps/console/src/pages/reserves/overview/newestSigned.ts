import { useQuery } from "@tanstack/react-query";
import type { ItemOf } from "@trellis/client/reserves";
import { client } from "../service/client.ts";
import { RESERVES } from "../service/useReserves.ts";

type Snapshot = ItemOf<"listSnapshots">;

export function useNewestSigned(everyMs: number) {
  return useQuery({
    queryKey: [RESERVES, "listSnapshots", "newest signed"],
    queryFn: ({ signal }) => readNewestSigned(signal),
    refetchInterval: everyMs,
    retry: false,
  });
}

/** Relies on the list's order, newest first. */
export async function readNewestSigned(signal?: AbortSignal): Promise<Snapshot | null> {
  for await (const snapshot of client.pages("listSnapshots", {}, signal)) {
    if (snapshot.state === "signed") return snapshot;
  }
  return null;
}
