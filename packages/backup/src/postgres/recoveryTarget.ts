import type { WalRecord } from "../wal/walRecords.ts";
import { numberToLsn } from "./lsn.ts";

/** State of a cluster to restore. */
export type RecoveryTarget =
  /** The commits until a time. ms since the Unix epoch */
  | { readonly kind: "time"; readonly ms: number }
  /** Through the record at or after a position. */
  | { readonly kind: "lsn"; readonly lsn: number }
  /** Through the end of a transaction. */
  | { readonly kind: "xid"; readonly xid: number }
  /** Through a restore point. */
  | { readonly kind: "name"; readonly name: string };

/** Whether recovery to the target ends at this record, given that it did not end earlier. */
export function endsAt(target: RecoveryTarget, { lsn, commitMs, xid, restorePoint }: WalRecord): boolean {
  switch (target.kind) {
    case "time":
      // A restore point shows that there was no commit between the target and itself.
      return (commitMs ?? restorePoint?.timeMs ?? Number.NEGATIVE_INFINITY) > target.ms;
    case "lsn":
      return lsn >= target.lsn;
    case "xid":
      return xid === target.xid;
    case "name":
      return restorePoint?.name === target.name;
  }
}

/**
 * Settings of PostgreSQL that end recovery at `record`.
 * @param record where `endsAt` is true
 */
export function recoverySettings(target: RecoveryTarget, { restorePoint }: WalRecord): [string, string][] {
  switch (target.kind) {
    case "time":
      // PostgreSQL looks for a later commit, which the archive need not have.
      return restorePoint === undefined
        ? [["recovery_target_time", timeSetting(target.ms)]]
        : [["recovery_target_name", restorePoint.name]];
    case "lsn":
      return [["recovery_target_lsn", numberToLsn(target.lsn)]];
    case "xid":
      return [["recovery_target_xid", String(target.xid)]];
    case "name":
      return [["recovery_target_name", target.name]];
  }
}

/** PostgreSQL does not know names of time zones when it reads its settings. */
function timeSetting(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "+00");
}

export function targetText(target: RecoveryTarget): string {
  switch (target.kind) {
    case "time":
      return new Date(target.ms).toISOString();
    case "lsn":
      return `lsn:${numberToLsn(target.lsn)}`;
    case "xid":
      return `xid:${target.xid}`;
    case "name":
      return `name:${target.name}`;
  }
}
