import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type UserConfig } from "vitepress";
import { rewriteLinks } from "./rewriteLinks.ts";

interface ListedPage {
  readonly path: string;
  readonly source?: string;
  readonly section?: string;
  readonly title: string;
}

interface SiteOptions {
  readonly root: string;
  readonly outDir: string;
  readonly repositoryUrl?: string;
  readonly version: string;
  readonly pages: readonly ListedPage[];
}

const SECTIONS = ["Overview", "Guides", "Security", "Reference", "Specification", "Decisions", "Project"];
const COLLAPSED = ["Specification", "Decisions"];

/** Relative addresses work below any path. */
export function siteConfig({ root, outDir, repositoryUrl, version, pages }: SiteOptions): UserConfig {
  const pathBySource = new Map(
    pages.flatMap(({ source, path }) => (source ? [[source, path] as const] : [])),
  );
  const sourceByPath = new Map(pages.map(({ source, path }) => [path, source] as const));
  return defineConfig({
    title: "Trellis",
    description: "An EVM block-DAG, proof of reserves and arbitrage",
    lang: "en",
    base: "./",
    outDir,
    markdown: {
      html: false,
      linkify: false,
      anchor: { slugify: githubSlug },
      config(md) {
        rewriteLinks(md, {
          pathBySource,
          sourceByPath,
          repositoryUrl,
          exists: (path) => existsSync(join(root, path)),
        });
        drawMermaid(md);
        // Vue would evaluate double braces.
        const { text } = md.renderer.rules;
        md.renderer.rules.text = (...args) => text!(...args).replaceAll("{{", "&#123;&#123;");
      },
    },
    themeConfig: {
      search: { provider: "local" },
      outline: { level: [2, 3] },
      nav: [
        { text: "Guides", link: "/guides/" },
        { text: "Reference", link: "/api/" },
        { text: "Specification", link: "/spec/" },
        { text: "Decisions", link: "/adr/" },
        // The theme adds the other versions at run time.
        { text: version, items: [{ text: version, link: "/" }] },
      ],
      sidebar: SECTIONS.map((section) => ({
        text: section,
        collapsed: COLLAPSED.includes(section),
        items: pages
          .filter((page) => page.section === section)
          .map(({ path, title }) => ({ text: title, link: `/${path.replace(/(?:index)?\.md$/, "")}` })),
      })),
    },
    vite: { logLevel: "warn", build: { chunkSizeWarningLimit: 4_000 } },
  });
}

type Markdown = Parameters<NonNullable<NonNullable<UserConfig["markdown"]>["config"]>>[0];

function drawMermaid(md: Markdown): void {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index]!;
    if (info.trim() !== "mermaid") return fence!(tokens, index, ...rest);
    return `<Mermaid code="${encodeURIComponent(content)}" />\n`;
  };
}

/** Same anchors as GitHub. */
function githubSlug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}
