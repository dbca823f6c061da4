import { hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { compileContract } from "@trellis/e2e";
import type { Hash } from "@trellis/protocol";
import { encodeDeployData, getContractAddress, parseAbi } from "viem";
import type { Benchmark } from "./benchmark.ts";
import type { LoadRequest, LoadResult } from "./rpc/loadRequest.ts";
import { runLoad, TransactionsStuck } from "./rpc/runLoad.ts";
import { askAll, type Pace, type Server, startAnvil, startTrellis } from "./rpc/servers.ts";
import { type Kind, Workload } from "./rpc/workload.ts";
import { median } from "./statistics.ts";

const SENDERS = 20;
/** Accepted loads take several one-second blocks. */
const FULL = { rounds: 5, mined: 2_000, accepted: 20_000 };
const SMALL = { rounds: 1, mined: 60, accepted: 60 };
/** `openMax` is the number of open transactions per sender: 200 for Anvil's blocks of 20 ms. */
const MODES = { single: { batchSize: 1, openMax: 10 }, batch: { batchSize: 100, openMax: 100 } } as const;
/** Loads end with the receipts, or with the answers of `eth_sendRawTransaction`. */
const PACES = { mined: "fast", accepted: "oneSecond" } as const satisfies Readonly<
  Record<LoadRequest["until"], Pace>
>;
const KINDS: readonly Kind[] = ["transfer", "token"];
const QUIET_MS_MAX = 15_000;
/** Anvil sometimes never mines a transaction, see `startAnvil`. */
const STUCK_ROUNDS_MAX = 10;
/** Every 50th receipt of an accepted load is checked. */
const RECEIPTS_APART = 50;

type Mode = keyof typeof MODES;
type Name = Server["name"];
type Until = LoadRequest["until"];

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Trellis stores its chain on disk. Anvil runs in memory and makes a block every 20 ms, because its automatic
 * mining stops under concurrent load. In `accept`, both make a block of at most 100 million gas each second
 * (Trellis's maximum), and their mempools hold the whole load.
 */
export const rpcBenchmark: Benchmark = {
  name: "rpc",
  summary: "submits transfers to Trellis and to Anvil until each is accepted, or has its receipt",
  async run({ small, log }) {
    const { rounds, ...transactions } = small ? SMALL : FULL;
    const done: Record<Until, Round[]> = { mined: [], accepted: [] };
    const stuck: string[] = [];
    for (let index = small ? 1 : 0; index <= rounds; index++) {
      for (const until of Object.keys(PACES) as Until[]) {
        const round = await runUnstuck({ index, until, transactions: transactions[until] }, stuck, log);
        if (index === 0) continue;
        done[until].push(round);
        log(`round ${index}, ${until}: ${summary(done[until])}`);
      }
    }
    const { mined, accepted } = done;
    const { resultHash, versions } = mined[0]!;
    return {
      ratio: { ...ratiosOf(mined), accept: ratiosOf(accepted) },
      trellis: { ...figuresOf(mined, "trellis"), accept: figuresOf(accepted, "trellis") },
      anvil: {
        ...figuresOf(mined, "anvil"),
        accept: figuresOf(accepted, "anvil"),
        roundsStuck: stuck.length,
      },
      versions,
      rounds,
      transactionsPerLoad: transactions,
      senders: SENDERS,
      resultHash,
    };
  },
};

interface RoundOptions {
  readonly index: number;
  readonly until: Until;
  readonly transactions: number;
}

async function runUnstuck(
  options: RoundOptions,
  stuck: string[],
  log: (line: string) => void,
): Promise<Round> {
  for (;;) {
    try {
      return await runRound(options);
    } catch (error) {
      if (!(error instanceof TransactionsStuck) || error.server !== "anvil") throw error;
      stuck.push(error.message);
      log(`round ${options.index} is run again: ${error.message}`);
      if (stuck.length > STUCK_ROUNDS_MAX) throw error;
    }
  }
}

interface Load {
  readonly server: Name;
  readonly mode: Mode;
  readonly kind: Kind;
  readonly result: LoadResult;
}

interface Round {
  readonly loads: readonly Load[];
  readonly residentMiB: Readonly<Record<Name, number>>;
  readonly versions: Readonly<Record<Name, string>>;
  readonly resultHash: Hash;
}

async function runRound({ index, until, transactions }: RoundOptions): Promise<Round> {
  const pace = PACES[until];
  const servers = [await startTrellis(SENDERS, pace), await startAnvil(SENDERS, pace)];
  try {
    const workload = new Workload(SENDERS);
    const setUp = workload.setUp(await token(workload.senders[0]!.address));
    for (const server of servers) await runLoad(server, "set-up", loadOf("single", [setUp], "mined"));
    const loads: Load[] = [];
    for (const mode of Object.keys(MODES) as Mode[]) {
      for (const kind of KINDS) {
        const lanes = workload.lanes(kind, transactions);
        for (const server of index % 2 === 0 ? servers : servers.toReversed()) {
          const { name } = server;
          const result = await runLoad(server, `${mode} ${kind}`, loadOf(mode, lanes, until));
          const failed = until === "accepted" ? await failedOf(server, lanes) : result.failed;
          if (failed > 0) throw new Error(`${failed} transactions reverted on ${name}`);
          loads.push({ server: name, mode, kind, result });
        }
      }
    }
    const [ours, theirs] = servers;
    return {
      loads,
      residentMiB: { trellis: await ours!.residentMiB(), anvil: await theirs!.residentMiB() },
      versions: { trellis: ours!.version, anvil: theirs!.version },
      resultHash: await commonResult(servers, workload),
    };
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Waits for empty mempools. */
async function failedOf(server: Server, lanes: LoadRequest["lanes"]): Promise<number> {
  await server.drain();
  const hashes = lanes.flat().filter((_, index) => index % RECEIPTS_APART === 0);
  const receipts = await askAll(
    server.url,
    hashes.map(({ hash }) => ["eth_getTransactionReceipt", hash] as const),
  );
  return receipts.filter((receipt) => (receipt as { status?: string } | null)?.status !== "0x1").length;
}

function loadOf(mode: Mode, lanes: LoadRequest["lanes"], until: Until): Omit<LoadRequest, "url"> {
  return { lanes, ...MODES[mode], quietMsMax: QUIET_MS_MAX, until };
}

type ByKind = Readonly<Record<Kind, Figures>>;

function figuresOf(
  rounds: readonly Round[],
  server: Name,
): Readonly<Record<Mode, ByKind>> & { readonly residentMiB: number } {
  const results = rounds.flatMap(({ loads }) => loads);
  const byKind = (mode: Mode): ByKind => ({
    transfer: figures(results, server, mode, "transfer"),
    token: figures(results, server, mode, "token"),
  });
  return {
    single: byKind("single"),
    batch: byKind("batch"),
    residentMiB: median(rounds.map(({ residentMiB }) => residentMiB[server])),
  };
}

function figures(results: readonly Load[], server: Name, mode: Mode, kind: Kind): Figures {
  const own = results.filter(
    (round) => round.server === server && round.mode === mode && round.kind === kind,
  );
  const latencies = own.flatMap(({ result }) => result.latenciesMs).sort((a, b) => a - b);
  const rates = own.map(({ result }) => (result.latenciesMs.length * 1_000) / result.elapsedMs);
  return {
    perSecond: Math.round(median(rates)),
    p50Ms: rounded(latencies[Math.floor(latencies.length * 0.5)] ?? 0),
    p99Ms: rounded(latencies[Math.floor(latencies.length * 0.99)] ?? 0),
  };
}

function ratiosOf(rounds: readonly Round[]): Readonly<Record<Mode, number>> {
  return { single: ratioOf(rounds, "single"), batch: ratioOf(rounds, "batch") };
}

function ratioOf(results: readonly Round[], mode: Mode): number {
  const ours = figuresOf(results, "trellis")[mode];
  const theirs = figuresOf(results, "anvil")[mode];
  const logs = KINDS.map((kind) => Math.log(ours[kind].perSecond / theirs[kind].perSecond));
  return rounded(Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length));
}

async function commonResult(servers: readonly Server[], workload: Workload): Promise<Hash> {
  for (const server of servers) await server.rest();
  const results = await Promise.all(servers.map(({ url }) => resultOn(url, workload)));
  if (new Set(results).size !== 1) throw new Error(`the chains disagree: ${results.join(" and ")}`);
  return keccak256Hex(new TextEncoder().encode(results[0]));
}

async function resultOn(url: string, workload: Workload): Promise<string> {
  const { recipients } = workload;
  const coins = recipients.map((address) => ["eth_getBalance", address, "latest"] as const);
  const tokens = recipients.map(
    (address) => ["eth_call", workload.tokenBalanceOf(address), "latest"] as const,
  );
  const nonces = workload.senders.map(
    ({ address }) => ["eth_getTransactionCount", address, "latest"] as const,
  );
  return JSON.stringify(await askAll(url, [...coins, ...tokens, ...nonces]));
}

async function token(deployer: `0x${string}`) {
  const { bytecode } = await compileContract("Token");
  const abi = parseAbi(["constructor(string name, string symbol, uint256 supply)"]);
  const creation = encodeDeployData({ abi, bytecode, args: ["Token", "TKN", 10n ** 30n] });
  return {
    creation: hexToBytes(creation),
    address: getContractAddress({ from: deployer, nonce: 0n }).toLowerCase() as `0x${string}`,
  };
}

function summary(rounds: readonly Round[]): string {
  const ours = figuresOf(rounds, "trellis");
  const theirs = figuresOf(rounds, "anvil");
  const parts = (Object.keys(MODES) as Mode[]).flatMap((mode) =>
    KINDS.map((kind) => `${mode} ${kind} ${ours[mode][kind].perSecond} to ${theirs[mode][kind].perSecond}/s`),
  );
  return parts.join(", ");
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
