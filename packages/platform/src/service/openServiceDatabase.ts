import { join } from "node:path";
import { lockDirectory } from "@trellis/storage/lock";
import { type Database, openDatabase } from "../db/index.ts";
import { makePrivate } from "../db/makePrivate.ts";
import { readSecret } from "../secrets/readSecret.ts";
import { systemClock, systemRandom, systemScheduler } from "../system/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";

interface DatabasePlace {
  readonly dataDir: string;
  /** Reference to a PostgreSQL URL. Empty: embedded database. */
  readonly database: string;
}

export async function openServiceDatabase(place: DatabasePlace, io: ServiceIo): Promise<Database> {
  const { lifecycle, log, metrics, tracing } = io;
  const url =
    place.database === ""
      ? `pglite:${join(place.dataDir, "db")}`
      : await readSecret(place.database, "Address of the database", io);
  if (place.database === "") {
    await lifecycle.start(
      "data directory",
      async () => {
        const lock = await lockDirectory(place.dataDir);
        await makePrivate(place.dataDir);
        return lock;
      },
      (lock) => lock.release(),
    );
  }
  const ports = { metrics, tracing, clock: systemClock, scheduler: systemScheduler, random: systemRandom };
  return lifecycle.start(
    "database",
    () => openDatabase({ url }, { log: log.child("database"), ...ports }),
    (opened) => opened.close(),
  );
}
