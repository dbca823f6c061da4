import { readFileSync } from "node:fs";
import { platformErrors } from "../errors.ts";
import type { GivenValue } from "./GivenValue.ts";
import { nearest } from "./nearest.ts";
import type { SettingsDefinition } from "./Setting.ts";

/** More than any configuration is long. bytes */
const FILE_SIZE_MAX = 1_048_576;

/**
 * Reads a service's section of a YAML file:
 *
 *     devnet:
 *       rpcPort: 8545
 *
 * `sections` are the names that other services own. An absent section gives nothing.
 * @throws CONFIG_FILE_UNREADABLE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_INVALID_VALUE, each with file and line
 */
export async function readFile(
  definition: SettingsDefinition,
  file: string,
  sections: readonly string[],
): Promise<ReadonlyMap<string, GivenValue>> {
  const text = textOf(file);
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const place = (offset: number | undefined): string => `${file}:${lines.linePos(offset ?? 0).line}`;
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    merge: false,
    schema: "core",
  });
  const mistake = document.errors[0];
  if (mistake !== undefined) {
    const reason = mistake.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "");
    throw platformErrors.CONFIG_SYNTAX({ origin: place(mistake.pos[0]), reason });
  }
  if (document.contents === null) return new Map();

  const entries = (node: unknown, known: readonly string[], at: string): [string, unknown, string][] => {
    if (!isMap(node)) {
      throw platformErrors.CONFIG_INVALID_VALUE({ origin: at, expected: "keys with values: `key: value`" });
    }
    return node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : String(key);
      const origin = place(isScalar(key) ? key.range?.[0] : undefined);
      if (known.includes(name)) return [name, value, origin];
      throw platformErrors.CONFIG_UNKNOWN_KEY({ key: name, origin, didYouMean: nearest(name, known) });
    });
  };
  const top = entries(document.contents, [definition.section, ...sections], `${file}:1`);
  const mine = top.find(
    ([name, value]) => name === definition.section && !(isScalar(value) && value.value === null),
  );
  if (mine === undefined) return new Map();
  const [, section, sectionOrigin] = mine;
  return new Map(
    entries(section, Object.keys(definition.settings), sectionOrigin).map(([key, node, origin]) => {
      const value = isScalar(node) ? node.value : node;
      return [key, { value, origin }];
    }),
  );
}

function textOf(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.CONFIG_FILE_UNREADABLE({ file, reason }, error);
  }
  if (bytes.length > FILE_SIZE_MAX) {
    throw platformErrors.CONFIG_FILE_UNREADABLE({ file, reason: `larger than ${FILE_SIZE_MAX} bytes` });
  }
  return new TextDecoder().decode(bytes);
}
