import type { Log } from "@trellis/base";
import type { Block, ChainBlock, Hash } from "@trellis/protocol";
import { storageErrors } from "@trellis/storage";
import { selectSink } from "../consensus/forkChoice/selectSink.ts";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { Executor } from "../execution/Executor.ts";
import type { CertificateStore } from "../finality/certificates/CertificateStore.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";

export interface ExecuteChainPorts extends KnownBlocks {
  readonly states: StateStore;
  readonly executor: Executor;
  readonly certificates: CertificateStore;
  readonly log: Log;
}

/** [EXEC-19] */
export async function findSink(
  ports: ExecuteChainPorts,
  batch: ChainBatch,
  final: Hash,
  fresh: Hash | undefined,
): Promise<Hash> {
  const { dag } = ports.chainDag;
  const sink = await selectSink(dag.sinkCandidates(final), {
    isOnFinalChain: (candidate) => {
      const isOn = dag.isChainAncestor(final, candidate);
      if (!isOn && candidate === fresh) {
        ports.log.warn("branch.refused", {
          tip: candidate,
          final,
          message: "The heavier branch does not contain the final block.",
        });
      }
      return isOn;
    },
    isStateValid: (candidate) => executeChain(ports, batch, candidate),
  });
  if (sink === undefined)
    throw storageErrors.STORE_CORRUPT({ reason: "no block has the final block on its chain", final });
  return sink;
}

export interface SinkMove {
  readonly removed: readonly ChainBlock[];
  readonly added: readonly ChainBlock[];
}

export function moveBetween({ blocks, chainDag }: KnownBlocks, from: Hash, to: Hash): SinkMove {
  const { removed, added } = chainDag.dag.chainPath(from, to);
  return {
    removed: removed.map((hash) => blocks.executedBlock(hash)),
    added: added.map((hash) => blocks.executedBlock(hash)),
  };
}

export async function executeChain(ports: ExecuteChainPorts, batch: ChainBatch, tip: Hash): Promise<boolean> {
  const { chainDag, states, blocks } = ports;
  const path: Hash[] = [];
  let isValid = true;
  for (let hash = tip; isValid && !states.has(hash); hash = chainDag.selectedParent(hash)!) {
    path.push(hash);
    isValid = !blocks.isDisqualified(hash);
  }
  for (const hash of path.reverse()) {
    isValid &&= await execute(ports, batch, blocks.storedBlock(hash));
    if (!isValid && !blocks.isDisqualified(hash)) blocks.disqualify(batch, hash);
  }
  return isValid;
}

async function execute(
  { chainDag, states, blocks, executor, certificates, log }: ExecuteChainPorts,
  batch: ChainBatch,
  block: Block,
): Promise<boolean> {
  const ghostdag = chainDag.dag.ghostdagDataOf(block.hash)!;
  const examined = await executor.examine(block, ghostdag);
  if (examined.difference !== undefined) {
    log.warn("block.disqualified", { block: block.hash, ...examined.difference });
    return false;
  }
  const { result, layer } = examined.executed;
  states.attach(block.hash, layer);
  batch.onRollback(() => states.detach(block.hash));
  certificates.remember(block.hash, examined.executed.certificates);
  blocks.addExecution(batch, block, [...ghostdag.merged.map(({ hash }) => hash), block.hash], result);
  return true;
}
