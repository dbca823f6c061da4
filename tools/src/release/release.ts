import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildRelease } from "./buildRelease.ts";
import { checkRelease } from "./checkRelease.ts";

// docs/guides/release.md
const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({
  options: {
    // Makes no tag.
    "dry-run": { type: "boolean", default: false },
    // Fails if the commit's version has another tag.
    tag: { type: "string" },
    repository: { type: "string" },
    out: { type: "string", default: join(root, "artifacts/release") },
  },
});

const { release, problems } = checkRelease(root);
const { tag } = release;
const wrongTag =
  values.tag !== undefined && values.tag !== tag ? [`the tag ${values.tag} is not ${tag}`] : [];
for (const problem of [...wrongTag, ...problems]) console.error(`release: ${problem}`);
if (wrongTag.length + problems.length > 0) process.exit(1);

const outDir = resolve(values.out);
await buildRelease(release, { root, repositoryUrl: values.repository }, outDir);
process.stdout.write(readFileSync(join(outDir, "SHA256SUMS"), "utf8"));
console.log(`release: ${tag} is in ${outDir}`);
if (!values["dry-run"]) {
  execFileSync("git", ["tag", "--annotate", tag, "--message", `Trellis ${release.version}`], { cwd: root });
  console.log(`release: tagged; publish it with: git push origin ${tag}`);
}
