import { hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { compileContract } from "@trellis/e2e";
import type { Hash } from "@trellis/protocol";
import { encodeDeployData, getContractAddress, parseAbi } from "viem";
import type { Benchmark } from "./benchmark.ts";
import type { LoadResult } from "./rpc/loadRequest.ts";
import { runLoad } from "./rpc/runLoad.ts";
import { ask, type Server, startAnvil, startTrellis } from "./rpc/servers.ts";
import { type Kind, recipientOf, Workload } from "./rpc/workload.ts";

const SENDERS = 20;
const FULL = { rounds: 5, transactions: 2_000 };
const SMALL = { rounds: 1, transactions: 60 };
/** Requests of one transaction and of a hundred; how many a sender has open at once. */
const MODES = { single: { batchSize: 1, openMax: 5 }, batch: { batchSize: 100, openMax: 100 } } as const;
const KINDS: readonly Kind[] = ["transfer", "token"];

type Mode = keyof typeof MODES;
type Name = Server["name"];

/** What one mode and kind came to on one server, medians over the rounds. */
interface Figures {
  readonly minedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Signed transfers of coins and of a token over HTTP, one a request and a hundred a request, from submission until
 * the receipt is seen. Both chains get the same transactions from the same senders in alternating order; ours
 * runs as `npm start` does, with its chain on disk, Anvil in memory with a block every 20 ms, which suits it best.
 */
export const rpcBenchmark: Benchmark = {
  name: "rpc",
  summary: "submits transfers to Trellis and to Anvil until each has its receipt",
  async run({ small, log }) {
    const { rounds, transactions } = small ? SMALL : FULL;
    const done: Round[] = [];
    // The first round warms the machine up and is not counted.
    for (let index = small ? 1 : 0; index <= rounds; index++) {
      const round = await runRound(index, transactions);
      if (index === 0) continue;
      done.push(round);
      log(`round ${index}: ${summary(done)}`);
    }
    const { resultHash, versions } = done[0]!;
    return {
      ratio: { single: ratioOf(done, "single"), batch: ratioOf(done, "batch") },
      trellis: figuresOf(done, "trellis"),
      anvil: figuresOf(done, "anvil"),
      versions,
      rounds,
      transactionsPerLoad: transactions,
      senders: SENDERS,
      resultHash,
    };
  },
};

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

/** Both servers fresh; each mode and kind runs on one and then on the other, which goes first alternates. */
async function runRound(index: number, transactions: number): Promise<Round> {
  const servers = [await startTrellis(SENDERS), await startAnvil(SENDERS)];
  try {
    const workload = new Workload(SENDERS);
    const setUp = workload.setUp(await token(workload.senders[0]!.address));
    for (const { url } of servers) await runLoad({ url, lanes: [setUp], ...MODES.single });
    const loads: Load[] = [];
    for (const mode of Object.keys(MODES) as Mode[]) {
      for (const kind of KINDS) {
        const lanes = workload.lanes(kind, transactions);
        for (const { name, url } of index % 2 === 0 ? servers : servers.toReversed()) {
          const result = await runLoad({ url, lanes, ...MODES[mode] });
          if (result.failed > 0) throw new Error(`${result.failed} transactions reverted on ${name}`);
          loads.push({ server: name, mode, kind, result });
        }
      }
    }
    const [ours, theirs] = servers;
    return {
      loads,
      residentMiB: { trellis: await ours!.residentMiB(), anvil: await theirs!.residentMiB() },
      versions: { trellis: ours!.version, anvil: theirs!.version },
      resultHash: await commonResult(servers),
    };
  } finally {
    for (const server of servers) await server.stop();
  }
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
    minedPerSecond: Math.round(median(rates)),
    p50Ms: rounded(latencies[Math.floor(latencies.length * 0.5)] ?? 0),
    p99Ms: rounded(latencies[Math.floor(latencies.length * 0.99)] ?? 0),
  };
}

/** Ours ÷ Anvil's mined per second, the geometric mean of both kinds. */
function ratioOf(results: readonly Round[], mode: Mode): number {
  const ours = figuresOf(results, "trellis")[mode];
  const theirs = figuresOf(results, "anvil")[mode];
  const logs = KINDS.map((kind) => Math.log(ours[kind].minedPerSecond / theirs[kind].minedPerSecond));
  return rounded(Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length));
}

/** Both chains must have come to the same balances; the hash says which. */
async function commonResult(servers: readonly Server[]): Promise<Hash> {
  const balances = await Promise.all(
    servers.map(async ({ url }) => {
      const recipients = [0, 1, 2, 99, 499].map(recipientOf);
      return JSON.stringify(
        await Promise.all(recipients.map((address) => ask(url, "eth_getBalance", address, "latest"))),
      );
    }),
  );
  if (new Set(balances).size !== 1) throw new Error(`the chains disagree: ${balances.join(" and ")}`);
  return keccak256Hex(new TextEncoder().encode(balances[0]));
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
    KINDS.map(
      (kind) =>
        `${mode} ${kind} ${ours[mode][kind].minedPerSecond} to ${theirs[mode][kind].minedPerSecond}/s`,
    ),
  );
  return parts.join(", ");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
