import { readdirSync, readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeMethods } from "@trellis/rpc";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const NO_METRICS = new Set(["trellis_reserves", "trellis_arbitrage"]);

function namesIn(text: string): string[] {
  const whole = [...text.matchAll(/"(trellis_[a-z0-9_]+)"/g)].map(([, name]) => name!);
  const words = [...text.matchAll(/"([a-z0-9_]+)"/g)].map(([, word]) => word!);
  const prefixes = [...text.matchAll(/`(trellis_[a-z0-9_]+_)\$\{/g)].map(([, prefix]) => prefix!);
  return [...whole, ...prefixes.flatMap((prefix) => words.map((word) => prefix + word))];
}

it("the code registers every metric that a guide names", async () => {
  const guides = `${ROOT}docs/guides`;
  const sources = (await Array.fromAsync(glob("{packages,apps}/*/src/**/*.ts", { cwd: ROOT }))).filter(
    (path) => !path.endsWith(".test.ts"),
  );
  const registered = new Set(sources.flatMap((path) => namesIn(readFileSync(ROOT + path, "utf8"))));
  const methods = new Set(describeMethods().map(({ name }) => name));
  const unknown = readdirSync(guides).flatMap((guide) =>
    [...readFileSync(`${guides}/${guide}`, "utf8").matchAll(/\btrellis_\w+/g)]
      .map(([name]) => name)
      .filter((name) => !methods.has(name) && !NO_METRICS.has(name))
      .filter((name) => !isRegistered(name, registered))
      .map((name) => `${guide}: ${name}`),
  );
  expect(registered.has("trellis_finality_lag_blocks")).toBe(true);
  expect(unknown).toEqual([]);
});

/** @param name metric, or a prefix that ends with `_` */
function isRegistered(name: string, registered: ReadonlySet<string>): boolean {
  if (name.endsWith("_")) return [...registered].some((known) => known.startsWith(name));
  return registered.has(name) || registered.has(name.replace(/_(bucket|sum|count)$/, ""));
}
