import { overrideHash } from "../store/blockOverride.ts";
import { decodeSnapshot } from "../store/snapshotRecord.ts";
import type { ChainTables } from "../store/tables.ts";
import type { Problems } from "./Problems.ts";

/** Records of a controlled devnet. [DEV-3] [DEV-4] */
export function verifyControl({ overrides, snapshots, headers }: ChainTables, problems: Problems): void {
  for (const [hash, encoded] of overrides.range({}))
    problems.expect(`override ${hash}: its hash`, overrideHash(encoded), hash);
  for (const [id, record] of snapshots.range({})) {
    const { block } = decodeSnapshot(record);
    if (!headers.has(block)) problems.add(`snapshot ${id}: nobody knows block ${block}`);
  }
}
