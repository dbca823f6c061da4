import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

interface Observed {
  readonly reads: Latencies;
  readonly receipts: Latencies;
  readonly failures: readonly string[];
  readonly memoryMiBMax: number;
}

interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface ObserveOptions {
  readonly attack: string;
  readonly url: string;
  readonly probes: readonly Probe[];
  readonly pids: readonly number[];
  readonly firstAccount: number;
  readonly p2p: string | undefined;
  readonly attackMs: number;
}

/** Time after the attack at which the node must be idle again. */
const AFTERMATH_MS = 500;
const MEMORY_EVERY_MS = 100;

export async function observeAttack(options: ObserveOptions): Promise<Observed> {
  const { attack, url, probes, firstAccount, p2p = "", attackMs } = options;
  const attacker = await startScript("attackerMain.ts", [attack, url, String(firstAccount), p2p]);
  try {
    const memory = watchMemory(options.pids);
    for (const probe of probes) probe.begin();
    attacker.send("go");
    await sleep(attackMs);
    if (attacker.exitCode !== null) throw new Error(`the attack ended by itself with ${attacker.exitCode}`);
    attacker.kill("SIGKILL");
    await sleep(AFTERMATH_MS);
    const results = await Promise.all(probes.map((probe) => probe.end()));
    return {
      reads: latenciesOf(results.flatMap(({ reads }) => reads)),
      receipts: latenciesOf(results.flatMap(({ receipts }) => receipts)),
      failures: [...new Set(results.flatMap(({ failures }) => failures))],
      memoryMiBMax: await memory.stop(),
    };
  } finally {
    attacker.kill("SIGKILL");
  }
}

export class Probe {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(url: string, account: number): Promise<Probe> {
    return new Probe(await startScript("probeMain.ts", [url, String(account)]));
  }

  begin(): void {
    this.#child.send("begin");
  }

  async end(): Promise<ProbeResult> {
    const answered = once(this.#child, "message");
    this.#child.send("end");
    const [result] = await answered;
    return result as ProbeResult;
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}

interface ProbeResult {
  readonly reads: number[];
  readonly receipts: number[];
  readonly failures: string[];
}

async function startScript(name: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), [...args], { execArgv: [] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${name} ${args.join(" ")} ended with ${code} before it was ready`);
  });
  await Promise.race([once(child, "message"), ended]);
  ended.catch(() => {});
  return child;
}

function watchMemory(pids: readonly number[]): { stop(): Promise<number> } {
  let max = 0;
  const look = async (): Promise<void> => {
    for (const pid of pids) max = Math.max(max, await residentMiB(pid));
  };
  const timer = setInterval(() => void look(), MEMORY_EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await look();
      return max;
    },
  };
}

/** Excludes memory-mapped pages, which the kernel can evict. 0 if the process has exited. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const own = status.matchAll(/^Rss(?:Anon|Shmem):\s*(\d+) kB$/gm);
  return Array.from(own, ([, kib]) => Number(kib)).reduce((sum, kib) => sum + kib, 0) / 1_024;
}

function latenciesOf(values: readonly number[]): Latencies {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
