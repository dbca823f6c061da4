import { crc32c } from "./crc32c.ts";

/*
 * PostgreSQL's write-ahead log: xlog_internal.h (pages), xlogrecord.h (records), xact.h (commits). Positions
 * (LSN) are byte offsets in the log, page headers included.
 */

export const SEGMENT_BYTES = 16 << 20;
const PAGE_BYTES = 8_192;
const PAGE_HEADER = { short: 24, long: 40 };
const IS_CONTINUATION = 0x0001;
/** The record before it was cut off by a crash, and is ignored. */
const IS_OVERWRITE = 0x0008;
const RECORD_HEADER = 24;
/** A larger length is not one of a record. */
const RECORD_BYTES_MAX = 1 << 30;
const ALIGNMENT = 8;
const [RMGR_XLOG, RMGR_XACT] = [0, 1];
const [XLOG_SWITCH, XLOG_RESTORE_POINT] = [0x40, 0x70];
const XACT_KIND = 0x70;
const COMMITS: ReadonlySet<number> = new Set([0x00, 0x30]);
const ABORT = 0x20;
const TIME_BYTES = 8;
/** Also of the name of a restore point, with a final zero. */
const NAME_BYTES = 64;
/** 2000-01-01T00:00:00Z. ms since the Unix epoch */
const POSTGRES_EPOCH_MS = 946_684_800_000;

export interface WalRecord {
  readonly lsn: number;
  /** Start of the next record. */
  readonly end: number;
  /** Only of transaction commits. ms since the Unix epoch, with fractions */
  readonly commitMs?: number;
  /** Only of transaction commits and aborts. */
  readonly xid?: number;
  /** Only of restore points (`pg_create_restore_point`). */
  readonly restorePoint?: { readonly name: string; readonly timeMs: number };
}

/** @returns undefined if the segment is missing */
export type ReadSegment = (name: string) => Uint8Array | undefined;

/** @param timeline at most 2^32 − 1 */
export function segmentName(timeline: number, lsn: number, segmentBytes = SEGMENT_BYTES): string {
  const number = Math.floor(lsn / segmentBytes);
  const perFile = 2 ** 32 / segmentBytes;
  return [timeline, Math.floor(number / perFile), number % perFile]
    .map((part) => part.toString(16).toUpperCase().padStart(8, "0"))
    .join("");
}

/**
 * All valid records from `start`. Ends before the first incomplete or damaged record, as recovery does.
 * @param start a record's position
 */
export function* walRecords(
  read: ReadSegment,
  timeline: number,
  start: number,
  segmentBytes = SEGMENT_BYTES,
): Generator<WalRecord> {
  const log = new LogBytes(read, timeline, segmentBytes);
  let previous: number | undefined;
  for (let lsn = log.skipHeader(start); lsn !== undefined; ) {
    const found = log.record(lsn);
    if (found === undefined) return;
    if (found.bytes === undefined) {
      lsn = found.end;
      continue;
    }
    const view = new DataView(found.bytes.buffer, found.bytes.byteOffset, found.bytes.byteLength);
    const isNext = previous === undefined || Number(view.getBigUint64(8, true)) === previous;
    if (!isNext || !isIntact(found.bytes, view)) return;
    const [info, rmgr] = [view.getUint8(16), view.getUint8(17)];
    const isSwitch = rmgr === RMGR_XLOG && (info & 0xf0) === XLOG_SWITCH;
    const end = isSwitch ? Math.ceil(found.end / segmentBytes) * segmentBytes : found.end;
    yield { lsn, end, ...contentsOf(found.bytes, view) };
    previous = lsn;
    lsn = log.skipHeader(end);
  }
}

function isIntact(bytes: Uint8Array, view: DataView): boolean {
  return crc32c(bytes.subarray(RECORD_HEADER), bytes.subarray(0, 20)) === view.getUint32(20, true);
}

function contentsOf(bytes: Uint8Array, view: DataView): Omit<WalRecord, "lsn" | "end"> {
  const [info, rmgr] = [view.getUint8(16), view.getUint8(17)];
  const [kind, isXact] = [info & XACT_KIND, rmgr === RMGR_XACT];
  const xid = isXact && (kind === 0 || kind === ABORT) ? { xid: view.getUint32(4, true) } : {};
  if (isXact && COMMITS.has(kind)) {
    const at = mainData(bytes, TIME_BYTES);
    return at === undefined ? xid : { ...xid, commitMs: timeAt(view, at) };
  }
  if (rmgr !== RMGR_XLOG || (info & 0xf0) !== XLOG_RESTORE_POINT) return xid;
  const at = mainData(bytes, TIME_BYTES + NAME_BYTES);
  if (at === undefined) return {};
  const name = Buffer.from(bytes.subarray(at + TIME_BYTES, at + TIME_BYTES + NAME_BYTES)).toString();
  return { restorePoint: { name: name.split("\0", 1)[0]!, timeMs: timeAt(view, at) } };
}

