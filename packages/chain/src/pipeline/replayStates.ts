import type { Hash } from "@trellis/protocol";
import { pipelineErrors } from "./errors.ts";
import { findRootDifference, type Stages } from "./Importer.ts";

/**
 * Rebuilds the state layers between the stored base and the sink by executing their blocks again: layers are only
 * kept in memory, so that a crash leaves nothing half written.
 * @throws STATE_ROOT_LOST
 */
export async function replayStates(
  { chainDag, blocks, states, executor }: Stages,
  sink: Hash,
): Promise<void> {
  const standingOf = (hash: Hash) => chainDag.dag.standingOf(hash)!;
  const path: Hash[] = [];
  for (let hash = sink; !states.has(hash); hash = standingOf(hash).selectedParent) path.unshift(hash);
  for (const hash of path) {
    const block = blocks.block(hash)!;
    const { result, layer } = await executor.runBlock(block, standingOf(hash));
    const difference = findRootDifference(block.header, result, layer.root);
    if (difference !== undefined) throw pipelineErrors.STATE_ROOT_LOST({ block: hash, ...difference });
    states.attach(hash, layer);
  }
}
