import { isTrellisError } from "@trellis/base";
import type { RecordImport, RecordRange } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import { STATE_LIMITS } from "../limits.ts";

interface FetchRecordsOptions {
  readonly records: RecordImport;
  readonly requests: Pick<PeerRequests, "stateRange">;
  readonly guard: Pick<PeerGuard, "report">;
  /** That have the states now. */
  readonly peers: () => readonly PeerId[];
  readonly isStopped: () => boolean;
}

/** Asks one peer until it fails, then the next. [SYNC-STATE-7] @returns whether all records are stored */
export async function fetchRecords(options: FetchRecordsOptions): Promise<boolean> {
  const { records, peers, isStopped } = options;
  const failed = new Set<PeerId>();
  while (records.next !== undefined && !isStopped()) {
    const peer = peers().find((each) => !failed.has(each));
    if (peer === undefined) return false;
    if (!(await ask(options, peer, records.next))) failed.add(peer);
  }
  return records.next === undefined;
}

async function ask(
  { records, requests, guard, isStopped }: FetchRecordsOptions,
  peer: PeerId,
  { block, owner, from }: RecordRange,
): Promise<boolean> {
  // One account, or the storage of all shards' records.
  const bytesMax = owner === undefined ? 1 : STATE_LIMITS.rangeBytes;
  const range = await requests.stateRange(peer, { block, owner, from, bytesMax });
  if (range === undefined || isStopped()) return false;
  try {
    await records.give(range);
    return true;
  } catch (error) {
    if (!isTrellisError(error, "STATE_RANGE_INVALID")) throw error;
    guard.report(peer, "falseAnswer", { records: error.message });
    return false;
  }
}
