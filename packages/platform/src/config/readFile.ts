import { isTrellisError, type TrellisError } from "@trellis/base";
import { platformErrors } from "../errors.ts";
import type { GivenValue } from "./GivenValue.ts";
import { nearest } from "./nearest.ts";
import { memberOf, type SettingsDefinition } from "./Setting.ts";
import { readTextFile } from "./systemTextFile.ts";

const FILE_SIZE_MAX = 1_048_576;

export interface ReadValues {
  readonly values: ReadonlyMap<string, GivenValue>;
  readonly problems: readonly TrellisError[];
}

/** Problems contain file and line. @param sections other services' sections @throws CONFIG_FILE_UNREADABLE */
export async function readFile(
  definition: SettingsDefinition,
  file: string,
  sections: readonly string[],
): Promise<ReadValues> {
  const text = textOf(file);
  const { isCollection, isMap, isNode, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const place = (offset: number | undefined): string => `${file}:${lines.linePos(offset ?? 0).line}`;
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    merge: false,
    schema: "core",
  });
  const problems = document.errors.map(({ message, pos }) => {
    const reason = message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "");
    return platformErrors.CONFIG_FILE_UNREADABLE({ origin: place(pos[0]), reason: `not YAML: ${reason}` });
  });
  const values = new Map<string, GivenValue>();
  if (problems.length > 0 || document.contents === null) return { values, problems };

  const entries = (node: unknown, known: readonly string[], at: string): [string, unknown, string][] => {
    if (!isMap(node)) {
      const expected = "keys with values: `key: value`";
      problems.push(platformErrors.CONFIG_INVALID_VALUE({ origin: at, expected }));
      return [];
    }
    return node.items.flatMap(({ key, value }): [string, unknown, string][] => {
      const name = isScalar(key) ? String(key.value) : String(key);
      const origin = place(isScalar(key) ? key.range?.[0] : undefined);
      if (known.includes(name)) return [[name, value, origin]];
      const didYouMean = memberOf(definition, name)?.join(".") ?? nearest(name, known);
      problems.push(platformErrors.CONFIG_UNKNOWN_KEY({ key: name, origin, didYouMean }));
      return [];
    });
  };
  const top = entries(document.contents, [definition.section, ...sections], `${file}:1`);
  const mine = top.find(
    ([name, value]) => name === definition.section && !(isScalar(value) && value.value === null),
  );
  if (mine === undefined) return { values, problems };
  const [, section, sectionOrigin] = mine;
  for (const [key, node, origin] of entries(section, Object.keys(definition.settings), sectionOrigin)) {
    const value = isNode(node) ? node.toJS(document) : node;
    const originOf = (path: readonly PropertyKey[]): string => {
      // A missing key has no position; its parent's is reported.
      for (let length = isCollection(node) ? path.length : 0; length > 0; length--) {
        const part = isCollection(node) ? node.getIn(path.slice(0, length), true) : undefined;
        if (isNode(part) && part.range) return place(part.range[0]);
      }
      return origin;
    };
    values.set(key, { value, origin, originOf });
  }
  return { values, problems };
}

function textOf(file: string): string {
  try {
    return readTextFile(file, FILE_SIZE_MAX);
  } catch (error) {
    if (isTrellisError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.CONFIG_FILE_UNREADABLE({ file, reason }, error);
  }
}
