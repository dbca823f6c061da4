import { type Header, headerVersion, type NetworkParameters } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";

/** Covers 2^8 shards. */
const SEAL_BRANCH_MAX = 8;

export function verifyHeaderInIsolation(
  header: Header,
  parameters: NetworkParameters,
  shard: number,
  nowMs: number,
): void {
  const { version, parents, extra, stream, timestampMs, seal } = header;
  const known = headerVersion(parameters);
  if (version !== known) throw ruleErrors.BLOCK_INVALID({ reason: "unknown version", version, known });
  if (header.shard !== shard)
    throw ruleErrors.BLOCK_INVALID({ reason: "another shard", got: header.shard, expected: shard });
  if (parents.length === 0) throw ruleErrors.BLOCK_INVALID({ reason: "no parent" });
  if (parents.length > parameters.parentsMax) {
    throw ruleErrors.BLOCK_INVALID({
      reason: "too many parents",
      count: parents.length,
      countMax: parameters.parentsMax,
    });
  }
  if (new Set(parents).size !== parents.length)
    throw ruleErrors.BLOCK_INVALID({ reason: "duplicate parent" });
  if (extra.length > parameters.extraBytesMax) {
    throw ruleErrors.BLOCK_INVALID({
      reason: "extra field too long",
      bytes: extra.length,
      bytesMax: parameters.extraBytesMax,
    });
  }
  if (parameters.streams[stream] === undefined) {
    throw ruleErrors.BLOCK_INVALID({
      reason: "unknown stream",
      stream,
      streams: parameters.streams.length,
    });
  }
  if (seal.branch.length > SEAL_BRANCH_MAX) {
    throw ruleErrors.BLOCK_INVALID({
      reason: "merge-mining branch too long",
      length: seal.branch.length,
      lengthMax: SEAL_BRANCH_MAX,
    });
  }
  if (timestampMs > nowMs + parameters.timestampAheadMaxMs) {
    throw ruleErrors.TIMESTAMP_AHEAD({
      aheadMs: timestampMs - nowMs,
      aheadMsMax: parameters.timestampAheadMaxMs,
    });
  }
}
