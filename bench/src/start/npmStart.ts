import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "@trellis/kit/freePort";

interface NpmStartOptions {
  readonly dataDir: string;
  readonly compileCache: string;
  readonly flags: readonly string[];
}

interface StartTimes {
  /** Of Trellis, not of npm. */
  readonly firstLineMs: number;
  readonly rpcMs: number;
  readonly readyMs: number;
}

export interface NpmStart {
  readonly pid: number;
  readonly times: Promise<StartTimes>;
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const POLL_MS = 20;
const REQUEST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] });

export async function npmStart({ dataDir, compileCache, flags }: NpmStartOptions): Promise<NpmStart> {
  const port = await freePort();
  const own = ["--rpc-port", String(port), "--http-port", "0", "--data-dir", dataDir, "--json"];
  const startMs = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startMs);
  const npm = spawn("npm", ["start", "--silent", "--", ...own, ...flags], {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let logged = "";
  npm.stderr.on("data", (text) => {
    logged += text;
  });
  const ended = once(npm, "exit");
  const failed = ended.then(() => {
    throw new Error(`npm start ended before it was ready:\n${logged}`);
  });
  failed.catch(() => {});
  const first = Promise.race([once(npm.stderr, "data"), once(npm.stdout, "data")]).then(elapsed);
  const ready = once(npm.stdout, "data").then(elapsed);
  const rpc = untilAnswered(`http://127.0.0.1:${port}`, () => npm.exitCode !== null).then(elapsed);
  const all = Promise.all([first, rpc, ready]);
  return {
    pid: npm.pid!,
    times: Promise.race([all, failed]).then(([firstLineMs, rpcMs, readyMs]) => ({
      firstLineMs,
      rpcMs,
      readyMs,
    })),
    async stop() {
      npm.kill("SIGTERM");
      await ended;
    },
  };
}

async function untilAnswered(url: string, hasEnded: () => boolean): Promise<void> {
  const headers = { "content-type": "application/json" };
  while (!hasEnded()) {
    const answer = await fetch(url, { method: "POST", headers, body: REQUEST }).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(POLL_MS);
  }
}
