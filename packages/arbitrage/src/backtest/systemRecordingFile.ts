import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import { type RecordingEntry, writeEntry } from "./entries.ts";
import { backtestErrors } from "./errors.ts";

export interface RecordingFile {
  write(entry: RecordingEntry): void;
  close(): void;
}

/** Characters and heads between flushes: the maximum loss on a crash. */
const PART_LENGTH = 1 << 16;
const PART_HEADS = 16;
const TEXT_BYTES_MAX = 2 ** 29;

/**
 * Writes gzip members of complete lines. A full disk stops only the recording.
 * @throws RECORDING_UNWRITABLE, including if the file exists
 */
export function openRecordingFile(path: string, failed: (error: unknown) => void): RecordingFile {
  const file = makeFile(path);
  let lines: string[] = [];
  let length = 0;
  let heads = 0;
  let isBroken = false;

  function flush(): void {
    if (lines.length === 0 || isBroken) return;
    try {
      const bytes = gzipSync(lines.join(""));
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    } catch (error) {
      isBroken = true;
      failed(backtestErrors.RECORDING_UNWRITABLE({ path }, error));
    }
    lines = [];
    length = 0;
    heads = 0;
  }

  return {
    write(entry) {
      if (isBroken) return;
      const line = writeEntry(entry);
      lines.push(line);
      length += line.length;
      if (entry[0] === "head") heads += 1;
      if (length >= PART_LENGTH || heads >= PART_HEADS) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

/** Accepts a truncated file. @throws RECORDING_INVALID */
export function readRecordingFile(path: string): string {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: TEXT_BYTES_MAX };
    return gunzipSync(readFileSync(path), options).toString("utf8");
  } catch (error) {
    throw backtestErrors.RECORDING_INVALID({
      path,
      reason: error instanceof Error ? error.message : "unreadable",
    });
  }
}

function makeFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, "wx", 0o600);
  } catch (error) {
    throw backtestErrors.RECORDING_UNWRITABLE({ path }, error);
  }
}
