import type { Chain } from "@trellis/chain";
import { createCpuMiner, createProducer, type Producer, type ProducerOptions } from "@trellis/mining";
import { systemRandom, systemScheduler } from "@trellis/platform/system";
import type { ServiceIo } from "../cli/VerbIo.ts";

/** Opens a CPU miner and the loop that feeds it. It makes blocks once it is started. */
export async function openProducer(
  options: ProducerOptions,
  workers: number,
  chain: Chain,
  { lifecycle, log }: ServiceIo,
): Promise<Producer> {
  const cpu = await lifecycle.start(
    "miner",
    () => createCpuMiner({ workers }),
    (miner) => miner.close(),
  );
  return lifecycle.start(
    "block production",
    () =>
      createProducer(options, {
        builder: chain.builder,
        chain: chain.view,
        pool: chain.pool,
        cpu,
        scheduler: systemScheduler,
        random: systemRandom,
        log: log.child("mining"),
      }),
    (producer) => producer.stop(),
  );
}
