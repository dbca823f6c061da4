import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Clock, SerialQueue } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { LogDestination } from "./createLog.ts";

export interface LogFileOptions extends LogRotation {
  readonly path: string;
}

export interface LogRotation {
  /** Bytes. */
  readonly sizeMax: number;
  readonly ageMaxMs: number;
  readonly keptMax: number;
}

export interface LogFile extends LogDestination {
  /** Call after an external rotation. On failure, the previous file stays open. */
  reopen(): void;
  /** Applies from the next line and the next rotation. */
  setRotation(rotation: LogRotation): void;
  close(): Promise<void>;
}

const MODE = 0o640;

/**
 * Rotates to `PATH.TIME`, then compresses to `PATH.TIME.gz`. Never splits lines. If writing fails, lines go
 * to `otherwise`.
 * @throws CONFIG_INVALID_VALUE
 */
export function openLogFile(
  options: LogFileOptions,
  { clock, otherwise }: { readonly clock: Clock; readonly otherwise: LogDestination },
): LogFile {
  const { path } = options;
  let rotation: LogRotation = options;
  let file = openFile(path);
  const compressing = new SerialQueue();
  const compress = () => void compressing.run(() => tidy(path, rotation.keptMax));
  compress();

  function putAside(): void {
    closeSync(file.descriptor);
    renameSync(path, freeName(path, clock.nowMs()));
    file = openFile(path);
    compress();
  }

  return {
    write(line) {
      const bytes = Buffer.from(line);
      try {
        const isFull = file.size > 0 && file.size + bytes.length > rotation.sizeMax;
        if (isFull || clock.nowMs() - file.sinceMs >= rotation.ageMaxMs) putAside();
        writeSync(file.descriptor, bytes);
        file.size += bytes.length;
      } catch {
        otherwise.write(line);
      }
    },
    reopen() {
      const former = file.descriptor;
      file = openFile(path);
      closeSync(former);
    },
    setRotation(next) {
      rotation = next;
    },
    close: () => compressing.idle(),
  };
}

interface OpenFile {
  readonly descriptor: number;
  readonly sinceMs: number;
  size: number;
}

function openFile(path: string): OpenFile {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openSync(path, "a", MODE);
    const { size, birthtimeMs } = fstatSync(descriptor);
    return { descriptor, size, sinceMs: birthtimeMs };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "logFile", path, reason }, error);
  }
}

/** Names must sort by time. */
function freeName(path: string, nowMs: number): string {
  const taken = new Set(readdirSync(dirname(path)));
  for (let ms = nowMs; ; ms++) {
    const name = `${basename(path)}.${new Date(ms).toISOString().replaceAll(/[:.]/g, "-")}`;
    if (!taken.has(name) && !taken.has(`${name}.gz`)) return join(dirname(path), name);
  }
}

async function tidy(path: string, keptMax: number): Promise<void> {
  try {
    const folder = dirname(path);
    const aside = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.`));
    for (const name of aside.filter((part) => part.endsWith(".part"))) rmSync(join(folder, name));
    const whole = aside.filter((name) => !name.endsWith(".part")).sort();
    const surplus = whole.slice(0, Math.max(0, whole.length - keptMax));
    for (const name of surplus) rmSync(join(folder, name));
    for (const name of whole.slice(surplus.length)) {
      if (!name.endsWith(".gz")) await gzip(join(folder, name));
    }
  } catch {}
}

async function gzip(file: string): Promise<void> {
  const part = `${file}.gz.part`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(part, { mode: MODE }));
  renameSync(part, `${file}.gz`);
  rmSync(file);
}
