import type { Chain } from "@trellis/chain";
import { createCpuMiner, createProducer, type Producer, type ProducerOptions } from "@trellis/mining";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { measureMining } from "./measureMining.ts";
import { measureOwnBlocks } from "./measureOwnBlocks.ts";

const MEASURE_MS = 5_000;

export async function openProducer(
  options: ProducerOptions,
  workers: number,
  chain: Chain,
  { lifecycle, log, metrics, tracing }: ServiceIo,
): Promise<Producer> {
  const cpu = await lifecycle.start(
    "miner",
    () => createCpuMiner({ workers }, systemScheduler),
    (miner) => miner.close(),
  );
  const { streams } = chain.view.parameters;
  const algorithms = new Set(options.streams.map((stream) => streams[stream]!.algorithm));
  const measure = measureMining("cpu", cpu, algorithms, metrics);
  await lifecycle.start(
    "mining metrics",
    () => repeat(systemScheduler, MEASURE_MS, measure),
    (measuring) => measuring.stop(),
  );
  await lifecycle.start(
    "own block metrics",
    () => measureOwnBlocks(chain.view, options.miner, metrics),
    (stop) => stop(),
  );
  return lifecycle.start(
    "block production",
    () =>
      createProducer(options, {
        builder: chain.builder,
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
