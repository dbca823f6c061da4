import { PieceReader } from "../chunks/PieceReader.ts";
import { backupErrors } from "../errors.ts";

/*
 * The part of POSIX ustar that PostgreSQL writes (`tar.c`): names of at most 100 bytes, no prefixes; sizes
 * above 8 GiB in base 256.
 */
const BLOCK_BYTES = 512;
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  modified: [136, 12],
  sum: [148, 8],
} as const;
const TYPE_AT = 156;
const BASE_256 = 0x80;
const [FILE, DIRECTORY] = ["0", "5"];

export interface TarFile {
  readonly path: string;
  readonly kind: "file" | "directory";
  readonly mode: number;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Read it completely before the next file. */
  readonly contents: AsyncIterable<Uint8Array>;
}

/** @throws BACKUP_POSTGRES_REFUSED for links and malformed archives */
export async function* tarFiles(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const reader = new PieceReader(pieces, () => refused("an archive ended too early"));
  try {
    for (;;) {
      const header = await blockOf(reader);
      if (header === undefined || header.every((byte) => byte === 0)) break;
      const file = fileIn(header);
      if (file.path !== "") yield { ...file, contents: reader.take(file.bytes) };
      await reader.skip(-file.bytes & (BLOCK_BYTES - 1));
    }
    await reader.skipRest();
  } finally {
    await reader.close();
  }
}

/** Undefined at the end. */
async function blockOf(reader: PieceReader): Promise<Uint8Array | undefined> {
  if (await reader.isAtEnd()) return undefined;
  const block = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  for await (const piece of reader.take(BLOCK_BYTES)) {
    block.set(piece, filled);
    filled += piece.length;
  }
  return block;
}

function fileIn(header: Uint8Array): Omit<TarFile, "contents"> {
  const [sumAt, sumSize] = FIELDS.sum;
  const isSum = (at: number): boolean => at >= sumAt && at < sumAt + sumSize;
  const sum = header.reduce((total, byte, at) => total + (isSum(at) ? 0x20 : byte), 0);
  if (sum !== numberIn(header, "sum")) throw refused("an archive with a wrong checksum was received");
  // The server writes some folders as `./pg_wal/`.
  const [path, type] = [
    textIn(header, "name").replace(/^\.\/|\/$/g, ""),
    String.fromCharCode(header[TYPE_AT]!),
  ];
  if (type !== FILE && type !== DIRECTORY) throw refused(`${path} is a link; tablespaces are not supported`);
  return {
    path,
    kind: type === FILE ? "file" : "directory",
    mode: numberIn(header, "mode") & 0o777,
    bytes: type === FILE ? numberIn(header, "size") : 0,
    modifiedMs: numberIn(header, "modified") * 1_000,
  };
}

type Field = keyof typeof FIELDS;

function textIn(header: Uint8Array, field: Field): string {
  const [start, size] = FIELDS[field];
  return Buffer.from(header.subarray(start, start + size))
    .toString("utf8")
    .split("\0", 1)[0]!;
}

function numberIn(header: Uint8Array, field: Field): number {
  const [start, size] = FIELDS[field];
  if (header[start] !== BASE_256) return Number.parseInt(textIn(header, field).trim() || "0", 8);
  return header.subarray(start + 1, start + size).reduce((number, byte) => number * 256 + byte, 0);
}

function refused(reason: string): Error {
  return backupErrors.BACKUP_POSTGRES_REFUSED({ reason });
}
