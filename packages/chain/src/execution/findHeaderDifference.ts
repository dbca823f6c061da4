import { bytesEqual, bytesToHex, type Fact } from "@trellis/base";
import type { Hash, Header } from "@trellis/protocol";
import type { BlockRules } from "./blockRules.ts";
import type { ExecutionResult } from "./executeBlock.ts";

export interface HeaderDifference {
  readonly field: string;
  readonly got: Fact;
  readonly expected: Fact;
}

/** Compares values known before execution. [EXEC-5] [BLOCK-10] */
export function findRuleDifference(
  { baseFee, finalized }: Header,
  rules: BlockRules,
): HeaderDifference | undefined {
  if (baseFee !== rules.baseFee) return { field: "baseFee", got: baseFee, expected: rules.baseFee };
  if (rules.admitsFinalized(finalized)) return undefined;
  return { field: "finalized", got: finalized, expected: rules.finalized() };
}

/** [EXEC-13] [SHARD-13.1] */
export function findRootDifference(
  header: Header,
  result: ExecutionResult,
  stateRoot: Hash,
): HeaderDifference | undefined {
  const { acceptedRoot, receiptsRoot, gasUsed, logsBloom } = result;
  if (result.hasFailedDelivery) return { field: "batches", got: "failed delivery", expected: "SHARD-13.1" };
  const implied = { stateRoot, acceptedRoot, receiptsRoot, gasUsed };
  for (const field of Object.keys(implied) as (keyof typeof implied)[]) {
    if (header[field] !== implied[field]) return { field, got: header[field], expected: implied[field] };
  }
  if (bytesEqual(header.logsBloom, logsBloom)) return undefined;
  return { field: "logsBloom", got: bytesToHex(header.logsBloom), expected: bytesToHex(logsBloom) };
}
