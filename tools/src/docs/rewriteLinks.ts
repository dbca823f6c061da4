import { posix } from "node:path";
import type { UserConfig } from "vitepress";

type Markdown = Parameters<NonNullable<NonNullable<UserConfig["markdown"]>["config"]>>[0];
type Token = ReturnType<Markdown["parse"]>[number];

interface LinkOptions {
  readonly pathBySource: ReadonlyMap<string, string>;
  readonly sourceByPath: ReadonlyMap<string, string | undefined>;
  readonly repositoryUrl?: string | undefined;
  exists(path: string): boolean;
}

/** Links to documents become links to their pages; other files link to the repository if its URL is known. */
export function rewriteLinks(md: Markdown, options: LinkOptions): void {
  md.core.ruler.push("repository-links", (state) => {
    const page = state.env.relativePath as string;
    const source = options.sourceByPath.get(page);
    if (source === undefined) return;
    const folder = posix.extname(source) === "" ? source : posix.dirname(source);
    for (const token of state.tokens) {
      if (token.type !== "inline") continue;
      token.children = rewritten(
        token.children ?? [],
        (href) => target(href, { page, folder }, options),
        (path) => {
          const code = new state.Token("code_inline", "code", 0);
          code.content = path;
          return code;
        },
      );
    }
  });
}

type Target = { readonly href: string } | { readonly path: string };

function target(
  href: string,
  { page, folder }: { readonly page: string; readonly folder: string },
  { pathBySource, repositoryUrl, exists }: LinkOptions,
): Target {
  if (href.startsWith("#") || /^[a-z]+:/i.test(href)) return { href };
  const [path = "", anchor] = href.split("#");
  const file = posix.join(folder, decodeURIComponent(path)).replace(/\/$/, "");
  if (!exists(file)) throw new Error(`${page}: dead link to ${file}`);
  const linked = pathBySource.get(file) ?? pathBySource.get(`${file}/README.md`);
  if (linked !== undefined) {
    const relative = posix.relative(posix.dirname(page), linked);
    return { href: `./${relative}${anchor === undefined ? "" : `#${anchor}`}` };
  }
  return repositoryUrl === undefined ? { path: file } : { href: `${repositoryUrl}/blob/main/${file}` };
}

function rewritten(
  tokens: readonly Token[],
  resolve: (href: string) => Target,
  codeOf: (path: string) => Token,
): Token[] {
  /** Paths to print after link texts; undefined for links that remain. */
  const open: (string | undefined)[] = [];
  return tokens.flatMap((token, index) => {
    if (token.type === "image") {
      const found = resolve(token.attrGet("src")!);
      if ("path" in found) throw new Error(`an image stands outside docs/images: ${found.path}`);
      token.attrSet("src", found.href);
    }
    if (token.type === "link_open") {
      const found = resolve(token.attrGet("href")!);
      open.push("path" in found ? found.path : undefined);
      if ("path" in found) return [];
      token.attrSet("href", found.href);
    }
    if (token.type === "link_close") {
      const path = open.pop();
      if (path === undefined) return [token];
      const text = tokens[index - 1]?.content ?? "";
      return text.replace(/\/$/, "") === path
        ? []
        : [...textTokens(token, " ("), codeOf(path), ...textTokens(token, ")")];
    }
    return [token];
  });
}

function textTokens(like: Token, content: string): Token[] {
  const token: Token = Object.assign(Object.create(Object.getPrototypeOf(like)), like);
  return [Object.assign(token, { type: "text", tag: "", nesting: 0, content })];
}
