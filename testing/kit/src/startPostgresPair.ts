import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./freePort.ts";
import { createCluster, end, KEEP, type NoPostgres, postmasterOf, run } from "./startPostgres.ts";

/** A primary and a standby with synchronous replication: a commit is acknowledged once both have it. */
export interface TestPostgresPair {
  /** Names both servers, the primary first. */
  readonly url: string;
  /** Sends SIGKILL, like the loss of the machine. */
  killPrimary(): Promise<void>;
  promoteStandby(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgresPair(): Promise<TestPostgresPair | NoPostgres> {
  try {
    return await start();
  } catch (error) {
    const reason = `PostgreSQL does not start here: ${error instanceof Error ? error.message : String(error)}`;
    console.warn(reason);
    return { reason };
  }
}

async function start(): Promise<TestPostgresPair> {
  const { directory, data, launch } = await createCluster();
  const standbyData = join(directory, "standby");
  await run("cp", ["-Rp", data, standbyData], { cwd: directory });
  writeFileSync(join(standbyData, "standby.signal"), "");
  const [port, standbyPort] = [await freePort(), await freePort()];
  const primary = await launch(data, port, {
    wal_level: "replica",
    wal_keep_size: "256MB",
    synchronous_commit: "on",
    synchronous_standby_names: "*",
  });
  const standby = await launch(standbyData, standbyPort, {
    // A standby requires at least the primary's limit.
    max_connections: "100",
    primary_conninfo: `host=127.0.0.1 port=${port} user=postgres`,
  });
  return {
    url: `postgres://postgres@127.0.0.1:${port},127.0.0.1:${standbyPort}/postgres`,
    async killPrimary() {
      process.kill(postmasterOf(data), "SIGKILL");
      await end(primary, KEEP);
    },
    async promoteStandby() {
      const { default: pg } = await import("pg");
      const client = new pg.Client(`postgres://postgres@127.0.0.1:${standbyPort}/postgres`);
      await client.connect();
      await client.query("SELECT pg_promote()");
      // No standby is left to confirm commits.
      await client.query("ALTER SYSTEM SET synchronous_standby_names = ''");
      await client.query("SELECT pg_reload_conf()");
      await client.end();
    },
    async stop() {
      await end(primary, KEEP);
      await end(standby, KEEP);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
