import type { Hash } from "@trellis/protocol";
import { storageErrors } from "@trellis/storage";
import type { ExecuteChainPorts } from "./findSink.ts";

/** Executes blocks again, because state layers exist only in memory. [EXEC-21] */
export async function replayStates(
  { chainDag, blocks, states, executor, certificates }: Omit<ExecuteChainPorts, "log">,
  sink: Hash,
): Promise<void> {
  const path: Hash[] = [];
  for (let hash = sink; !states.has(hash); ) {
    path.push(hash);
    const parent = chainDag.selectedParent(hash);
    if (parent === undefined) {
      throw storageErrors.STORE_CORRUPT({ missing: "base under sink", sink, base: states.baseHash });
    }
    hash = parent;
  }
  for (const hash of path.reverse()) {
    const block = blocks.storedBlock(hash);
    executor.rememberSenders(blocks.executedBlock(hash));
    const examined = await executor.examine(block, chainDag.dag.ghostdagDataOf(hash)!);
    if (examined.difference !== undefined) {
      throw storageErrors.STORE_CORRUPT({
        reason: "re-execution of a block results in another state",
        block: hash,
        ...examined.difference,
      });
    }
    states.attach(hash, examined.executed.layer);
    certificates.remember(hash, examined.executed.certificates);
  }
}