/** Where a record's main data begin. Undefined if they are shorter. Commits and restore points refer to no blocks. */
function mainData(bytes: Uint8Array, size: number): number | undefined {
  const lengths: Readonly<Record<number, number>> = { 255: 1, 254: 4, 253: 2, 252: 4 };
  let at = RECORD_HEADER;
  for (;;) {
    const kind = bytes[at];
    const length = kind === undefined ? undefined : lengths[kind];
    if (length === undefined) return undefined;
    at += 1 + length;
    if (kind! >= 254) break;
  }
  return at + size > bytes.length ? undefined : at;
}

function timeAt(view: DataView, at: number): number {
  return POSTGRES_EPOCH_MS + Number(view.getBigInt64(at, true)) / 1_000;
}

interface PageHeader {
  readonly size: number;
  /** Bytes of a record that began on a former page. */
  readonly continues: number;
  readonly isOverwrite: boolean;
}

/** The log without its page headers. */
class LogBytes {
  readonly #read: ReadSegment;
  readonly #timeline: number;
  readonly #segmentBytes: number;
  #segment: { readonly name: string; readonly bytes: Uint8Array } | undefined;

  constructor(read: ReadSegment, timeline: number, segmentBytes: number) {
    this.#read = read;
    this.#timeline = timeline;
    this.#segmentBytes = segmentBytes;
  }

  /** First byte after a page header. Undefined if the page is missing, damaged, or continues a record. */
  skipHeader(lsn: number): number | undefined {
    if (lsn % PAGE_BYTES !== 0) return lsn;
    const header = this.#header(lsn);
    return header === undefined || header.continues > 0 ? undefined : lsn + header.size;
  }

  /** Undefined if the record is incomplete. Without bytes if the server has given it up. */
  record(lsn: number): { readonly bytes?: Uint8Array; readonly end: number } | undefined {
    const first = this.#page(lsn);
    if (first === undefined) return undefined;
    const size = new DataView(first.buffer, first.byteOffset).getUint32(0, true);
    if (size < RECORD_HEADER || size > RECORD_BYTES_MAX) return undefined;
    const bytes = new Uint8Array(size);
    let at = lsn;
    for (let filled = 0; ; ) {
      const page = this.#page(at);
      if (page === undefined) return undefined;
      const taken = page.subarray(0, size - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled === size) break;
      const header = this.#header(at);
      if (header?.isOverwrite === true) return { end: at + header.size };
      if (header?.continues !== size - filled) return undefined;
      at += header.size;
    }
    return { bytes, end: Math.ceil(at / ALIGNMENT) * ALIGNMENT };
  }

  /** From `lsn` to the end of its page. */
  #page(lsn: number): Uint8Array | undefined {
    const name = segmentName(this.#timeline, lsn, this.#segmentBytes);
    if (this.#segment?.name !== name) {
      const bytes = this.#read(name);
      if (bytes === undefined) return undefined;
      this.#segment = { name, bytes };
    }
    const offset = lsn % this.#segmentBytes;
    const end = (Math.floor(offset / PAGE_BYTES) + 1) * PAGE_BYTES;
    return end > this.#segment.bytes.length ? undefined : this.#segment.bytes.subarray(offset, end);
  }

  #header(lsn: number): PageHeader | undefined {
    const page = this.#page(lsn);
    if (page === undefined) return undefined;
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    const isHere = Number(view.getBigUint64(8, true)) === lsn && view.getUint32(4, true) <= this.#timeline;
    if (!isHere) return undefined;
    const flags = view.getUint16(2, true);
    const size = lsn % this.#segmentBytes === 0 ? PAGE_HEADER.long : PAGE_HEADER.short;
    const continues = flags & IS_CONTINUATION ? view.getUint32(16, true) : 0;
    return { size, continues, isOverwrite: (flags & IS_OVERWRITE) !== 0 };
  }
}
