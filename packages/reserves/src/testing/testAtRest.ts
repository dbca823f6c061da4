import { SILENT } from "@trellis/kit/embedded";
import { type AtRest, openAtRest } from "@trellis/platform/atRest";
import type { Database } from "@trellis/platform/db";

export const MASTER_KEY = new Uint8Array(32).fill(7);

export function testAtRest(
  database: Database,
  masterKeys: readonly Uint8Array[] = [MASTER_KEY],
  schema = "test_at_rest",
): Promise<AtRest> {
  return openAtRest({ schema }, { database, masterKeys: () => masterKeys, random: SILENT.random });
}
