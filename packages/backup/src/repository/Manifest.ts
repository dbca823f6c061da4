import { z } from "zod";
import { FORMAT } from "./jsonIn.ts";

export const BACKUP_ID = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;
const PATH_BYTES_MAX = 4_096;
const base64 = z.base64();
const belowData = /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/s;

/** `wal`: one segment of the write-ahead log of the database above it. */
export const PART_KINDS = ["files", "lmdb", "rocksdb", "pglite", "wal", "postgres"] as const;

const manifestPart = z.strictObject({
  /** The part's directory below the data directory, without `..`; `.` for the data directory itself. */
  name: z.string().max(PATH_BYTES_MAX).regex(belowData),
  kind: z.enum(PART_KINDS),
  bytes: z.int().min(0),
  files: z.int().min(0),
  /** Chunk ids of the list of files (JSON, `fileList`). */
  list: z.array(base64),
  /** Chunk ids of a list of chunk ids of 32 bytes each, whose chunks are the contents of all files. */
  contents: z.array(base64),
  /** Only of a database. */
  log: z
    .strictObject({
      /** PostgreSQL's system identifier, decimal. */
      systemId: z.string().regex(/^\d{1,20}$/),
      timeline: z.int().min(1),
      /** Position at which recovery starts. */
      redo: z.int().min(0),
      /** The copied pages show changes up to this position. */
      consistentAt: z.int().min(0),
      /** Position at which the backed-up log ends. */
      end: z.int().min(0),
    })
    .optional(),
  /** Only of a PostgreSQL cluster, whose log is in the archive (`WalArchive`). */
  cluster: z
    .strictObject({
      systemId: z.string().regex(/^\d{1,20}$/),
      timeline: z.int().min(1),
      /** `server_version_num` */
      version: z.int().min(0),
      segmentBytes: z.int().min(1 << 20),
      /** Position at which recovery starts. */
      start: z.int().min(0),
      /** The copied pages show changes up to this position. */
      consistentAt: z.int().min(0),
      /** Marks the backup's time in the log. */
      restorePoint: z.strictObject({ name: z.string().max(63), lsn: z.int().min(0) }),
    })
    .optional(),
});

export const manifest = z.strictObject({
  format: z.literal(FORMAT),
  id: z.string().regex(BACKUP_ID),
  /** Full backup whose databases this backup continues with more of their logs. Absent: a full backup. */
  base: z.string().regex(BACKUP_ID).optional(),
  /** Time to which a restore returns. ms since the Unix epoch */
  atMs: z.int().min(0),
  endedMs: z.int().min(0),
  /** Version of Trellis. */
  release: z.string().max(64),
  parts: z.array(manifestPart),
  /** Bytes that this backup added to the repository. */
  addedBytes: z.int().min(0),
});

export type Manifest = z.output<typeof manifest>;
export type ManifestPart = z.output<typeof manifestPart>;
export type Cluster = NonNullable<ManifestPart["cluster"]>;
export type DatabaseLog = NonNullable<ManifestPart["log"]>;

export function bytesOf({ parts }: Pick<Manifest, "parts">): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

const segment = /^(?!\.{1,2}(\/|$))[^/\0]+(\/(?!\.{1,2}(\/|$))[^/\0]+)*$/;

/** In the order of their contents. */
export const fileList = z.array(
  z.strictObject({
    /** Relative, without `.` and `..`. */
    path: z.string().max(PATH_BYTES_MAX).regex(segment),
    kind: z.enum(["file", "directory"]),
    mode: z.int().min(0).max(0o777),
    bytes: z.int().min(0),
    modifiedMs: z.number(),
  }),
);

export type ListedFile = z.output<typeof fileList>[number];
