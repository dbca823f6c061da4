import type { Tracing, TrellisError } from "@trellis/base";
import { type Block, type Hash, type NetworkParameters, tracedKeys } from "@trellis/protocol";
import { ruleErrors } from "../consensus/errors.ts";
import type { Outcomes } from "../consensus/Outcomes.ts";
import type { AnchoredBlocks } from "../consensus/rules/anchor.ts";
import { verifyBodyInIsolation } from "../consensus/rules/bodyInIsolation.ts";
import type { HeaderCheck } from "../consensus/rules/HeaderCheck.ts";
import { verifyInContext } from "../consensus/rules/verifyInContext.ts";
import { chainErrors } from "./errors.ts";
import type { FailurePolicy } from "./FailurePolicy.ts";
import type { ImportBatch, ImportBatchPorts } from "./ImportBatch.ts";
import type { ImportMeter } from "./ImportMeter.ts";
import type { ImportResult } from "./ImportResult.ts";

/** Seals of blocks from this node are not verified again. */
export type BlockOrigin = "received" | "sealedHere";

export interface ImportBlocksPorts extends ImportBatchPorts, AnchoredBlocks {
  readonly parameters: NetworkParameters;
  readonly headerCheck: HeaderCheck;
  readonly failures: FailurePolicy;
  readonly meter: Pick<ImportMeter, "span" | "end">;
  readonly tracing: Tracing;
}

type Refusal = TrellisError | undefined;

interface Arrival {
  readonly blocks: readonly Block[];
  readonly origin: BlockOrigin;
  readonly outcomes: Outcomes;
}

interface Target {
  readonly imports: ImportBatch;
  requireOpen(): void;
  commit(imports: ImportBatch): Promise<ImportResult>;
}

export interface ImportedBlocks {
  readonly refusals: readonly Refusal[];
  readonly result: ImportResult | undefined;
}

/** The batch continues the first trace of its blocks. */
export function importBlocks(
  ports: ImportBlocksPorts,
  arrival: Arrival,
  target: Target,
): Promise<ImportedBlocks> {
  const { tracing } = ports;
  const { blocks, origin } = arrival;
  const parent = tracing.recall(tracedKeysOf(blocks));
  const facts = { "trellis.block.count": blocks.length, "trellis.block.origin": origin };
  return tracing.span("block.import", { facts, parent }, () => {
    for (const { hash } of blocks) tracing.remember(hash);
    return importStages(ports, arrival, target);
  });
}

function* tracedKeysOf(blocks: readonly Block[]): Iterable<Hash> {
  for (const { hash, body } of blocks) yield* tracedKeys(body, hash);
}

/** [EXEC-6] [EXEC-26] */
async function importStages(
  ports: ImportBlocksPorts,
  arrival: Arrival,
  { imports, requireOpen, commit }: Target,
): Promise<ImportedBlocks> {
  ports.failures.requireRunning();
  const refusals = await verifyAndInsert(ports, arrival, imports, requireOpen).finally(() =>
    ports.meter.end(),
  );
  const result = imports.blocks.length === 0 ? undefined : await commit(imports);
  return { refusals, result };
}

async function verifyAndInsert(
  ports: ImportBlocksPorts,
  arrival: Arrival,
  imports: ImportBatch,
  requireOpen: () => void,
): Promise<readonly Refusal[]> {
  const { meter } = ports;
  const unsound = await meter.span("block.verifyInIsolation", () =>
    verifyAllInIsolation(ports, arrival, requireOpen),
  );
  if (arrival.blocks.length > 1)
    await meter.span("block.recoverSenders", () => recoverAhead(ports, arrival, unsound));
  return importInOrder(ports, imports, arrival, unsound);
}

/** Verifies signatures last, because they are expensive. [EXEC-22] */
async function importBlock(ports: ImportBlocksPorts, imports: ImportBatch, block: Block): Promise<void> {
  const { meter, parameters, states, executor } = ports;
  requireNew(ports, block);
  const context = meter.span("block.verifyInContext", () =>
    verifyInContext(ports, parameters, states.baseHash, block.header),
  );
  await meter.span("block.recoverSenders", () => executor.sendersOf(block));
  const savepoint = imports.batch.savepoint();
  try {
    meter.span("block.insert", () => imports.insert(block, context));
    await meter.span("block.execute", () => imports.selectSink(block.hash));
    imports.followSink();
  } catch (cause) {
    imports.batch.rollback(savepoint);
    throw chainErrors.BLOCK_NOT_TAKEN({ block: block.hash }, cause);
  }
}

async function verifyAllInIsolation(
  ports: ImportBlocksPorts,
  { blocks, origin }: Arrival,
  requireOpen: () => void,
): Promise<readonly Refusal[]> {
  const { failures } = ports;
  const refusals = await Promise.all(
    blocks.map((block) =>
      failures.refusalFrom(block.hash, async () => {
        requireNew(ports, block);
        requireOpen();
        await verifyInIsolation(ports, block, origin);
      }),
    ),
  );
  failures.requireRunning();
  return refusals;
}

async function verifyInIsolation(ports: ImportBlocksPorts, block: Block, origin: BlockOrigin): Promise<void> {
  await ports.headerCheck.verify(block.hash, block.header, origin === "sealedHere");
  verifyBodyInIsolation(block, ports.parameters);
}

async function recoverAhead(
  { chainDag, executor }: ImportBlocksPorts,
  { blocks }: Arrival,
  unsound: readonly Refusal[],
): Promise<void> {
  const attached = new Map<Hash, Block>();
  for (const [index, block] of blocks.entries()) {
    const isAttached = block.header.parents.every(
      (parent) => attached.has(parent) || chainDag.dag.has(parent),
    );
    if (unsound[index] === undefined && isAttached) attached.set(block.hash, block);
  }
  await executor.recoverAhead([...attached.values()]);
}

async function importInOrder(
  ports: ImportBlocksPorts,
  imports: ImportBatch,
  { blocks, outcomes }: Arrival,
  unsound: readonly Refusal[],
): Promise<readonly Refusal[]> {
  const { failures, chainDag } = ports;
  const refusals = [...unsound];
  try {
    for (const [index, block] of blocks.entries()) {
      refusals[index] ??= await failures.refusalFrom(block.hash, () => importBlock(ports, imports, block));
      failures.requireRunning();
      outcomes.add(block, refusals[index], chainDag.dag);
    }
    return refusals;
  } catch (error) {
    imports.batch.rollback();
    throw error;
  }
}

function requireNew({ chainDag }: ImportBlocksPorts, { hash }: Block): void {
  if (chainDag.dag.has(hash)) throw ruleErrors.BLOCK_KNOWN({ block: hash });
}
