import { bytesToHex, type Fact } from "@trellis/base";
import type { Hash, Header } from "@trellis/protocol";
import type { ExecutionResult } from "../execution/executeBlock.ts";

export interface RootDifference {
  readonly field: string;
  readonly got: Fact;
  readonly expected: Fact;
}

/** The first field in which a header does not name what executing its block gives. [EXEC-13] */
export function findRootDifference(
  header: Header,
  result: ExecutionResult,
  stateRoot: Hash,
): RootDifference | undefined {
  const implied = {
    stateRoot,
    acceptedRoot: result.acceptedRoot,
    receiptsRoot: result.receiptsRoot,
    gasUsed: result.gasUsed,
    logsBloom: bytesToHex(result.logsBloom),
  };
  const named = { ...header, logsBloom: bytesToHex(header.logsBloom) };
  for (const field of Object.keys(implied) as (keyof typeof implied)[]) {
    if (named[field] !== implied[field]) return { field, got: named[field], expected: implied[field] };
  }
  return undefined;
}
