import type { Block, Hash, NetworkParameters } from "@trellis/protocol";
import { ruleErrors } from "../consensus/errors.ts";
import { verifyBodyInIsolation } from "../consensus/rules/bodyInIsolation.ts";
import type { HeaderCheck } from "../consensus/rules/HeaderCheck.ts";
import { verifyInContext } from "../consensus/rules/verifyInContext.ts";
import { chainErrors } from "./errors.ts";
import type { ImportBatch, ImportBatchPorts } from "./ImportBatch.ts";

/** Local miners have verified the seal by mining. */
export type BlockOrigin = "received" | "sealedHere";

export interface ImportBlockPorts extends ImportBatchPorts {
  readonly parameters: NetworkParameters;
  readonly headerCheck: HeaderCheck;
}

/** [EXEC-1] [EXEC-2] @throws the broken rule */
export async function verifyInIsolation(
  ports: ImportBlockPorts,
  block: Block,
  origin: BlockOrigin,
): Promise<void> {
  await ports.headerCheck.verify(block.hash, block.header, origin === "sealedHere");
  verifyBodyInIsolation(block, ports.parameters);
}

/**
 * Verifies in context, then signatures (the most expensive check), inserts, selects the sink. The caller commits.
 * [EXEC-6]
 * @throws the broken rule; BLOCK_NOT_TAKEN on a local failure: rolled back, may be imported later [EXEC-22]
 */
export async function importBlock(
  ports: ImportBlockPorts,
  imports: ImportBatch,
  block: Block,
): Promise<void> {
  requireNew(ports, block);
  const context = verifyInContext(ports, ports.parameters, ports.states.baseHash, block.header);
  await ports.executor.sendersOf(block);
  const savepoint = imports.batch.savepoint();
  try {
    imports.insert(block, context);
    await imports.selectSink(block.hash);
    imports.followSink();
  } catch (cause) {
    imports.batch.rollback(savepoint);
    throw chainErrors.BLOCK_NOT_TAKEN({ block: block.hash }, cause);
  }
}

export async function recoverAhead(
  { chainDag, executor }: ImportBlockPorts,
  blocks: readonly Block[],
): Promise<void> {
  const attached = new Map<Hash, Block>();
  for (const block of blocks) {
    const isAttached = block.header.parents.every(
      (parent) => attached.has(parent) || chainDag.dag.has(parent),
    );
    if (isAttached) attached.set(block.hash, block);
  }
  await executor.recoverAhead([...attached.values()]);
}

/** @throws BLOCK_KNOWN */
export function requireNew({ chainDag }: ImportBlockPorts, { hash }: Block): void {
  if (chainDag.dag.has(hash)) throw ruleErrors.BLOCK_KNOWN({ block: hash });
}
