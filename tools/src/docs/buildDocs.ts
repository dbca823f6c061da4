import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vitepress";
import { readCatalogue } from "../buildErrors.ts";
import { collectPages, type Page } from "./collectPages.ts";
import { errorsPage } from "./errorsPage.ts";
import { inspectSite } from "./inspectSite.ts";

interface BuildOptions {
  readonly root: string;
  readonly outDir: string;
  readonly repositoryUrl?: string | undefined;
}

interface Site {
  readonly version: string;
  readonly directory: string;
  readonly pageCount: number;
}

/** @throws if a link is broken or a page would load resources from another origin */
export async function buildDocs({ root, outDir, repositoryUrl }: BuildOptions): Promise<Site> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const directory = join(outDir, version);
  const pages = [...collectPages(root), ...(await referencePages(root))];
  mkdirSync(join(root, "docs/generated"), { recursive: true });
  // Inside the repository, because pages import from node_modules.
  const staging = mkdtempSync(join(root, "docs/generated/pages-"));
  try {
    stage(staging, pages);
    writeConfig(staging, { root, outDir: directory, repositoryUrl, version, pages });
    rmSync(directory, { recursive: true, force: true });
    await build(staging);
  } finally {
    rmSync(staging, { recursive: true });
  }
  const problems = inspectSite(directory);
  if (problems.length > 0) throw new Error(`the site has problems:\n${problems.join("\n")}`);
  writeFileSync(
    join(outDir, "versions.json"),
    `${JSON.stringify({ current: version, versions: versionsOf(outDir, version) })}\n`,
  );
  writeFileSync(
    join(outDir, "index.html"),
    `<!doctype html><meta charset="utf-8"><title>Trellis</title>` +
      `<meta http-equiv="refresh" content="0; url=./${version}/"><a href="./${version}/">Trellis ${version}</a>\n`,
  );
  return { version, directory, pageCount: pages.filter(({ path }) => path.endsWith(".md")).length };
}

async function referencePages(root: string): Promise<Page[]> {
  const executable = join(root, "apps/trellis/bin/trellis.js");
  const { stdout } = await promisify(execFile)(process.execPath, [executable, "config", "reference"]);
  return [
    { path: "api/errors.md", section: "Reference", text: errorsPage(await readCatalogue(root)) },
    // In the guides' folder, because the page links to configuration.md.
    { path: "guides/settings.md", section: "Reference", text: stdout },
  ];
}

function versionsOf(outDir: string, version: string): string[] {
  const earlier = readdirSync(outDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d+\.\d+\.\d+/.test(entry.name) && entry.name !== version)
    .map(({ name }) => name)
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return [version, ...earlier];
}

function stage(staging: string, pages: readonly Page[]): void {
  for (const { path, text } of pages) {
    const file = join(staging, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function writeConfig(
  staging: string,
  {
    pages,
    ...options
  }: BuildOptions & {
    readonly version: string;
    readonly pages: readonly Page[];
  },
): void {
  const here = (file: string): string => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
  const listed = pages.map(({ text, ...page }) => ({ ...page, title: titleOf(text) }));
  mkdirSync(join(staging, ".vitepress/theme"), { recursive: true });
  writeFileSync(
    join(staging, ".vitepress/config.ts"),
    `import { siteConfig } from ${here("siteConfig.ts")};\n` +
      `export default siteConfig(${JSON.stringify({ ...options, pages: listed })});\n`,
  );
  writeFileSync(
    join(staging, ".vitepress/theme/index.ts"),
    `export { default } from ${here("theme/index.ts")};\n`,
  );
}

function titleOf(text: string | Buffer): string {
  return /^# (.+)$/m.exec(text.toString())?.[1]?.replaceAll("`", "") ?? "";
}
