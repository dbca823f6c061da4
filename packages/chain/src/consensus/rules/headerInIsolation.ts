import { HEADER_VERSION, type Header, type NetworkParameters } from "@trellis/protocol";
import { ruleErrors } from "./errors.ts";

/** Siblings of a merge-mining branch: 2^8 shards at most. */
const SEAL_BRANCH_MAX = 8;

/** Checks what the header alone and the clock can tell. @throws the first rule it breaks */
export function verifyHeaderInIsolation(
  header: Header,
  parameters: NetworkParameters,
  shard: number,
  nowMs: number,
): void {
  const { version, parents, extra, stream, timestampMs, seal } = header;
  if (version !== HEADER_VERSION) throw ruleErrors.VERSION_UNSUPPORTED({ version, known: HEADER_VERSION });
  if (header.shard !== shard) throw ruleErrors.SHARD_MISMATCH({ got: header.shard, expected: shard });
  if (parents.length === 0) throw ruleErrors.PARENTS_EMPTY();
  if (parents.length > parameters.parentsMax) {
    throw ruleErrors.PARENTS_TOO_MANY({ count: parents.length, countMax: parameters.parentsMax });
  }
  if (new Set(parents).size !== parents.length) throw ruleErrors.PARENTS_DUPLICATE();
  if (extra.length > parameters.extraBytesMax) {
    throw ruleErrors.EXTRA_TOO_LONG({ bytes: extra.length, bytesMax: parameters.extraBytesMax });
  }
  if (parameters.streams[stream] === undefined) {
    throw ruleErrors.STREAM_UNKNOWN({ stream, streams: parameters.streams.length });
  }
  if (seal.branch.length > SEAL_BRANCH_MAX) {
    throw ruleErrors.SEAL_BRANCH_TOO_LONG({ length: seal.branch.length, lengthMax: SEAL_BRANCH_MAX });
  }
  if (timestampMs > nowMs + parameters.timestampAheadMaxMs) {
    throw ruleErrors.TIMESTAMP_AHEAD({
      aheadMs: timestampMs - nowMs,
      aheadMsMax: parameters.timestampAheadMaxMs,
    });
  }
}
