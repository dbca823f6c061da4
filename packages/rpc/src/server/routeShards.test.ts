import { expect, it } from "vitest";
import type { Handler } from "../jsonrpc/createHandler.ts";
import { routeShards } from "./routeShards.ts";

const handlers = new Map([0, 2].map((shard) => [shard, { shard } as unknown as Handler]));
const route = routeShards(handlers);

it.each([
  [0, ["/", "", "/any/path", "/shards/2", "/shard/0", "/?shard/2", "http://node/", "http://node/a/shard/2"]],
  [2, ["/shard/2", "/shard/2/", "/shard/2?key=1", "/SHARD/2", "//shard/2", "http://node/shard/2"]],
] as const)("RPC-33: shard %i serves its path", (shard, urls) => {
  for (const url of urls) expect(route(url), url).toBe(handlers.get(shard));
});

it("RPC_SHARD_UNKNOWN: no path below /shard falls back to shard 0", () => {
  const urls = [
    "/shard",
    "/shard/",
    "/shard/1",
    "/shard/02",
    "/shard/2/x",
    "/shard/2//",
    "/Shard?a",
    "//shard/1",
  ];
  for (const url of [...urls, "http://node/shard/1", `/shard/${"/".repeat(16_000)}x`])
    expect(() => route(url), url).toThrow(expect.objectContaining({ code: "RPC_SHARD_UNKNOWN" }));
});
