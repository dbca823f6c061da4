import type { TrellisError } from "@trellis/base";
import { type BlockOutcome, type Hash, type Header, headerHash } from "@trellis/protocol";
import { intakeErrors } from "../../intake/errors.ts";
import { checkInContext } from "../checkInContext.ts";
import { pipelineErrors } from "../errors.ts";
import type { Importer } from "../Importer.ts";
import { Outcomes } from "../Outcomes.ts";
import { writeOfPlace } from "../openStages.ts";
import type { Stages } from "../Stages.ts";

/** Headers that are stored together, as EXEC-26 has it for blocks. */
const RUN_MAX = 1_024;

interface Headed {
  readonly hash: Hash;
  readonly header: Header;
}

/**
 * Gives blocks their place in the DAG by their headers alone: all is checked but what executing would show.
 * [SYNC-STATE-1]
 * @throws CHAIN_STOPPED, CHAIN_HAS_STATE
 */
export async function importHeaders(
  stages: Stages,
  importer: Importer,
  headers: readonly Header[],
): Promise<readonly BlockOutcome[]> {
  const outcomes = new Outcomes();
  for (let at = 0; at < headers.length; at += RUN_MAX) {
    const run = headers.slice(at, at + RUN_MAX).map((header) => ({ hash: headerHash(header), header }));
    await importer.exclusively(() => importRun(stages, importer, run, outcomes));
  }
  return outcomes.inOrder;
}

/** @throws CHAIN_HAS_STATE unless the chain is that of genesis, or one of headers that wait for a state */
export function requireNothingExecuted({ chainDag }: Stages, { awaitsState }: Importer): void {
  if (!awaitsState && chainDag.dag.size > 1) throw pipelineErrors.CHAIN_HAS_STATE();
}

async function importRun(
  stages: Stages,
  importer: Importer,
  run: readonly Headed[],
  outcomes: Outcomes,
): Promise<void> {
  requireNothingExecuted(stages, importer);
  const { blocks, chainDag, tables } = stages;
  const checked = await Promise.all(
    run.map(({ hash, header }) => refusalInIsolation(importer, hash, header)),
  );
  const taken: Hash[] = [];
  for (const [index, headed] of run.entries()) {
    const refusal = checked[index] ?? place(stages, importer, headed);
    if (refusal === undefined) taken.push(headed.hash);
    outcomes.add(headed, refusal, chainDag.dag);
  }
  if (importer.failure !== undefined) throw pipelineErrors.CHAIN_STOPPED({}, importer.failure);
  if (taken.length === 0) return;
  await importer.store([
    ...blocks.writes([], []),
    ...taken.map((hash) => writeOfPlace(tables, chainDag, hash)),
    tables.meta.put("headersOnly", Uint8Array.of(1)),
  ]);
  blocks.settle();
  importer.awaitState();
}

async function refusalInIsolation(
  importer: Importer,
  hash: Hash,
  header: Header,
): Promise<TrellisError | undefined> {
  try {
    await importer.checkHeader(hash, header);
    return undefined;
  } catch (error) {
    return importer.refusalOf(hash, error);
  }
}

function place(stages: Stages, importer: Importer, { hash, header }: Headed): TrellisError | undefined {
  const { blocks, chainDag } = stages;
  try {
    if (chainDag.dag.has(hash)) throw intakeErrors.BLOCK_KNOWN({ block: hash });
    const found = checkInContext(stages, header);
    blocks.addHeader(hash, header);
    chainDag.insert(hash, header, found);
    return undefined;
  } catch (error) {
    return importer.refusalOf(hash, error);
  }
}
