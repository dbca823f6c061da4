import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Benchmark } from "./benchmark.ts";
import type { AbuseCounts, AbuseTerms, GuardServers, GuardTerms } from "./guard/guardTerms.ts";
import { createPoster, type Poster, paced } from "./guard/paced.ts";
import { quantilesOf } from "./quantilesOf.ts";

const KEY = "trn_paying-client-of-the-benchmark";
const BODY = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] });
const FULL = { rounds: 5, slices: 8, requests: 4_000 };
const SMALL = { rounds: 1, slices: 1, requests: 100 };
const SLICE_MS = 1_000;
const ABUSER_LIMIT = 600;
const ABUSE_FACTOR = 50;
const PAYING_PER_SECOND = 100;
const WARM_MS = 500;

export const guardBenchmark: Benchmark = {
  name: "guard",
  summary: "measures a paying client beside an abusive one, and the guard's own cost",
  async run({ small, log }) {
    const { rounds, slices, requests } = small ? SMALL : FULL;
    const server = fork(fileURLToPath(new URL("./guard/serverProcess.ts", import.meta.url)));
    try {
      server.send({ abuserLimit: ABUSER_LIMIT, key: KEY } satisfies GuardTerms);
      const [servers] = (await once(server, "message")) as [GuardServers];
      const overhead = await measureOverhead(servers, rounds, requests);
      log(`overhead ${overhead.ratio}`);
      const fairness = await measureFairness(servers.guarded, rounds, slices, log);
      return {
        fairness,
        overheadRatio: overhead.ratio,
        overhead,
        abuse: { limitPerMinute: ABUSER_LIMIT, factor: ABUSE_FACTOR },
        rounds,
      };
    } finally {
      server.kill();
    }
  },
};

async function measureFairness(url: string, rounds: number, slices: number, log: (line: string) => void) {
  const post = createPoster(url, 8, { authorization: `Bearer ${KEY}` });
  const [alone, beside]: [number[], number[]] = [[], []];
  const statuses: Record<string, number> = {};
  await latencies(post, WARM_MS);
  for (let round = 0; round < rounds; round++) {
    for (let slice = 0; slice < slices; slice++) alone.push(p99(await latencies(post, SLICE_MS)));
    // A ban would end the abuse.
    const abuser = await startAbuser({
      url,
      callsPerSecond: (ABUSER_LIMIT / 60) * ABUSE_FACTOR,
      connections: 64,
      address: `203.0.113.${round + 1}`,
    });
    await latencies(post, WARM_MS);
    for (let slice = 0; slice < slices; slice++) beside.push(p99(await latencies(post, SLICE_MS)));
    const { statuses: answered } = await stopAbuser(abuser);
    for (const [status, count] of Object.entries(answered))
      statuses[status] = (statuses[status] ?? 0) + count;
    log(`round ${round + 1}: p99 ${median(alone)} alone, ${median(beside)} beside the abuser`);
  }
  post.close();
  const [p99AloneMs, p99BesideMs] = [median(alone), median(beside)];
  return { p99Ratio: rounded(p99BesideMs / p99AloneMs), p99AloneMs, p99BesideMs, abuserStatuses: statuses };
}

async function latencies(post: Poster, ms: number): Promise<number[]> {
  const found: number[] = [];
  const open = new Set<Promise<void>>();
  const endMs = performance.now() + ms;
  await paced(
    PAYING_PER_SECOND,
    () => performance.now() >= endMs,
    () => {
      const startMs = performance.now();
      const answered = post(BODY).then((status) => {
        if (status !== 200) throw new Error(`the paying client got status ${status}`);
        found.push(performance.now() - startMs);
        open.delete(answered);
      });
      open.add(answered);
    },
  );
  await Promise.all(open);
  return found;
}

/** Compares medians, which exclude pauses of the machine. */
async function measureOverhead({ guarded, open }: GuardServers, rounds: number, requests: number) {
  const posters = {
    open: createPoster(open, 1, { authorization: `Bearer ${KEY}` }),
    local: createPoster(guarded, 1, {}),
    limited: createPoster(guarded, 1, { authorization: `Bearer ${KEY}` }),
  };
  const microseconds = { open: [] as number[], local: [] as number[], limited: [] as number[] };
  const names = Object.keys(posters) as (keyof typeof posters)[];
  for (const name of names) await serial(posters[name], requests);
  for (let round = 0; round < 4 * rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      microseconds[name].push(await serial(posters[name], Math.ceil(requests / 4)));
    }
  }
  for (const name of names) posters[name].close();
  const [openUs, localUs, limitedUs] = [
    median(microseconds.open),
    median(microseconds.local),
    median(microseconds.limited),
  ];
  return {
    ratio: rounded(limitedUs / openUs),
    localRatio: rounded(localUs / openUs),
    openUs,
    localUs,
    limitedUs,
  };
}

async function serial(post: Poster, requests: number): Promise<number> {
  const startMs = performance.now();
  for (let n = 0; n < requests; n++) await post(BODY);
  return ((performance.now() - startMs) * 1_000) / requests;
}

async function startAbuser(terms: AbuseTerms): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("./guard/abuserProcess.ts", import.meta.url)));
  child.send(terms);
  await once(child, "message");
  return child;
}

async function stopAbuser(child: ChildProcess): Promise<AbuseCounts> {
  child.send("stop");
  const [counts] = (await once(child, "message")) as [AbuseCounts];
  return counts;
}

function median(values: readonly number[]): number {
  return rounded(quantilesOf(values)(0.5));
}

function p99(values: readonly number[]): number {
  return rounded(quantilesOf(values)(0.99));
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
