import { backupErrors } from "../errors.ts";

export interface ControlFile {
  readonly systemId: bigint;
  readonly timeline: number;
  /** Log position from which recovery replays. Bytes */
  readonly redo: number;
}

/** Of `ControlFileData` in PostgreSQL's `pg_control.h`. */
const OFFSETS = { systemId: 0, redo: 40, timeline: 48 };
const SIZE_MIN = 52;

/** @throws BACKUP_SOURCE_CHANGED */
export function readControlFile(bytes: Uint8Array, path: string): ControlFile {
  if (bytes.length < SIZE_MIN) throw backupErrors.BACKUP_SOURCE_CHANGED({ path, bytes: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    systemId: view.getBigUint64(OFFSETS.systemId, true),
    timeline: view.getUint32(OFFSETS.timeline, true),
    redo: Number(view.getBigUint64(OFFSETS.redo, true)),
  };
}
