import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/** Browsers load these URLs automatically, so they must stay on the site. Links may leave it. */
const LOADED = [
  /<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\ssrc="([^"]*)"/g,
  /<link\b[^>]*?\shref="([^"]*)"/g,
  /@import\s+(?:url\()?["']?([^"')]+)/g,
  /\burl\(["']?([^"')]+)/g,
];
const LINK = /<a\b[^>]*?\shref="([^"]*)"/g;

export function inspectSite(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const texts = new Map(
    files
      .filter((file) => /\.(?:html|css)$/.test(file))
      .map((file) => [file, readFileSync(posix.join(directory, file), "utf8")]),
  );
  return [...texts].flatMap(([file, text]) => [
    ...LOADED.flatMap((pattern) => [...text.matchAll(pattern)])
      .map(([, url]) => url!)
      .filter((url) => /^(?:\w+:)?\/\//.test(url))
      .map((url) => `${file} loads ${url}`),
    ...[...text.matchAll(LINK)]
      .map(([, href]) => href!)
      .filter((href) => !isReachable(href, file, texts, files))
      .map((href) => `${file} links to ${href}`),
  ]);
}

function isReachable(
  href: string,
  file: string,
  texts: ReadonlyMap<string, string>,
  files: readonly string[],
): boolean {
  if (/^(?:\w+:|\/\/)/.test(href)) return true;
  const [path = "", anchor] = href.split("#");
  const target = path === "" ? file : posix.join(posix.dirname(file), path);
  if (target.startsWith("../")) return true;
  const page = path.endsWith("/") || target === "." ? posix.join(target, "index.html") : target;
  if (!files.includes(page)) return false;
  if (anchor === undefined || anchor === "") return true;
  return texts.get(page)?.includes(`id="${decodeURIComponent(anchor)}"`) ?? false;
}
