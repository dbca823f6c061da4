import type { TrellisError } from "@trellis/base";
import {
  type BlockOutcome,
  type Hash,
  type Header,
  headerHash,
  type NetworkParameters,
} from "@trellis/protocol";
import { ruleErrors } from "../consensus/errors.ts";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { Outcomes } from "../consensus/Outcomes.ts";
import { verifyInContext } from "../consensus/rules/verifyInContext.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { stateSyncErrors } from "./errors.ts";
import type { StateSyncPorts, SyncQueue } from "./StateSyncPorts.ts";

/** Headers per batch. Blocks have a lower limit (EXEC-26). */
const RUN_MAX = 1_024;

interface Headed {
  readonly hash: Hash;
  readonly header: Header;
}

/** [SYNC-STATE-1] */
export async function importHeaders(
  parameters: NetworkParameters,
  ports: StateSyncPorts,
  queue: SyncQueue,
  headers: readonly Header[],
): Promise<readonly BlockOutcome[]> {
  const outcomes = new Outcomes();
  for (let at = 0; at < headers.length; at += RUN_MAX) {
    const run = headers.slice(at, at + RUN_MAX).map((header) => ({ hash: headerHash(header), header }));
    await queue.exclusively(() => importRun(parameters, ports, queue, run, outcomes));
  }
  return outcomes.inOrder;
}

export function requireNothingExecuted({ chainDag }: KnownBlocks, { awaitsState }: SyncQueue): void {
  if (!awaitsState && chainDag.dag.size > 1) throw stateSyncErrors.CHAIN_HAS_STATE();
}

async function importRun(
  parameters: NetworkParameters,
  ports: StateSyncPorts,
  queue: SyncQueue,
  run: readonly Headed[],
  outcomes: Outcomes,
): Promise<void> {
  requireNothingExecuted(ports, queue);
  const { chainDag, tables } = ports;
  const checked = await Promise.all(run.map(({ hash, header }) => refusalInIsolation(queue, hash, header)));
  const batch = new ChainBatch();
  let count = 0;
  for (const [index, headed] of run.entries()) {
    const refusal = checked[index] ?? place(parameters, ports, queue, batch, headed);
    if (refusal === undefined) count++;
    outcomes.add(headed, refusal, chainDag.dag);
  }
  queue.requireRunning();
  if (count === 0) return;
  batch.put(tables.meta, "headersOnly", Uint8Array.of(1));
  batch.onCommit(() => queue.awaitState());
  await queue.commit(batch);
}

async function refusalInIsolation(
  queue: SyncQueue,
  hash: Hash,
  header: Header,
): Promise<TrellisError | undefined> {
  try {
    await queue.checkHeader(hash, header);
    return undefined;
  } catch (error) {
    return queue.refusalOf(hash, error);
  }
}

function place(
  parameters: NetworkParameters,
  ports: StateSyncPorts,
  queue: SyncQueue,
  batch: ChainBatch,
  { hash, header }: Headed,
): TrellisError | undefined {
  const { blocks, chainDag } = ports;
  const savepoint = batch.savepoint();
  try {
    if (chainDag.dag.has(hash)) throw ruleErrors.BLOCK_KNOWN({ block: hash });
    const found = verifyInContext(ports, parameters, chainDag.oldest, header);
    blocks.addHeader(batch, hash, header);
    chainDag.insert(batch, hash, header, found);
    return undefined;
  } catch (error) {
    batch.rollback(savepoint);
    return queue.refusalOf(hash, error);
  }
}
