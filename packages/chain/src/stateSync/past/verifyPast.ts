import { isTrellisError, type Steps, type TrellisError } from "@trellis/base";
import type { Hash, Header, NetworkParameters, PastBlock, TrustedPlace } from "@trellis/protocol";
import { ChainDag } from "../../consensus/ChainDag.ts";
import { doubled } from "../../consensus/difficulty/bitsInForce.ts";
import { windowDepth } from "../../consensus/difficulty/index.ts";
import { isBlue, mergedNumber } from "../../consensus/ghostdag/GhostdagRow.ts";
import type { GhostdagRow } from "../../consensus/index.ts";
import type { KnownBlocks } from "../../consensus/KnownBlocks.ts";
import { pastMargin } from "../../consensus/rules/pastDepths.ts";
import { verifyInContext } from "../../consensus/rules/verifyInContext.ts";
import { BlockStore } from "../../store/BlockStore.ts";
import { ChainBatch } from "../../store/ChainBatch.ts";
import type { ChainTables } from "../../store/tables.ts";
import { stateSyncErrors } from "../errors.ts";
import { isAboveRoot, isDetermined } from "./isDetermined.ts";

export interface ReceivedBlock extends PastBlock {
  readonly hash: Hash;
}

export interface VerifiedPast {
  readonly chainDag: ChainDag;
  /** Headers and DAG records. */
  readonly batch: ChainBatch;
}

interface Past extends KnownBlocks, VerifiedPast {
  readonly parameters: NetworkParameters;
  readonly root: Hash;
}

/**
 * Inserts the blocks into a new DAG, parents first. Blocks near the root need trusted data; all others are
 * verified by the usual rules, which reveal false data. [SYNC-32]
 */
export function* verifyPast(
  parameters: NetworkParameters,
  { tables }: { readonly tables: ChainTables },
  root: Hash,
  received: readonly ReceivedBlock[],
): Steps<VerifiedPast> {
  const batch = new ChainBatch();
  const chainDag = ChainDag.beginAbove(root, parameters, tables);
  const past: Past = { parameters, root, chainDag, batch, blocks: new BlockStore(tables) };
  for (const block of received) {
    try {
      insert(past, block);
    } catch (cause) {
      if (!isTrellisError(cause) || isTrellisError(cause, "PAST_INVALID")) throw cause;
      throw stateSyncErrors.PAST_INVALID({ reason: "rules", block: block.hash }, cause);
    }
    yield;
  }
  yield* requireProof(past, received.at(-1)!.hash);
  return { chainDag, batch };
}

function insert(past: Past, { hash, header, place }: ReceivedBlock): void {
  const { parameters, root, chainDag, batch, blocks } = past;
  if (isDetermined(chainDag.dag, parameters, root, header.parents[0]!)) {
    if (place !== undefined) throw invalid("needless data", hash);
    const context = verifyInContext(past, parameters, root, header);
    blocks.addHeader(batch, hash, header);
    chainDag.insert(batch, hash, header, context);
    return;
  }
  if (place === undefined) throw invalid("missing data", hash);
  const row = rowOf(past, hash, header, place);
  verifyPlace(past, hash, header, place, row);
  blocks.addHeader(batch, hash, header);
  chainDag.insertTrusted(batch, hash, header, { row, ...place });
}

function rowOf(
  { root, chainDag: { dag } }: Past,
  hash: Hash,
  header: Header,
  { blues }: TrustedPlace,
): GhostdagRow {
  const genesis = dag.table.hash(0);
  const isStored = (block: Hash): boolean => dag.has(block) && block !== genesis;
  const parents = header.parents.filter(isStored);
  const selectedParent = header.parents.slice(0, 1).find(isStored);
  const isInFuture = parents.some((parent) => dag.has(root) && dag.isAncestor(root, parent));
  // A parent below the root would be an ancestor of another parent.
  if (isInFuture && parents.length < header.parents.length) throw invalid("missing parent", hash);
  return dag.trustedRow(parents, selectedParent, { ...header, blues });
}

