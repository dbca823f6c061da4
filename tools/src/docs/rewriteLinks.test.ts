import { createMarkdownRenderer, disposeMdItInstance } from "vitepress";
import { expect, it } from "vitest";
import { rewriteLinks } from "./rewriteLinks.ts";

async function render(text: string, repositoryUrl?: string): Promise<string> {
  // VitePress caches the first renderer of a process.
  disposeMdItInstance();
  const md = await createMarkdownRenderer("/docs", {
    config: (md) =>
      rewriteLinks(md, {
        pathBySource: new Map([
          ["docs/guides/node.md", "guides/node.md"],
          ["docs/spec/README.md", "spec/index.md"],
        ]),
        sourceByPath: new Map([["architecture.md", "docs/ARCHITECTURE.md"]]),
        repositoryUrl,
        exists: (path) => ["docs/guides/node.md", "docs/spec", "packages/chain"].includes(path),
      }),
  });
  return md.render(text, { relativePath: "architecture.md", cleanUrls: false });
}

it("leads to the page of a document, anchors included, and of a folder", async () => {
  expect(await render("[node](guides/node.md#keys)")).toContain('href="./guides/node.html#keys"');
  expect(await render("[rules](spec)")).toContain('href="./spec/"');
});

it("leads to the repository if it has an address", async () => {
  const address = "https://git.example/trellis";
  expect(await render("[chain](../packages/chain)", address)).toContain(
    `href="${address}/blob/main/packages/chain"`,
  );
});

it("names the path of a file otherwise", async () => {
  expect(await render("[chain](../packages/chain)")).toMatch(
    /^<p>chain \(<code[^>]*>packages\/chain<\/code>\)<\/p>/,
  );
  expect(await render("[`packages/chain`](../packages/chain)")).toMatch(
    /^<p><code[^>]*>packages\/chain<\/code><\/p>/,
  );
});

it("leaves other sites and headings of the page", async () => {
  expect(await render("[site](https://trellis.example) [up](#up)")).toMatch(
    /https:\/\/trellis\.example.*#up/,
  );
});

it("a dead link fails", async () => {
  await expect(render("[gone](guides/gone.md)")).rejects.toThrow("dead link to docs/guides/gone.md");
});
