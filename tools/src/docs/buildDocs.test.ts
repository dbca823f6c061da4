import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "@trellis/kit/browser";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDocs } from "./buildDocs.ts";
import { collectPages } from "./collectPages.ts";

type Browser = Awaited<ReturnType<typeof launchBrowser>>;
type BrowserPage = Awaited<ReturnType<Browser["newPage"]>>;

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const outDir = mkdtempSync(join(tmpdir(), "trellis-docs-"));
let directory: string;

beforeAll(async () => {
  mkdirSync(join(outDir, "0.0.9"));
  writeFileSync(join(outDir, "0.0.9/index.html"), "the earlier version");
  ({ directory } = await buildDocs({ root, outDir }));
});
afterAll(() => rmSync(outDir, { recursive: true }));

const html = (path: string): string => readFileSync(join(directory, path), "utf8");

describe("the built site", () => {
  it("has a page for every document", () => {
    const documents = ["guides", "security", "spec", "adr", "api"].flatMap((folder) =>
      readdirSync(join(root, "docs", folder)).map((name) => `${folder}/${name.replace("README", "index")}`),
    );
    const singles = ["index", "architecture", "follow", "glossary", "changelog", "contributing"];
    const wanted = [...documents, ...singles.map((name) => `${name}.md`)];
    expect(readdirSync(directory, { recursive: true })).toEqual(
      expect.arrayContaining(wanted.map((path) => path.replace(/\.md$/, ".html"))),
    );
  });

  it.each([
    ["api/errors.html", 'id="parent_unknown"'],
    ["guides/settings.html", "--rpc-port"],
    ["api/json-rpc.html", "trellis_getFinality"],
    ["api/reserves.html", "/v1/customers"],
    ["api/arbitrage.html", "/v1/opportunities"],
  ])("%s explains %s", (path, text) => {
    expect(html(path)).toContain(text);
  });

  it("links to documents, and names other files of the repository", () => {
    expect(html("index.html")).toContain('href="./guides/devnet.html"');
    expect(html("index.html")).toContain("Apache-2.0 (<code>LICENSE</code>)");
  });

  it("lists this version and earlier ones", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(JSON.parse(readFileSync(join(outDir, "versions.json"), "utf8"))).toEqual({
      current: version,
      versions: [version, "0.0.9"],
    });
    expect(readFileSync(join(outDir, "index.html"), "utf8")).toContain(`url=./${version}/`);
  });
});

describe("in a browser", () => {
  let server: PreviewServer;
  let browser: Browser;
  let page: BrowserPage;
  let url: string;
  const requested: string[] = [];
  const failures: string[] = [];

  beforeAll(async () => {
    // Served below a subpath: the site must not depend on its address.
    server = await preview({
      root: dirname(dirname(outDir)),
      configFile: false,
      appType: "mpa",
      logLevel: "silent",
      build: { outDir: basename(dirname(outDir)) },
      preview: { host: "127.0.0.1", port: 0 },
    });
    url = `${server.resolvedUrls!.local[0]}${relative(dirname(outDir), directory)}/`;
    browser = await launchBrowser();
    const context = await browser.newContext({ colorScheme: "light" });
    page = await context.newPage();
    page.on("request", (request) => requested.push(request.url()));
    page.on("pageerror", (error) => failures.push(error.message));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("draws the diagrams of both themes", async () => {
    await page.goto(`${url}follow.html`);
    await expect
      .poll(() => page.locator(".mermaid svg").count())
      .toBe(mermaidBlocks("docs/follow.md").length);
    const drawn = await page.locator(".mermaid svg").first().innerHTML();
    await page.locator(".VPSwitchAppearance").first().click();
    expect(await page.locator("html").getAttribute("class")).toContain("dark");
    await expect.poll(() => page.locator(".mermaid svg").first().innerHTML()).not.toBe(drawn);
  });

  it("parses every diagram of every document", async () => {
    const blocks = collectPages(root).flatMap(({ source }) =>
      source?.endsWith(".md") ? mermaidBlocks(source).map((code) => ({ source, code })) : [],
    );
    expect(blocks.length).toBeGreaterThan(5);
    const parse = (code: string): string => `mermaid.parse(${JSON.stringify(code)}).then(() => "", String)`;
    for (const { source, code } of blocks)
      expect(await page.evaluate(parse(code)), `${source}:\n${code}`).toBe("");
    expect(await page.evaluate(parse("graph ?? broken"))).not.toBe("");
  });

  it("searches without a network", async () => {
    await page.goto(url);
    await page.locator(".VPNavBarSearch button").first().click();
    await page.locator("#localsearch-input").fill("PARENT_UNKNOWN");
    const found = page.locator('#localsearch-list a[href*="api/errors"]').first();
    await found.click();
    await expect.poll(() => page.url()).toContain("api/errors.html#parent_unknown");
  });

  it("offers the earlier version", async () => {
    await page.goto(`${url}guides/devnet.html`);
    const earlier = page.locator(".VPNavBarMenuGroup a", { hasText: "0.0.9" });
    await expect.poll(() => earlier.count()).toBe(1);
    await page.goto(new URL((await earlier.getAttribute("href"))!, page.url()).href);
    expect(await page.locator("body").textContent()).toBe("the earlier version");
  });

  it("requested nothing from another origin", () => {
    const { origin } = new URL(url);
    expect(requested.length).toBeGreaterThan(10);
    expect(
      requested.filter((request) => !request.startsWith(origin) && !request.startsWith("data:")),
    ).toEqual([]);
    expect(failures).toEqual([]);
  });
});

function mermaidBlocks(source: string): string[] {
  return [...readFileSync(join(root, source), "utf8").matchAll(/^```mermaid\n(.*?)^```$/gms)].map(
    ([, code]) => code!,
  );
}
