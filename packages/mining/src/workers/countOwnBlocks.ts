import type { Address, BlockBuilder } from "@trellis/protocol";
import { targetToDifficulty } from "./difficulty.ts";
import type { Workers } from "./Workers.ts";

export interface OwnMiner {
  readonly address: Address;
  readonly streams: readonly number[];
  readonly device: string;
  /** While it searches. */
  hashRate(stream: number): number;
}

/** Counts blocks of the node's own miner, a worker for each stream. */
export function countOwnBlocks(
  builder: BlockBuilder,
  { address, streams, device, hashRate }: OwnMiner,
  workers: Workers,
): BlockBuilder {
  const workerOf = (stream: number) => workers.at({ source: "node", stream, worker: address });
  for (const stream of streams) {
    const worker = workerOf(stream);
    worker.connections = 1;
    worker.device = device;
    worker.measuredRate = () => hashRate(stream);
  }
  return {
    createTemplate: (request) => builder.createTemplate(request),
    subscribe: (outdated) => builder.subscribe?.(outdated) ?? (() => undefined),
    async importSealed(template, nonce) {
      const block = await builder.importSealed(template, nonce);
      const worker = workerOf(template.header.stream);
      worker.difficulty = targetToDifficulty(template.target);
      worker.add("accepted", worker.difficulty);
      worker.addBlock(block);
      return block;
    },
  };
}
