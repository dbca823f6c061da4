import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@trellis/base";
import type { Space } from "../cost/index.ts";
import type { Database } from "../db/index.ts";
import type { Host } from "../metrics/Host.ts";

/** A data directory has thousands of files. */
const MEASURE_MS = 300_000;

interface SpacePorts {
  /** Undefined: all is in the data directory. */
  readonly database?: Pick<Database, "kind" | "query">;
  readonly host: Pick<Host, "volume">;
  readonly clock: Clock;
}

/** Files and the embedded database fill the volume of the data directory; PostgreSQL fills `databaseMax`. */
export function measureSpace(
  place: () => { readonly dataDir: string; readonly databaseMax?: number | "" },
  { database, host, clock }: SpacePorts,
): () => Promise<Space> {
  let seen: { readonly space: Space; readonly atMs: number } | undefined;
  const measure = async (): Promise<Space> => {
    const { dataDir, databaseMax = "" } = place();
    if (database?.kind !== "postgres") {
      const [storedBytes, volume] = [await sizeOf(dataDir), await host.volume(dataDir)];
      if (volume === undefined) return { storedBytes, usedBytes: storedBytes, capacityBytes: undefined };
      const { sizeBytes: capacityBytes, availableBytes } = volume;
      return { storedBytes, usedBytes: capacityBytes - availableBytes, capacityBytes };
    }
    const { rows } = await database.query("SELECT pg_database_size(current_database())::text AS size");
    const storedBytes = Number((rows[0] as { size: string }).size);
    return {
      storedBytes,
      usedBytes: storedBytes,
      capacityBytes: databaseMax === "" ? undefined : databaseMax,
    };
  };
  return async () => {
    const nowMs = clock.nowMs();
    const isRecent = seen !== undefined && nowMs >= seen.atMs && nowMs - seen.atMs < MEASURE_MS;
    if (seen === undefined || !isRecent) seen = { space: await measure(), atMs: nowMs };
    return seen.space;
  };
}

/** Sum of all files; 0 for what disappears meanwhile or is another user's, as `lost+found` is. */
async function sizeOf(path: string): Promise<number> {
  try {
    const stat = await lstat(path);
    if (!stat.isDirectory()) return stat.size;
    let bytes = 0;
    for (const name of await readdir(path)) bytes += await sizeOf(join(path, name));
    return bytes;
  } catch (error) {
    if (["ENOENT", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}
