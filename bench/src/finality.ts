import { type Devnet, startDevnet } from "@trellis/e2e";
import { localParameters } from "@trellis/protocol";
import { type FinalityFigures, type FinalityMeasurement, measureFinality } from "@trellis/simulator";
import type { Benchmark } from "./benchmark.ts";
import { quantilesOf } from "./quantilesOf.ts";
import { ask } from "./rpc/servers.ts";

const VALIDATORS = 4;
const BLOCK_MS = 250;
const CHECKPOINTS = 60;
const CHECKPOINTS_SMALL = 1;
const WARM_UP = 2;
const GIVE_UP_MS = 600_000;
/** Independent of the machine. */
const SIMULATED: readonly FinalityMeasurement[] = [
  { validators: 4, checkpoints: 20 },
  { validators: 16, checkpoints: 10 },
  { validators: 64, checkpoints: 3 },
  { validators: 128, checkpoints: 2, latencyMs: 100 },
];
const SIMULATED_SMALL: readonly FinalityMeasurement[] = [{ validators: 4, checkpoints: 2 }];
const POLL_MS = 100;

interface ChainWatch {
  eligibleMs(blueScore: number): number | undefined;
  readonly finals: { readonly blueScore: number; readonly atMs: number }[];
  close(): void;
}

export const finalityBenchmark: Benchmark = {
  name: "finality",
  summary: `from a block that ${VALIDATORS} validators can vote on to its being final on each, in block intervals`,
  async run({ small, log }) {
    const count = (small ? CHECKPOINTS_SMALL : CHECKPOINTS) + WARM_UP;
    const devnet = await startDevnet({
      args: ["--validators", String(VALIDATORS), "--block-time", String(BLOCK_MS), "--log-level", "warn"],
    });
    const watches: ChainWatch[] = [];
    try {
      for (const wsUrl of socketsOf(devnet)) watches.push(await watchChain(wsUrl));
      await untilFinal(watches, count, log);
      const lags = watches.flatMap(lagsOf).map((ms) => ms / BLOCK_MS);
      const { height } = (await finalityOf(devnet)).finalized;
      return {
        lagIntervals: figuresOf(lags),
        validators: VALIDATORS,
        blockMs: BLOCK_MS,
        height,
        simulated: await simulate(small ? SIMULATED_SMALL : SIMULATED, log),
      };
    } finally {
      for (const watch of watches) watch.close();
      await devnet.stop();
    }
  },
};

async function simulate(
  measurements: readonly FinalityMeasurement[],
  log: (line: string) => void,
): Promise<Record<string, FinalityFigures>> {
  const figures: Record<string, FinalityFigures> = {};
  for (const measurement of measurements) {
    const { validators } = measurement;
    const measured = await measureFinality(measurement);
    const { messagesPerCheckpointAndNode: messages, bytesPerCheckpointAndNode: bytes, lagMs } = measured;
    log(`${validators} validators: ${messages} messages, ${bytes} bytes a node, final in ${lagMs.p50} ms`);
    figures[validators] = measured;
  }
  return figures;
}

function socketsOf({ wsUrl, ready }: Devnet): string[] {
  return [wsUrl, ...(ready.nodes ?? []).map(({ rpc }) => rpc.replace(/^http/, "ws"))];
}

async function finalityOf({ rpcUrl }: Devnet): Promise<{ readonly finalized: { readonly height: number } }> {
  return (await ask(rpcUrl, "trellis_getFinality")) as { finalized: { height: number } };
}

async function watchChain(wsUrl: string): Promise<ChainWatch> {
  const socket = new WebSocket(wsUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no WebSocket at ${wsUrl}`));
  });
  const { depth } = localParameters({ accounts: [] }).votes;
  const scores = new Map<string, number>();
  const heads: { readonly blueScore: number; readonly atMs: number }[] = [];
  const finals: { readonly blueScore: number; readonly atMs: number }[] = [];
  socket.onmessage = ({ data }) => {
    const atMs = performance.now();
    const { params } = JSON.parse(String(data)) as { params?: { result: ChainMessage } };
    const message = params?.result;
    if (message?.kind === "added") {
      const blueScore = Number(message.block.blueScore);
      scores.set(message.block.hash, blueScore);
      if (blueScore > (heads.at(-1)?.blueScore ?? -1)) heads.push({ blueScore, atMs });
    } else if (message?.kind === "finalized") {
      const blueScore = scores.get(message.hash);
      if (blueScore !== undefined) finals.push({ blueScore, atMs });
    }
  };
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "trellis_subscribe", params: ["chain"] }));
  return {
    eligibleMs: (blueScore) => heads.find((head) => head.blueScore >= blueScore + depth)?.atMs,
    finals,
    close: () => socket.close(),
  };
}

type ChainMessage =
  | { readonly kind: "added"; readonly block: { readonly hash: string; readonly blueScore: string } }
  | { readonly kind: "finalized"; readonly hash: string };

async function untilFinal(
  watches: readonly ChainWatch[],
  count: number,
  log: (line: string) => void,
): Promise<void> {
  const startMs = performance.now();
  for (let told = 0; ; ) {
    const least = Math.min(...watches.map(({ finals }) => finals.length));
    if (least >= count) return;
    if (performance.now() - startMs > GIVE_UP_MS) throw new Error(`only ${least} checkpoints are final`);
    if (least >= told + 10) {
      told = least;
      log(`${least} of ${count} checkpoints`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** In ms, from eligibility to finality. 0 if votes arrived before the head. */
function lagsOf({ finals, eligibleMs }: ChainWatch): number[] {
  return finals
    .slice(WARM_UP)
    .map(({ blueScore, atMs }) => Math.max(0, atMs - (eligibleMs(blueScore) ?? atMs)));
}

function figuresOf(values: readonly number[]): object {
  const at = quantilesOf(values);
  return { p50: at(0.5), p99: at(0.99), max: at(1), checkpoints: values.length };
}
