import { execFile } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createBrotliDecompress } from "node:zlib";

const PACKAGE = new URL("../", import.meta.resolve("@sparticuz/chromium"));
/** Libraries that small systems lack, SwiftShader, and fonts. */
const ARCHIVES = ["al2023", "swiftshader", "fonts"] as const;

/** Unpacks and renames its own copy, so that no process runs a partial copy. */
export async function unpackBrowser(): Promise<string> {
  const { version } = JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8")) as {
    readonly version: string;
  };
  const folder = join(tmpdir(), `trellis-browser-${version}`);
  if (existsSync(folder)) return folder;
  const own = await mkdtemp(`${folder}.`);
  await pipeline(unpacked("chromium.br"), createWriteStream(join(own, "chromium"), { mode: 0o700 }));
  await Promise.all(ARCHIVES.map((name) => extract(name, own)));
  await mkdir(join(own, "cache"));
  await writeFile(join(own, "trellis-fonts.conf"), fontsConfiguration(folder));
  try {
    await rename(own, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    await rm(own, { recursive: true });
  }
  return folder;
}

function unpacked(file: string) {
  const source = createReadStream(fileURLToPath(new URL(`bin/${file}`, PACKAGE)));
  const plain = createBrotliDecompress();
  source.on("error", (error) => plain.destroy(error));
  return source.pipe(plain);
}

async function extract(name: string, folder: string): Promise<void> {
  const archive = join(folder, `${name}.tar`);
  await pipeline(unpacked(`${name}.tar.br`), createWriteStream(archive));
  await promisify(execFile)("tar", ["--no-same-owner", "-xf", archive, "-C", folder]);
  await rm(archive);
}

/** Replaces the package's file, which contains build paths. */
function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/cache</cachedir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
`;
}
