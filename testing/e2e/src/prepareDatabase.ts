import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";

const SERVICES = ["reserves", "arbitrage"];

/**
 * Gives a service that starts for the first time a copy of an empty embedded database, because creating it
 * takes more CPU time than the rest of the start. Drills and installed packages create theirs.
 */
export async function prepareServiceDatabase(args: readonly string[], cwd = "."): Promise<void> {
  const [service = "", action] = args;
  if (!SERVICES.includes(service) || action !== "serve") return;
  const config = flagValue("--config", args);
  const section =
    config === undefined ? {} : (parse(readFileSync(resolve(cwd, config), "utf8"))?.[service] ?? {});
  const database = flagValue("--database", args) ?? section.database;
  const dataDir = flagValue("--data-dir", args) ?? section.dataDir;
  if (database === undefined && dataDir !== undefined) await prepareDatabase(resolve(cwd, dataDir));
}

export async function prepareDatabase(dataDir: string): Promise<void> {
  const place = join(dataDir, "db");
  if (existsSync(place)) return;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { placeEmbeddedDatabase } = await import("@trellis/kit/embedded");
  await placeEmbeddedDatabase(place);
}

function flagValue(flag: string, args: readonly string[]): string | undefined {
  const index = args.indexOf(flag);
  return index === -1 ? undefined : args[index + 1];
}
