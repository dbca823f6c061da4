import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { inspectSite } from "./inspectSite.ts";

function problemsOf(files: Readonly<Record<string, string>>): string[] {
  const directory = mkdtempSync(join(tmpdir(), "trellis-site-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    return inspectSite(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it.each([
  '<script src="https://cdn.example/a.js"></script>',
  '<link rel="stylesheet" href="//cdn.example/a.css">',
  '<img alt="" src="http://cdn.example/a.png">',
])("finds what a page loads from another origin: %s", (text) => {
  expect(problemsOf({ "index.html": text })).toEqual([expect.stringContaining("index.html loads")]);
});

it("finds fonts of other origins in styles", () => {
  expect(problemsOf({ "a.css": "src: url(https://fonts.example/a.woff2)" })).toHaveLength(1);
  expect(problemsOf({ "a.css": "src: url(./a.woff2), url(data:font/woff2;base64,AA)" })).toEqual([]);
});

it("finds links to missing pages and headings", () => {
  const files = {
    "index.html": '<h1 id="top"></h1><a href="./b/">b</a><a href="./b/c.html#x">c</a><a href="#top">up</a>',
    "b/index.html": '<a href="../index.html#top">up</a><a href="https://other.example">away</a>',
    "b/c.html": '<h2 id="x"></h2>',
  };
  expect(problemsOf(files)).toEqual([]);
  expect(problemsOf({ ...files, "b/c.html": "" })).toEqual(["index.html links to ./b/c.html#x"]);
  expect(problemsOf({ "index.html": '<a href="./gone.html">gone</a>' })).toEqual([
    "index.html links to ./gone.html",
  ]);
});
