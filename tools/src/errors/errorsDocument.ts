import type { ErrorEntry } from "@trellis/base";
import type { ErrorTable } from "./readErrorTables.ts";

const HEAD = `# Error codes

Every error of Trellis has a code, a sentence, a hint, and a consequence that tells whoever caused it what to
expect: \`retry\` (the same may succeed later), \`reject\` (refused, nothing changed), \`ignore\` (harmless,
dropped), \`penalise\` (a peer that sends this loses reputation), \`fatal\` (the process or command cannot go on).

This file is written by \`npm run check -- --write\` from the packages' tables.`;

/** docs/api/errors.md: every code, by package. */
export function errorsDocument(tables: readonly ErrorTable[]): string {
  const listed = tables.filter(({ entries, isPublic }) => isPublic && entries.size > 0);
  const sections = [...Map.groupBy(listed, ({ owner }) => owner)].map(([owner, own]) => section(owner, own));
  return [HEAD, ...sections].join("\n\n");
}

function section(owner: string, tables: readonly ErrorTable[]): string {
  const entries = tables.flatMap((table) => [...table.entries]);
  const codes = entries.sort(([a], [b]) => a.localeCompare(b)).map(paragraphs);
  return [`## ${owner}`, ...codes].join("\n\n");
}

/** Each code has a heading of its own, so that it can be linked to. */
function paragraphs([code, { message, hint, consequence, facts = {} }]: [string, ErrorEntry]): string {
  const names = Object.keys(facts).map((name) => `\`${name}\``);
  return [
    `### ${code}`,
    `${sentence(message)}. \`${consequence}\``,
    `What to do: ${escaped(hint)}.`,
    ...(names.length === 0 ? [] : [`Facts: ${names.join(", ")}.`]),
  ].join("\n\n");
}

function sentence(text: string): string {
  return escaped(text).replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

/** Markdown would take it for markup. */
function escaped(text: string): string {
  return text.replaceAll("<", "&lt;");
}
