import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";

const PACKAGE = new URL("../", import.meta.resolve("@sparticuz/chromium"));

/**
 * Chromium's executable, unpacked once on a machine. Of test files that start together each unpacks one of its own, and
 * one stays: nobody runs half of it.
 */
export async function unpackBrowser(): Promise<string> {
  const { version } = JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8")) as {
    readonly version: string;
  };
  const path = join(tmpdir(), `trellis-chromium-${version}`);
  if (existsSync(path)) return path;
  const own = `${path}.${process.pid}`;
  const packed = fileURLToPath(new URL("bin/chromium.br", PACKAGE));
  await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(own, { mode: 0o700 }));
  await rename(own, path);
  return path;
}
