import { useQuery } from "@tanstack/react-query";
import type { Hex } from "viem";
import { client } from "../service/client.ts";
import { RESERVES } from "../service/useReserves.ts";

export interface PublishedRecord {
  readonly number: number;
  readonly timeMs: number;
  readonly snapshotId: string;
  readonly recordHash: Hex;
  readonly anchor: { readonly chainId: number; readonly transactionHash: string } | null;
}

const RECORDS_MAX = 12;
const NONE: readonly PublishedRecord[] = [];

/** Newest first. Empty if the service is unavailable. */
export function usePublishedRecords(): readonly PublishedRecord[] {
  const { data = NONE } = useQuery({
    queryKey: [RESERVES, "listSnapshots", "records"],
    queryFn: readRecords,
    retry: 1,
  });
  return data;
}

async function readRecords(): Promise<readonly PublishedRecord[]> {
  const { items } = await client.call("listSnapshots", { limit: RECORDS_MAX });
  const signed = items.filter(({ state }) => state === "signed");
  return Promise.all(
    signed.map(async ({ number }) => {
      const { record, anchor } = await client.call("getSnapshot", { snapshot: number });
      const { timeMs, snapshotId, rootRecordHash } = record;
      return { number, timeMs, snapshotId, recordHash: rootRecordHash as Hex, anchor };
    }),
  );
}
