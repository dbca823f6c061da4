import { backupErrors } from "../errors.ts";

/** Segments, segments that a promotion ended (`.partial`), positions of base backups, timelines. */
export const WAL_FILE: RegExp = /^(?:[0-9A-F]{24}(?:\.partial|\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history)$/;
export const SEGMENT: RegExp = /^[0-9A-F]{24}$/;
export const HISTORY: RegExp = /^[0-9A-F]{8}\.history$/;
const HAS_HEADER = /^[0-9A-F]{24}(?:\.partial)?$/;

/** Of `XLogLongPageHeaderData` in PostgreSQL's `xlog_internal.h`. */
const OFFSETS = { magic: 0, info: 2, timeline: 4, address: 8, systemId: 24, segmentBytes: 32, pageBytes: 36 };
const HEADER_BYTES = 40;
const IS_LONG_HEADER = 0x0002;
/** Upper byte of XLOG_PAGE_MAGIC since PostgreSQL 8.2. */
const MAGIC = 0xd1;
const PAGE_BYTES = 8_192;
const [SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX] = [1 << 20, 1 << 30];

/**
 * @returns the cluster's identifier; undefined if such a file has none
 * @throws WAL_MALFORMED if the contents are not those of a file with this name
 */
export function systemIdIn(name: string, bytes: Uint8Array): string | undefined {
  const fail = (reason: string): never => {
    throw backupErrors.WAL_MALFORMED({ file: name, reason });
  };
  if (!WAL_FILE.test(name)) fail("its name is not one of a segment");
  if (!HAS_HEADER.test(name)) return undefined;
  if (bytes.length < HEADER_BYTES) return fail(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSegment =
    view.getUint8(OFFSETS.magic + 1) === MAGIC && (view.getUint16(OFFSETS.info, true) & IS_LONG_HEADER) !== 0;
  if (!isSegment) fail("it does not begin with a page header");
  const segmentBytes = view.getUint32(OFFSETS.segmentBytes, true);
  const isSize =
    segmentBytes >= SEGMENT_BYTES_MIN &&
    segmentBytes <= SEGMENT_BYTES_MAX &&
    Number.isInteger(Math.log2(segmentBytes));
  if (!isSize || view.getUint32(OFFSETS.pageBytes, true) !== PAGE_BYTES) fail("unknown page or segment size");
  if (bytes.length !== segmentBytes) fail(`${bytes.length} bytes, but segments have ${segmentBytes}`);
  const [timeline, high, low] = [0, 8, 16].map((at) => Number.parseInt(name.slice(at, at + 8), 16));
  const address = high! * 2 ** 32 + low! * segmentBytes;
  const isNamed =
    Number(view.getBigUint64(OFFSETS.address, true)) === address &&
    view.getUint32(OFFSETS.timeline, true) <= timeline!;
  if (!isNamed) fail("it is the segment of another position");
  return view.getBigUint64(OFFSETS.systemId, true).toString();
}
