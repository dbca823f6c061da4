import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const folder = new URL("./", import.meta.url);

function reached(): { files: Map<string, string>; packages: Set<string> } {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const waiting = [new URL("index.ts", folder)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file.href)) continue;
    const text = readFileSync(file, "utf8");
    files.set(file.href, text);
    for (const [, specifier = ""] of text.matchAll(/^(?:import|export|\}) .*?from "([^"]+)";/gm)) {
      if (specifier.startsWith(".")) waiting.push(new URL(specifier, file));
      else packages.add(specifier);
    }
  }
  return { files, packages };
}

describe("verifier in a browser", () => {
  const { files, packages } = reached();

  it("reaches all its files and nothing of the builder", () => {
    const own = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.includes(".test."));
    const names = [...files.keys()].map((href) => href.split("/src/")[1]);
    expect(names.filter((name) => name?.startsWith("liabilities/verify/")).length).toBe(own.length);
    expect(names.filter((name) => !name?.startsWith("liabilities/verify/")).toSorted()).toEqual([
      "canonical/canonicalJson.ts",
      "canonical/errors.ts",
      "liabilities/errors.ts",
    ]);
  });

  it("imports no module of Node.js, and only errors and hashes from packages", () => {
    expect([...packages].toSorted()).toEqual([
      "@noble/hashes/blake3.js",
      "@noble/hashes/sha2.js",
      "@noble/hashes/sha3.js",
      "@trellis/base",
    ]);
  });

  it.each(["Buffer", "process.", "require(", "globalThis", "setTimeout"])("has no %s", (name) => {
    for (const [file, text] of files) {
      const code = text.replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
      expect(code.includes(name), file).toBe(false);
    }
  });

  it("is small", () => {
    const size = [...files.values()].reduce((sum, text) => sum + text.length, 0);
    expect(size).toBeLessThan(80_000);
  });
});
