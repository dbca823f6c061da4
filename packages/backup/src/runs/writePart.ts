import { createWriteStream } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PieceReader } from "../chunks/PieceReader.ts";
import type { ListedFile } from "../repository/Manifest.ts";

export interface PlacedFile extends ListedFile {
  /** Where it is written. Undefined: its contents are skipped. */
  readonly place: string | undefined;
}

/** @param contents of the files, in their order */
export async function writePart(
  files: readonly PlacedFile[],
  contents: PieceReader,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  for (const file of files) {
    const { place, kind, bytes } = file;
    if (place === undefined) await contents.skip(bytes);
    else if (kind === "file") await writeFile(place, file, counted(contents.take(bytes), onBytes));
    else await makeDirectory(place, file);
  }
}

async function makeDirectory(path: string, { mode }: ListedFile): Promise<void> {
  // The owner must be able to write the files in it.
  await mkdir(path, { recursive: true });
  await chmod(path, mode | 0o700);
}

async function writeFile(
  path: string,
  { mode }: ListedFile,
  contents: AsyncIterable<Uint8Array>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await pipeline(Readable.from(contents), createWriteStream(path, { flags: "wx", mode }));
  // The umask has no say in it.
  await chmod(path, mode);
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    onBytes(piece.length);
    yield piece;
  }
}
