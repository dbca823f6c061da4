import { readFileSync } from "node:fs";
import { describeMethods, NOT_SERVED } from "@trellis/rpc";
import { expect, it } from "vitest";
import { methodsDocument } from "./methodsDocument.ts";

it("shows each method once, under its namespace, with its parameters and role", () => {
  const text = methodsDocument([
    {
      name: "eth_call",
      summary: "Runs a message.",
      role: "public",
      params: [parameter("call", true), parameter("block", false)],
    },
    { name: "debug_traceCall", summary: "Traces a message.", role: "debug", params: [] },
  ]);
  expect(text.slice(text.indexOf("## "))).toBe(
    [
      "## debug",
      "**debug_traceCall**() [debug]: Traces a message.",
      "## eth",
      "**eth_call**(call, block?): Runs a message.",
    ].join("\n\n"),
  );
});

it("covers every method of the server", () => {
  const methods = describeMethods();
  const text = methodsDocument(methods);
  expect(methods.length).toBeGreaterThan(50);
  for (const { name } of methods) expect(text).toContain(`**${name}**(`);
});

it("the guide lists the methods that rpc.discover lists as not served", () => {
  const guide = readFileSync(new URL("../../../docs/guides/ethereum.md", import.meta.url), "utf8");
  const line = guide.split("\n").find((text) => text.includes("Trellis does not serve"));
  const named = [...line!.matchAll(/`((?:eth|debug|trace)_\w+)`/g)].map(([, name]) => name);
  expect(named.sort()).toEqual([...NOT_SERVED]);
});

function parameter(name: string, isRequired: boolean) {
  return { name, isRequired, schema: {} };
}
