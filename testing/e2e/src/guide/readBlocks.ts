import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Block {
  readonly document: string;
  readonly language: string;
  readonly text: string;
  /** Name of the document, and the block's first line without its comment. */
  readonly name: string;
}

export function readBlocks(): Block[] {
  const guides = readdirSync(join(ROOT, "docs/guides")).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", ...guides.map((name) => `docs/guides/${name}`)].flatMap(blocksOf);
}

function blocksOf(document: string): Block[] {
  const text = readFileSync(join(ROOT, document), "utf8");
  const short = document.replace("docs/guides/", "");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", block = ""]) => {
    const first = block
      .split("\n")[0]!
      .replace(/\s+#.*$/, "")
      .replace(/\s*\\$/, "");
    return { document, language, text: block, name: `${short}: ${first}` };
  });
}

export function shellLines(text: string): string[] {
  const lines: string[] = [];
  let end: string | undefined;
  for (const line of text.replaceAll(/\\\n\s*/g, "").split("\n")) {
    if (end !== undefined) {
      lines[lines.length - 1] += `\n${line}`;
      if (line === end) end = undefined;
      continue;
    }
    if (/^\s*(?:#|$)/.test(line)) continue;
    lines.push(line);
    end = /<<'(\w+)'/.exec(line)?.[1];
  }
  return lines;
}

export function commandsOf(line: string): string[][] {
  const words = line.split("\n")[0]!.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const commands: string[][] = [[]];
  for (const word of words) {
    if (word.startsWith("#")) break;
    if (["&&", "|", ";"].includes(word)) commands.push([]);
    else commands.at(-1)!.push(word.replaceAll(/["']/g, ""));
  }
  return commands.map((command) => {
    const redirection = command.findIndex((word) => /^(?:>|<)/.test(word));
    return redirection === -1 ? command : command.slice(0, redirection);
  });
}

export function trellisArguments(command: readonly string[]): string[] | undefined {
  const [first, second, third, fourth, ...rest] = command;
  if (first === "trellis") return command.slice(1);
  if (first === "npm" && second === "run" && third === "trellis" && fourth === "--") return rest;
  if (first === "npm" && second === "start") return ["devnet", ...command.slice(third === "--" ? 3 : 2)];
  return undefined;
}
