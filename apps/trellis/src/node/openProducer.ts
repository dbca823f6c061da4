import type { Chain } from "@trellis/chain";
import {
  countOwnBlocks,
  createCpuMiner,
  createProducer,
  type Producer,
  type ProducerOptions,
  type Workers,
} from "@trellis/mining";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import type { BlockBuilder } from "@trellis/protocol";
import { measureMining } from "./measureMining.ts";
import { measureOwnBlocks } from "./measureOwnBlocks.ts";
import { recentHashRates } from "./recentHashRates.ts";

const MEASURE_MS = 5_000;

interface Mined {
  readonly chain: Chain;
  readonly workers: Workers;
  /** Default: the chain's. */
  readonly builder?: BlockBuilder | undefined;
}

export async function openProducer(
  options: ProducerOptions,
  threads: number,
  { chain, workers, builder = chain.builder }: Mined,
  { lifecycle, log, metrics, tracing }: ServiceIo,
): Promise<Producer> {
  const cpu = await lifecycle.start(
    "miner",
    () => createCpuMiner({ workers: threads }, systemScheduler),
    (miner) => miner.close(),
  );
  const { streams } = chain.view.parameters;
  const algorithms = new Set(options.streams.map((stream) => streams[stream]!.algorithm));
  const measure = measureMining("cpu", cpu, algorithms, metrics);
  const { sample, rate } = recentHashRates(cpu);
  sample();
  await lifecycle.start(
    "mining metrics",
    () =>
      repeat(systemScheduler, MEASURE_MS, () => {
        measure();
        sample();
      }),
    (measuring) => measuring.stop(),
  );
  await lifecycle.start(
    "own block metrics",
    () => measureOwnBlocks(chain.view, options.miner, metrics),
    (stop) => stop(),
  );
  const own = {
    address: options.miner,
    streams: options.streams,
    device: "cpu",
    hashRate: (stream: number) => rate(streams[stream]!.algorithm),
  };
  return lifecycle.start(
    "block production",
    () =>
      createProducer(options, {
        builder: countOwnBlocks(builder, own, workers),
        chain: chain.view,
        pool: chain.pool,
        cpu,
        clock: systemClock,
        scheduler: systemScheduler,
        random: systemRandom,
        log: log.child("mining"),
        tracing,
      }),
    (producer) => producer.stop(),
  );
}
