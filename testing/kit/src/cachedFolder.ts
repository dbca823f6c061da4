import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Removing the packages that created the content also removes the cache. */
const MODULES = fileURLToPath(new URL("../../../node_modules", import.meta.url));
const CACHE = join(MODULES, ".cache", "trellis-tests");

/**
 * Read-only folder that all tests share. @param maker package that creates the content; each version has its
 * own folder
 */
export async function cachedFolder(
  maker: string,
  make: (directory: string) => Promise<void>,
  variant = "",
): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(MODULES, maker, "package.json"), "utf8"));
  const place = join(CACHE, `${maker.replace("/", "-")}-${version}${variant}`);
  if (existsSync(place)) return place;
  mkdirSync(CACHE, { recursive: true });
  const mine = mkdtempSync(`${place}-`);
  await make(mine);
  try {
    renameSync(mine, place);
  } catch (error) {
    rmSync(mine, { recursive: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}
