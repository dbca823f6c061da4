import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "./finding.ts";

interface WrittenPart {
  readonly file: string;
  readonly name?: string;
  readonly content: string;
}

export function keepWritten(root: string, part: WrittenPart, write: boolean): Finding[] {
  const path = join(root, part.file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const wanted = withPart(text, part);
  if (wanted === undefined) {
    const message = `the marks <!-- ${part.name} --> and <!-- /${part.name} --> are missing`;
    return [{ file: part.file, line: 0, rule: "document-marks", message }];
  }
  if (wanted === text) return [];
  if (!write) {
    return [{ file: part.file, line: 0, rule: "document-stale", message: "run `npm run check -- --write`" }];
  }
  writeFileSync(path, wanted);
  return [];
}

function withPart(text: string, { name, content }: WrittenPart): string | undefined {
  if (name === undefined) return `${content}\n`;
  const begin = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) return undefined;
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}
