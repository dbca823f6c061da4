import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { httpErrors } from "./errors.ts";

export interface Upload {
  readonly size: number;
  readonly sha256: Uint8Array;
  readonly sha512: Uint8Array;
  open(): AsyncIterable<Uint8Array>;
  remove(): Promise<void>;
}

const PREFIX = "trellis-upload-";
const CIPHER = "aes-256-gcm";

/** Removes files of killed processes. @param beforeMs newer files may be in use */
export async function removeLeftUploads(
  beforeMs: number,
  isDryRun: boolean,
  directory = tmpdir(),
): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(PREFIX));
  let count = 0;
  for (const name of names) {
    const folder = join(directory, name);
    const found = await lstat(folder).catch(() => undefined);
    const isOwn = found?.isDirectory() === true && found.uid === process.getuid?.();
    if (!isOwn || found.mtimeMs >= beforeMs) continue;
    count += 1;
    if (!isDryRun) await rm(folder, { recursive: true, force: true });
  }
  return count;
}

/** Aborts on disconnect or timeout; the request's own signal aborts after the body is read. */
export function whileClientWaits(answer: ServerResponse, timeMsMax: number): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(httpErrors.REQUEST_TIMEOUT());
  const timer = setTimeout(abort, timeMsMax);
  answer.once("close", () => {
    clearTimeout(timer);
    if (!answer.writableFinished) abort();
  });
  return controller.signal;
}

/**
 * Uses constant memory. The file's key exists only in memory, so a killed process leaves nothing readable.
 * [REST-3]
 * @throws REQUEST_BODY_TOO_LARGE as soon as `bytesMax` is exceeded, BODY_MALFORMED, and the signal's reason
 */
export async function receiveUpload(
  stream: NodeJS.ReadableStream,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Upload> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  const file = join(folder, "body");
  const remove = () => rm(folder, { recursive: true, force: true });
  const [sha256, sha512] = [createHash("sha256"), createHash("sha512")];
  const [key, nonce] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv(CIPHER, key, nonce);
  let size = 0;
  const counted = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.length;
      if (size > bytesMax) return done(httpErrors.REQUEST_BODY_TOO_LARGE({ bytesMax }));
      sha256.update(chunk);
      sha512.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(stream, counted, cipher, createWriteStream(file, { mode: 0o600 }), { signal });
    if (size === 0) throw httpErrors.BODY_MALFORMED({ reason: "no body" });
  } catch (error) {
    await remove();
    throw signal.aborted ? signal.reason : error;
  }
  return {
    size,
    sha256: new Uint8Array(sha256.digest()),
    sha512: new Uint8Array(sha512.digest()),
    open: () => decrypted(file, { key, nonce, tag: cipher.getAuthTag() }),
    remove,
  };
}

async function* decrypted(
  file: string,
  { key, nonce, tag }: { readonly key: Uint8Array; readonly nonce: Uint8Array; readonly tag: Uint8Array },
): AsyncGenerator<Uint8Array> {
  const decipher = createDecipheriv(CIPHER, key, nonce);
  decipher.setAuthTag(tag);
  for await (const chunk of createReadStream(file)) yield decipher.update(chunk);
  decipher.final();
}
