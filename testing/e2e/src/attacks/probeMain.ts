import { Agent } from "node:http";
import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { call } from "./Client.ts";
import { sleep, Wallet } from "./Wallet.ts";

// `probeMain.ts URL ACCOUNT` is an honest client. It sends requests every 200 ms regardless of latency. An
// unanswered request's latency is its age.

const TICK_MS = 200;
const POLL_MS = 20;
const OPEN_MS_MAX = 15_000;
const TIP = 20n * 10n ** 9n;
const GAS_LIMIT = 21_000n;
/** wei per gas. 20 full blocks raise the base fee tenfold. */
const MAX_FEE = 10n ** 15n;

interface Sample {
  readonly startMs: number;
  endMs?: number;
  readonly done: Promise<void>;
}

const [, , url, account] = process.argv as [string, string, string, string];
let samples: { reads: Sample[]; receipts: Sample[] } = { reads: [], receipts: [] };
let failures: string[] = [];

function timed(kind: keyof typeof samples, run: () => Promise<unknown>): void {
  const done = run()
    .catch((error: unknown) => void failures.push(String(error)))
    .then(() => {
      sample.endMs = performance.now();
    });
  const sample: Sample = { startMs: performance.now(), done };
  samples[kind].push(sample);
}

function latencies(kind: keyof typeof samples): number[] {
  return samples[kind].map(({ startMs, endMs = performance.now() }) => endMs - startMs);
}

async function read(method: string, params: readonly unknown[]): Promise<void> {
  const { result, error } = await call(url, method, params);
  if (result === undefined) throw new Error(`${method}: ${error?.message}`);
}

const wallet = await Wallet.open(url, Number(account));
const agent = new Agent({ keepAlive: true });
/** A transaction waits until the node has accepted its predecessor. */
let sending: Promise<unknown> = Promise.resolve();
let isNonceUnknown = true;

async function transfer(): Promise<void> {
  const sent = sending.then(async () => {
    if (isNonceUnknown) wallet.nonce = await wallet.confirmed("pending");
    isNonceUnknown = true;
    const fees = { maxFeePerGas: MAX_FEE, maxPriorityFeePerGas: TIP };
    const raw = wallet.sign({ to: wallet.address, gasLimit: GAS_LIMIT, ...fees });
    const { error } = await call(url, "eth_sendRawTransaction", [raw], agent);
    if (error !== undefined) throw new Error(`eth_sendRawTransaction: ${error.message}`);
    isNonceUnknown = false;
    return bytesToHex(keccak256(hexToBytes(raw)));
  });
  sending = sent.catch(() => {});
  const hash = await sent;
  for (;;) {
    const { result } = await call(url, "eth_getTransactionReceipt", [hash], agent);
    if (result !== null && result !== undefined) return;
    await sleep(POLL_MS);
  }
}

let timer: NodeJS.Timeout | undefined;

function begin(): void {
  samples = { reads: [], receipts: [] };
  failures = [];
  const startMs = performance.now();
  let ticks = 0;
  timer = setInterval(() => {
    while (performance.now() - startMs >= ticks * TICK_MS) {
      ticks++;
      timed("reads", () => read("eth_blockNumber", []));
      timed("reads", () => read("eth_getBalance", [wallet.address, "latest"]));
      timed("receipts", transfer);
    }
  }, TICK_MS / 4);
}

async function end(): Promise<void> {
  clearInterval(timer);
  const open = [...samples.reads, ...samples.receipts].map(({ done }) => done);
  await Promise.race([Promise.all(open), sleep(OPEN_MS_MAX)]);
  process.send!({ reads: latencies("reads"), receipts: latencies("receipts"), failures });
}

process.on("message", (word) => (word === "begin" ? begin() : void end()));
process.once("disconnect", () => process.exit(0));
process.send!("ready");