/** Compares the data with the header and the selected parent's data. */
function verifyPlace(past: Past, hash: Hash, header: Header, place: TrustedPlace, row: GhostdagRow): void {
  const { parameters, root, chainDag } = past;
  const { streams } = parameters;
  const { daaCounts, bitsOfStreams, blues } = place;
  if (streams[header.stream] === undefined) throw invalid("stream", hash);
  if (sum(daaCounts) !== header.daaScore) throw invalid("DAA counts", hash);
  if (bitsOfStreams[header.stream] !== header.bits) throw invalid("bits", hash);
  for (const [stream, { difficulty, genesisBits }] of streams.entries()) {
    if (difficulty === "fixed" && bitsOfStreams[stream] !== genesisBits) throw invalid("bits", hash);
  }
  if (blues.some((blue, at) => blue <= (blues[at - 1] ?? -1) || blue >= row.mergeset.length))
    throw invalid("blues", hash);
  if (!isAboveRoot(chainDag.dag, root, header.parents[0]!)) return;
  verifyBlues(past, hash, row);
  const implied = chainDag.difficultyOf(row, header.stream);
  if (implied.daaCounts.some((count, stream) => count !== daaCounts[stream]))
    throw invalid("DAA counts", hash);
  verifyBits(past, hash, header, place, row);
}

function verifyBlues({ chainDag: { dag } }: Past, hash: Hash, row: GhostdagRow): void {
  const { blueScores, blueWorks, works } = dag.table;
  const { selectedParent, mergeset, blueCount, blueScore, blueWork } = row;
  let work = blueWorks[selectedParent]! + works[selectedParent]!;
  for (const merged of mergeset) if (isBlue(merged)) work += works[mergedNumber(merged)]!;
  if (blueScores[selectedParent]! + blueCount !== blueScore || work !== blueWork)
    throw invalid("blues", hash);
}

/** Other streams keep their bits in force, which change only with the epoch. [DIFF-5] */
function verifyBits(
  { parameters, chainDag: { dag } }: Past,
  hash: Hash,
  { stream: own }: Header,
  { bitsOfStreams }: TrustedPlace,
  { selectedParent, blueScore }: GhostdagRow,
): void {
  const { table } = dag;
  const epochOf = (score: number): number => Math.floor(score / windowDepth(parameters));
  const isNewEpoch = epochOf(blueScore) > epochOf(table.blueScores[selectedParent]!);
  for (const [stream, { genesisBits }] of parameters.streams.entries()) {
    const inherited = table.bitsOf(selectedParent, stream);
    const bits = bitsOfStreams[stream]!;
    if (stream === own || bits === inherited || (isNewEpoch && bits === doubled(inherited, genesisBits)))
      continue;
    throw invalid("bits", hash);
  }
}

/**
 * False data of a stream is revealed by a verified block with bits from the stream's window. If that block is
 * on the chain, its bits are in force above it.
 */
function* requireProof({ parameters, root, chainDag }: Past, checkpoint: Hash): Steps<void> {
  const { table } = chainDag.dag;
  const scoreMin = chainDag.dag.blueScore(root) + pastMargin(parameters);
  const unproven = new Set(parameters.streams.keys());
  for (const [stream, { difficulty }] of parameters.streams.entries())
    if (difficulty === "fixed") unproven.delete(stream);
  for (let at = table.number(checkpoint)!; unproven.size > 0; ) {
    const selectedParent = table.selectedParents[at]!;
    if (table.blueScores[selectedParent]! < scoreMin) break;
    const stream = table.streams[at]!;
    const place = { selectedParent, mergeset: table.mergesets.toArray(at), blueScore: table.blueScores[at]! };
    if (unproven.has(stream) && chainDag.hasWindow(place, stream)) unproven.delete(stream);
    at = selectedParent;
    yield;
  }
  const [stream] = unproven;
  if (stream !== undefined)
    throw stateSyncErrors.PAST_UNVERIFIABLE({
      reason: "no header depends on the difficulty data of a stream",
      stream: parameters.streams[stream]!.name,
    });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function invalid(reason: string, block: Hash): TrellisError {
  return stateSyncErrors.PAST_INVALID({ reason, block });
}
