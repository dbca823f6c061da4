import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { authorizedClient, snapshotNumber, writeResult } from "./client.ts";
import type { ServiceClient } from "./ServiceClient.ts";

interface SnapshotAnswer {
  readonly record: {
    readonly number: number;
    readonly snapshotId: string;
    readonly totals: readonly {
      readonly asset: string;
      readonly decimals: number;
      readonly amount: string;
    }[];
  };
  readonly logIndex: number | null;
}

/** What an auditor reads of a snapshot: its record, where it is public, open incidents. JSON, or CSV of the totals. */
export async function report(settings: ReservesSettings, io: VerbIo): Promise<void> {
  const client = await authorizedClient(settings, io);
  const number = await snapshotNumber(settings, client);
  const snapshot = await client.get<SnapshotAnswer>(`/v1/snapshots/${number}`);
  if (settings.csv) return writeResult(csvOf(snapshot), settings, io);
  const document = {
    ...(await client.get<object>("/.well-known/trellis-reserves.json")),
    snapshot,
    logHead: await client.get("/v1/log/head"),
    openIncidents: await allOf(client, "/v1/incidents?state=open"),
  };
  writeResult(`${JSON.stringify(document, undefined, 2)}\n`, settings, io);
}

async function allOf(client: ServiceClient, path: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let cursor = ""; ; ) {
    const page = await client.get<{ items: unknown[]; next: string | null }>(
      `${path}&limit=200${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    items.push(...page.items);
    if (page.next === null || page.next === undefined) return items;
    cursor = page.next;
  }
}

/** Symbols of assets hold nothing that CSV quotes. */
function csvOf({ record: { number, snapshotId, totals } }: SnapshotAnswer): string {
  const rows = totals.map(({ asset, decimals, amount }) =>
    [number, snapshotId, asset, decimals, amount].join(),
  );
  return `${["snapshot,snapshotId,asset,decimals,liabilities", ...rows].join("\n")}\n`;
}
