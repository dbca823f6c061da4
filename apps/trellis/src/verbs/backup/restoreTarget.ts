import { lsnToNumber, type RecoveryTarget } from "@trellis/backup";

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z/;
const LSN = /lsn:[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}/;
const XID = /xid:\d{1,10}/;
/** PostgreSQL limits names to 63 bytes. */
const NAME = /name:[\x20-\x7e]{1,63}/;

export const RESTORE_TARGET: RegExp = new RegExp(
  `^(?:|${[TIME, LSN, XID, NAME].map(({ source }) => source).join("|")})$`,
);
export const RESTORE_TARGET_FORMS =
  "a UTC time like 2026-11-25T09:30:00Z, lsn:0/16B3748, xid:7631 or name:RESTORE_POINT";

/** False for a date that no calendar has. @param text that RESTORE_TARGET matches */
export function isRestoreTarget(text: string): boolean {
  const target = restoreTarget(text);
  return target?.kind !== "time" || !Number.isNaN(target.ms);
}

/** Undefined for an empty text. @param text that RESTORE_TARGET matches */
export function restoreTarget(text: string): RecoveryTarget | undefined {
  const [, kind, value = ""] = /^(lsn|xid|name):(.*)$/.exec(text) ?? [];
  switch (kind) {
    case "lsn":
      return { kind, lsn: lsnToNumber(value) };
    case "xid":
      return { kind, xid: Number(value) };
    case "name":
      return { kind, name: value };
    default:
      return text === "" ? undefined : { kind: "time", ms: Date.parse(text) };
  }
}
