import type { Finding } from "../finding.ts";
import type { SourceFile } from "../source/SourceFile.ts";
import type { TextFile } from "../source/Tree.ts";

const UNFINISHED = /\b(?:TODO|FIXME)\b/;
const NAMELESS = /(?:^|\/)(?:utils?|helpers?|misc)\.(?:ts|tsx|js)$/;
const LINE_REFERENCE = /\.(?:ts|tsx|js|mjs|sol)(?::|#L)\d+|\blines? \d+\b/i;

export function checkLeftovers(source: SourceFile): Finding[] {
  const findings: Finding[] = source.comments
    .filter(({ value }) => UNFINISHED.test(value))
    .map(({ start }) => ({
      file: source.path,
      line: source.lineOf(start),
      rule: "unfinished",
      message: "finish it, or say as a limit what is not done",
    }));
  if (NAMELESS.test(source.path)) {
    findings.push({
      file: source.path,
      line: 0,
      rule: "nameless-file",
      message: "name the file after what it holds",
    });
  }
  for (const mistake of source.mistakes) {
    findings.push({ file: source.path, line: 0, rule: "unreadable", message: mistake });
  }
  return findings;
}

export function checkDocument({ path, text }: TextFile): Finding[] {
  return text.split("\n").flatMap((row, index) => {
    const prose = row.replaceAll(/`[^`]*`/g, (code) => (LINE_REFERENCE.test(code) ? code : ""));
    const at = { file: path, line: index + 1 };
    const findings: Finding[] = [];
    if (UNFINISHED.test(prose)) findings.push({ ...at, rule: "unfinished", message: "finish it" });
    if (LINE_REFERENCE.test(prose)) {
      findings.push({
        ...at,
        rule: "line-reference",
        message: "name the file and the function, not the line",
      });
    }
    return findings;
  });
}
