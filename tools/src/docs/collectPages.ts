import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Page {
  readonly path: string;
  readonly source?: string;
  readonly section?: string;
  readonly text: string | Buffer;
}

interface Listing {
  readonly title: string;
  readonly pages: readonly Page[];
}

const SINGLE_PAGES: readonly (readonly [source: string, path: string, section: string])[] = [
  ["README.md", "index.md", "Overview"],
  ["docs/ARCHITECTURE.md", "architecture.md", "Overview"],
  ["docs/follow.md", "follow.md", "Overview"],
  ["docs/GLOSSARY.md", "glossary.md", "Overview"],
  ["CHANGELOG.md", "changelog.md", "Project"],
  ["CONTRIBUTING.md", "contributing.md", "Project"],
];

const FOLDERS: readonly (readonly [folder: string, section: string, title: string])[] = [
  ["guides", "Guides", "Guides"],
  ["security", "Security", "Security"],
  ["api", "Reference", "API reference"],
  ["spec", "Specification", "Specification"],
  ["adr", "Decisions", "Architecture decision records"],
];

/** The build fails on links to missing documents. */
export function collectPages(root: string): Page[] {
  const read = (source: string): string => readFileSync(join(root, source), "utf8");
  const single = SINGLE_PAGES.filter(([source]) => existsSync(join(root, source))).map(
    ([source, path, section]) => ({ path, source, section, text: withoutMarks(read(source)) }),
  );
  const order = read("README.md");
  const folders = FOLDERS.flatMap(([folder, section, title]) => {
    const names = filesOf(root, `docs/${folder}`).filter((name) => /^(?!README).*\.md$/.test(name));
    const pages = byMention(names, (name) => order.indexOf(`docs/${folder}/${name}`)).map((name) => {
      const source = `docs/${folder}/${name}`;
      return { path: `${folder}/${name}`, source, section, text: withoutMarks(read(source)) };
    });
    return [indexPage(root, folder, { title, pages }), ...pages];
  });
  const images = filesOf(root, "docs/images").map((name) => ({
    path: `images/${name}`,
    source: `docs/images/${name}`,
    text: readFileSync(join(root, "docs/images", name)),
  }));
  return [...single, ...folders, ...images];
}

function filesOf(root: string, folder: string): string[] {
  return existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : [];
}

function byMention(names: readonly string[], position: (name: string) => number): string[] {
  const rank = (name: string): number => (position(name) === -1 ? Number.MAX_SAFE_INTEGER : position(name));
  return [...names].sort((a, b) => rank(a) - rank(b));
}

/** Uses the folder's README, or generates a list. */
function indexPage(root: string, folder: string, { title, pages }: Listing): Page {
  const path = `${folder}/index.md`;
  const readme = `docs/${folder}/README.md`;
  if (!existsSync(join(root, readme)))
    return { path, source: `docs/${folder}`, text: indexText(title, pages) };
  return { path, source: readme, text: withoutMarks(readFileSync(join(root, readme), "utf8")) };
}

function indexText(title: string, pages: readonly Page[]): string {
  const lines = pages.map(({ path, text }) => {
    const heading = /^# (.+)$/m.exec(text.toString())?.[1] ?? path;
    return `- [${heading}](./${path.split("/").at(-1)})`;
  });
  return `# ${title}\n\n${lines.join("\n")}\n`;
}

/** The site would render HTML comments as text. */
function withoutMarks(text: string): string {
  return text.replace(/^<!-- .* -->\n/gm, "");
}
