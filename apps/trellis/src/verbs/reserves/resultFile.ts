import { realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { isTrellisError } from "@trellis/base";
import { trellisErrors } from "../../errors.ts";

/** Atomic by rename. Only the owner can read the file. Writes to terminals and pipes directly. */
export async function writeResultFile(
  file: string,
  result: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<number> {
  try {
    const known = statSync(file, { throwIfNoEntry: false });
    if (known !== undefined && !known.isFile()) return await write(file, result, false);
    const place = known === undefined ? file : realpathSync(file);
    const beside = `${place}.${process.pid}.part`;
    try {
      const size = await write(beside, result, true);
      renameSync(beside, place);
      return size;
    } finally {
      rmSync(beside, { force: true });
    }
  } catch (error) {
    if (isTrellisError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNWRITABLE({ what: "result", file, reason }, error);
  }
}

async function write(
  file: string,
  result: string | Uint8Array | AsyncIterable<Uint8Array>,
  flush: boolean,
): Promise<number> {
  // A stream that opens the file later could create it after the cleanup.
  const stream = (await open(file, "w", 0o600)).createWriteStream({ flush });
  await pipeline(typeof result === "string" || result instanceof Uint8Array ? [result] : result, stream);
  return stream.bytesWritten;
}
