import type { ProcessIo } from "@trellis/platform/service";
import { ServiceClient } from "@trellis/reserves/service/client";
import { trellisErrors } from "../../errors.ts";
import { writeResultFile } from "./resultFile.ts";
import type { ReservesSettings } from "./settings.ts";

export function publicClient({ url }: ReservesSettings): ServiceClient {
  return new ServiceClient(url, undefined);
}

export async function snapshotNumber(
  { snapshot }: Pick<ReservesSettings, "snapshot">,
  client: ServiceClient,
): Promise<number> {
  if (snapshot !== 0) return snapshot;
  const { items } = await client.get<{ items: { number: number; state: string }[] }>("/v1/snapshots?limit=2");
  const newest = items.find(({ state }) => state === "signed");
  if (newest === undefined)
    throw trellisErrors.INPUT_INVALID({
      reason: "no signed snapshot",
      expected: "a snapshot: `trellis reserves snapshot` takes one",
    });
  return newest.number;
}

export async function writeResult(
  result: string | Uint8Array,
  { out, json }: Pick<ReservesSettings, "out" | "json">,
  io: ProcessIo,
): Promise<void> {
  if (out === "") return void io.stdout.write(result);
  print({ file: out, bytes: await writeResultFile(out, result) }, { json }, io);
}

export function print(
  facts: Readonly<Record<string, unknown>>,
  { json }: Pick<ReservesSettings, "json">,
  io: ProcessIo,
): void {
  if (json) return void io.stdout.write(`${JSON.stringify(facts)}\n`);
  const width = Math.max(...Object.keys(facts).map((name) => name.length)) + 2;
  for (const [name, value] of Object.entries(facts)) {
    const rows = Array.isArray(value) ? value : [value];
    if (rows.length === 0) rows.push("none");
    for (const [index, row] of rows.entries())
      io.stdout.write(`${(index === 0 ? name : "").padEnd(width)}${rowText(row)}\n`);
  }
}

function rowText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const cells = Object.entries(value).map(([name, cell]) => {
    const isFlat = typeof cell !== "object" || cell === null;
    return `${name} ${isFlat ? cell : JSON.stringify(cell)}`;
  });
  return cells.join(", ");
}

export async function allOf<T = unknown>(client: ServiceClient, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor = ""; ; ) {
    const next = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await client.get<{ items: T[]; next: string | null }>(`${path}${next}`);
    items.push(...page.items);
    if (page.next === null || page.next === undefined) return items;
    cursor = page.next;
  }
}
