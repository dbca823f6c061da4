import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import { openDatabase } from "@trellis/platform/db";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { afterAll } from "vitest";
import { cachedFolder } from "./cachedFolder.ts";

export const SILENT = {
  log: silentLog,
  metrics: silentMetrics,
  clock: systemClock,
  scheduler: systemScheduler,
  random: systemRandom,
};

/** Call at the top of a test file. @returns URL of the database, which is removed after the tests */
export async function embeddedDatabase(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "trellis-pglite-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  await placeEmbeddedDatabase(directory);
  return `pglite:${directory}`;
}

/** Copies a prepared database, which takes a tenth of the creation time. */
export async function placeEmbeddedDatabase(directory: string): Promise<void> {
  const kept = await cachedFolder("@electric-sql/pglite", async (made) => {
    const database = openDatabase({ url: `pglite:${join(made, "db")}` }, SILENT);
    await database.query("SELECT 1");
    await database.close();
  });
  cpSync(join(kept, "db"), directory, { recursive: true });
}
