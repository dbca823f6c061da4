import { slowness } from "@trellis/kit";
import type { Hex } from "viem";
import { beforeAll, expect, it } from "vitest";
import { deploying, loop } from "./attacks/bytecode.ts";
import { HEAVY } from "./attacks/kinds/executions.ts";
import { sleep, Wallet } from "./attacks/Wallet.ts";
import { batchCall } from "./batchCall.ts";
import { rpcCall } from "./clients.ts";
import { useDevnet } from "./useDevnet.ts";

const BLOCK_TIME_MS = 500;
const shared = useDevnet({ args: ["--block-time", String(BLOCK_TIME_MS)] });

const CLIENTS = 50;
const PERIOD_MS = 10_000;
/** On an idle machine, of the blocks that are due. */
const BLOCKS_SHARE_MIN = 0.6;
/** On an idle machine. Below the 5 s that a single call may take. */
const GAP_MS_MAX = 2_000;
const LOGGING_TRANSACTIONS = 120;

let heavy: Hex;
let logging: Hex;

beforeAll(async () => {
  const wallet = await Wallet.open(shared.rpcUrl, 3);
  [heavy, logging] = (await wallet.deploy(
    [deploying(HEAVY), deploying(loop("5a5f5fa1".repeat(5)))],
    1_000_000n,
  )) as [Hex, Hex];
  const signed = Array.from({ length: LOGGING_TRANSACTIONS }, () => [
    wallet.sign({ to: logging, gasLimit: 180_000n }),
  ]);
  await batchCall(shared.rpcUrl, "eth_sendRawTransaction", signed);
  await wallet.settled();
});

const heightOf = async () => Number((await rpcCall(shared.devnet.rpcUrl, "eth_blockNumber")).result);

/** Counts the blocks of a period, and the longest time without one. */
async function observe(): Promise<{ readonly blocks: number; readonly gapMs: number }> {
  const first = await heightOf();
  const startMs = performance.now();
  let [height, newestMs, gapMs] = [first, startMs, 0];
  while (performance.now() - startMs < PERIOD_MS) {
    await sleep(20);
    const latest = await heightOf();
    gapMs = Math.max(gapMs, performance.now() - newestMs);
    if (latest > height) [height, newestMs] = [latest, performance.now()];
  }
  return { blocks: height - first, gapMs };
}

interface Answers {
  calls: number;
  logs: number;
  readonly refusals: Map<string, number>;
}

async function makeCalls(isOver: () => boolean, answers: Answers): Promise<void> {
  while (!isOver()) {
    const { result, error } = await rpcCall(shared.devnet.rpcUrl, "eth_call", [
      { to: heavy, gas: "0x2faf080" },
      "latest",
    ]);
    if (result !== undefined || /out of gas|timeout/.test(error!.message)) answers.calls++;
    else await refused(answers, error!);
  }
}

async function readLogs(isOver: () => boolean, answers: Answers): Promise<void> {
  while (!isOver()) {
    const range = { address: logging, fromBlock: "0x0", toBlock: "latest" };
    const { result, error } = await rpcCall(shared.devnet.rpcUrl, "eth_getLogs", [range]);
    if (Array.isArray(result)) expect(result.length).toBeGreaterThan(LOGGING_TRANSACTIONS);
    if (result !== undefined || /timeout/.test(error!.message)) answers.logs++;
    else await refused(answers, error!);
  }
}

/** A busy node refuses with a code, and clients try again. */
async function refused({ refusals }: Answers, { data, message }: { data?: unknown; message: string }) {
  const code = (data as { readonly code?: string } | undefined)?.code ?? message;
  refusals.set(code, (refusals.get(code) ?? 0) + 1);
  await sleep(50);
}

it("EXEC-30: blocks come in time while 50 clients make heavy calls and read many logs", async () => {
  const answers: Answers = { calls: 0, logs: 0, refusals: new Map() };
  const state = { isOver: false };
  const isOver = () => state.isOver;
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    (index % 2 === 0 ? makeCalls : readLogs)(isOver, answers),
  );
  const { blocks, gapMs } = await observe();
  state.isOver = true;
  await Promise.all(clients);
  const slow = slowness();
  const { calls, logs, refusals } = answers;
  console.info(
    `heavy clients: ${blocks} blocks, longest gap ${gapMs.toFixed(0)} ms, slowness ${slow.toFixed(1)}; ${calls} calls, ${logs} reads of logs, refusals ${JSON.stringify([...refusals])}`,
  );
  expect(calls).toBeGreaterThan(0);
  expect(logs).toBeGreaterThan(0);
  for (const code of refusals.keys()) expect(code).toMatch(/^[A-Z_]+$/);
  expect(blocks).toBeGreaterThanOrEqual((BLOCKS_SHARE_MIN * PERIOD_MS) / BLOCK_TIME_MS / slow);
  expect(gapMs).toBeLessThanOrEqual(GAP_MS_MAX * slow);
});
