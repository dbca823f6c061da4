import { readFile } from "node:fs/promises";
import type { Hex } from "@trellis/base";
import { platformErrors } from "@trellis/platform";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/**
 * One address per line; a blank or `#` starts a comment.
 * @throws CONFIG_INVALID_VALUE: an ignored file would block no address
 */
export async function readScreeningFile(path: string): Promise<ReadonlySet<Hex>> {
  if (path === "") return new Set();
  const setting = "screening.file";
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw platformErrors.CONFIG_INVALID_VALUE({ setting, path, reason: String(error) });
  });
  const denied = new Set<Hex>();
  for (const [index, line] of text.split("\n").entries()) {
    const [word = ""] = line.trim().split(/[\s#,;]/);
    if (word === "") continue;
    if (!ADDRESS.test(word)) {
      const reason = "a line does not begin with an address, 0x and 40 hexadecimal digits";
      throw platformErrors.CONFIG_INVALID_VALUE({ setting, path, line: index + 1, reason });
    }
    denied.add(word.toLowerCase() as Hex);
  }
  return denied;
}
