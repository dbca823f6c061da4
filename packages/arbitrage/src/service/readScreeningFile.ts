import { readFile } from "node:fs/promises";
import type { Hex } from "@trellis/base";
import { arbitrageErrors } from "./errors.ts";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/**
 * Addresses of a file, one a line; what follows a blank or `#` is a remark. @throws ARBITRAGE_SCREENING_UNREADABLE:
 * a list that is not understood denies nobody
 */
export async function readScreeningFile(path: string): Promise<ReadonlySet<Hex>> {
  if (path === "") return new Set();
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw arbitrageErrors.ARBITRAGE_SCREENING_UNREADABLE({ path, reason: String(error) });
  });
  const denied = new Set<Hex>();
  for (const [index, line] of text.split("\n").entries()) {
    const [word = ""] = line.trim().split(/[\s#,;]/);
    if (word === "") continue;
    if (!ADDRESS.test(word)) throw arbitrageErrors.ARBITRAGE_SCREENING_UNREADABLE({ path, line: index + 1 });
    denied.add(word.toLowerCase() as Hex);
  }
  return denied;
}
