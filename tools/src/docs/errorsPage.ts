import type { CatalogueEntry } from "../buildErrors.ts";

/** One heading per code, for links and search. */
export function errorsPage(catalogue: readonly CatalogueEntry[]): string {
  const owners = [...new Set(catalogue.map(({ owner }) => owner))].sort();
  const sections = owners.flatMap((owner) => [
    `## ${owner}`,
    ...catalogue.filter((entry) => entry.owner === owner).map(entryText),
  ]);
  return [
    "# Error codes",
    "All codes by package. `trellis error CODE` explains one on the command line.",
    "A consequence is `retry` (the same request may succeed later), `reject` (nothing changed), `ignore` " +
      "(harmless, ignored), `penalise` (the sending peer loses reputation) or `fatal` (the process or command exits).",
    ...sections,
    "",
  ].join("\n\n");
}

function entryText({ code, message, hint, consequence, facts }: CatalogueEntry): string {
  return [
    `### ${code}\n`,
    `- Meaning: ${plain(message)}`,
    `- What to do: ${plain(hint)}`,
    `- Consequence: \`${consequence}\``,
    ...(facts.length === 0 ? [] : [`- Facts: ${facts.map((fact) => `\`${fact}\``).join(", ")}`]),
  ].join("\n");
}

/** Escapes Markdown, because messages are plain text. */
function plain(text: string): string {
  return text.replace(/[\\*_[\]#<>|~]/g, "\\$&");
}
