import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareDatabase, prepareServiceDatabase } from "./prepareDatabase.ts";

const EXECUTABLE = fileURLToPath(new URL("../../../apps/trellis/bin/trellis.js", import.meta.url));

const START_MS_MAX = 240_000;
const SERVICES_START_MS_MAX = 300_000;
/** Of several nodes with a thread for each shard. */
const SHARDED_CLUSTER_START_MS_MAX = 600_000;

const RUN_MS_MAX = 240_000;

export interface DevnetOptions {
  /** Takes seconds and 1 GB of memory. Default: false. */
  readonly reserves?: boolean;
  readonly arbitrage?: "paper" | "live" | "market";
  readonly args?: readonly string[];
  /** Absolute path. Default: a database in memory. */
  readonly dataDir?: string;
  readonly httpPort?: number;
}

export interface ReadyLine {
  readonly event: "ready";
  readonly rpc: string;
  readonly ws: string;
  readonly http: string;
  readonly chainId: number;
  readonly dataDir: string | null;
  readonly p2p?: { readonly id: string; readonly addresses: readonly string[] };
  readonly shards?: readonly {
    readonly shard: number;
    readonly chainId: number;
    readonly rpc: string;
    readonly ws: string;
  }[];
  readonly nodes?: readonly { readonly pid: number; readonly rpc: string; readonly http: string }[];
  readonly reserves?: {
    readonly url: string;
    readonly adminKey: string;
    readonly customer: string;
    readonly customerKey: string;
  };
  readonly arbitrage?: {
    readonly mode: "paper" | "live" | "market";
    readonly url: string | null;
    readonly adminKey: string | null;
    readonly settingsFile: string;
  };
}

export interface ExitResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Devnet {
  readonly pid: number;
  readonly ready: ReadyLine;
  readonly rpcUrl: string;
  readonly wsUrl: string;
  readonly httpUrl: string;
  readonly startMs: number;
  stop(): Promise<ExitResult>;
  kill(): Promise<ExitResult>;
  stdout(): string;
  stderr(): string;
}

export async function startDevnet(options: DevnetOptions & Pick<Place, "environment"> = {}): Promise<Devnet> {
  const { dataDir, args = [], reserves, arbitrage = "market", environment } = options;
  const isCluster = args.includes("--nodes") || args.includes("--validators");
  const isSharded = isCluster && args.includes("--shards");
  const serviceMsMax = reserves === true ? SERVICES_START_MS_MAX : START_MS_MAX;
  const startMsMax = isSharded ? SHARDED_CLUSTER_START_MS_MAX : serviceMsMax;
  if (dataDir !== undefined && (reserves === true || arbitrage !== "market"))
    await prepareDatabase(join(dataDir, isCluster ? "cluster/demo" : "demo"));
  return serving(["devnet", ...devnetFlags(options)], { startMsMax, environment });
}

export async function startNode({
  inNamespace: namespace,
  environment,
  ...options
}: DevnetOptions & Pick<Place, "environment"> & { readonly inNamespace?: string }): Promise<Devnet> {
  return serving(["node", ...flagsOf(options)], { namespace, environment });
}

async function serving(
  args: readonly string[],
  { startMsMax, ...place }: Place & { readonly startMsMax?: number } = {},
): Promise<Devnet> {
  const startedMs = performance.now();
  const trellis = spawnTrellis(args, place);
  const ready = await readyLineOf(trellis, startMsMax);
  const startMs = performance.now() - startedMs;
  const end = (signal: NodeJS.Signals): Promise<ExitResult> => {
    trellis.child.kill(signal);
    return trellis.ended;
  };
  return {
    pid: trellis.child.pid!,
    ready,
    rpcUrl: ready.rpc,
    wsUrl: ready.ws,
    httpUrl: ready.http,
    startMs,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    stdout: () => trellis.written.stdout,
    stderr: () => trellis.written.stderr,
  };
}

export interface Served<Ready> {
  readonly pid: number;
  readonly ready: Ready;
  stop(): Promise<ExitResult>;
  kill(): Promise<ExitResult>;
  stderr(): string;
}

export async function startTrellis<Ready>(
  args: readonly string[],
  place: Place = {},
): Promise<Served<Ready>> {
  if (place.uid === undefined) await prepareServiceDatabase(args, place.cwd);
  const trellis = spawnTrellis(args, place);
  const ready = await readyLineOf<Ready>(trellis);
  const end = (signal: NodeJS.Signals): Promise<ExitResult> => {
    trellis.child.kill(signal);
    return trellis.ended;
  };
  return {
    pid: trellis.child.pid!,
    ready,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    stderr: () => trellis.written.stderr,
  };
}

export async function runTrellis(
  args: readonly string[],
  { killMs = RUN_MS_MAX, ...place }: Place & { readonly killMs?: number } = {},
): Promise<ExitResult> {
  const { child, ended } = spawnTrellis(args, place);
  const timer = setTimeout(() => child.kill("SIGKILL"), killMs);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

export function flagsOf({ args = [], dataDir, httpPort = 0 }: DevnetOptions): string[] {
  const place = dataDir === undefined ? ["--ephemeral"] : ["--data-dir", dataDir];
  return ["--rpc-port", "0", "--http-port", String(httpPort), "--json", ...place, ...args];
}

export function devnetFlags({ reserves = false, arbitrage, ...options }: DevnetOptions): string[] {
  const demo = [...(reserves ? [] : ["--no-reserves"]), "--arbitrage", arbitrage ?? "off"];
  return [...flagsOf(options), ...demo];
}

export interface Trellis {
  readonly child: ChildProcessWithoutNullStreams;
  readonly written: { stdout: string; stderr: string };
  readonly ended: Promise<ExitResult>;
}

interface Place {
  /** Default: this version. */
  readonly executable?: string | undefined;
  readonly namespace?: string | undefined;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Only root can run the program as another user. */
  readonly uid?: number | undefined;
}

export function spawnTrellis(
  args: readonly string[],
  { namespace, cwd, environment, uid, executable = EXECUTABLE }: Place = {},
): Trellis {
  // Isolates the process from the machine's settings. No load balancer is there, unless a test starts one.
  const own = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", TRELLIS_DRAIN_TIME: "0s" };
  const env = { ...own, ...environment };
  const command = [process.execPath, executable, ...args];
  const inNamespace = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
  const [file, ...rest] = [...inNamespace, ...command];
  const child = spawn(file!, rest, { env, cwd, uid, gid: uid });
  child.stdin.end();
  const killLeftover = (): void => void child.kill("SIGKILL");
  process.once("exit", killLeftover);
  child.once("close", () => process.off("exit", killLeftover));
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  }
  const ended = new Promise<ExitResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, ...written }));
  });
  return { child, written, ended };
}

async function readyLineOf<Ready = ReadyLine>(
  { child, written, ended }: Trellis,
  startMsMax = START_MS_MAX,
): Promise<Ready> {
  const line = new Promise<string>((resolve) => {
    const look = (): void => {
      const end = written.stdout.indexOf("\n");
      if (end !== -1) resolve(written.stdout.slice(0, end));
    };
    child.stdout.on("data", look);
  });
  const early = ended.then(({ exitCode, stderr }) => {
    throw new Error(`trellis ended with ${exitCode} before it served:\n${stderr}`);
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`trellis does not serve after ${startMsMax} ms:\n${written.stderr}`));
    }, startMsMax);
  });
  try {
    return JSON.parse(await Promise.race([line, early, late])) as Ready;
  } finally {
    clearTimeout(timer);
    early.catch(() => {});
  }
}
