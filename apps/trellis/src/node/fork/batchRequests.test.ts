import { silentMetrics } from "@trellis/base";
import { openBatchEndpoint, type RpcRequest } from "@trellis/client";
import type { Address } from "@trellis/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { batchRequests } from "./batchRequests.ts";
import { type FakeNode, openFakeNode } from "./testing/openFakeNode.ts";

const RICH: Address = `0x${"11".repeat(20)}`;

let node: FakeNode;
let request: RpcRequest;
beforeEach(async () => {
  node = await openFakeNode(new Map([[RICH, { nonce: 3n, balance: 5n }]]));
  const options = { name: "fork", url: node.url, retriesMax: 1, retryPauseMs: 1 };
  request = batchRequests(openBatchEndpoint(options, { metrics: silentMetrics }));
});
afterEach(() => node.close());

const readAll = () =>
  Promise.all([
    request("eth_chainId", []),
    request("eth_getBalance", [RICH, "latest"]),
    request("eth_getTransactionCount", [RICH, "latest"]),
  ]);
const EXPECTED = ["0x5", "0x5", "0x3"];

it("sends requests of one turn together, at most 50, and a single one alone", async () => {
  expect(await readAll()).toEqual(EXPECTED);
  expect(node.posts).toBe(1);
  expect(await request("eth_chainId", [])).toBe("0x5");
  expect(node.posts).toBe(2);
  const many = await Promise.all(Array.from({ length: 101 }, () => request("eth_chainId", [])));
  expect(new Set(many)).toEqual(new Set(["0x5"]));
  expect(node.posts).toBe(5);
});

it.each([
  ["an error", (end: (body: string) => void) => end('{"error":{"code":-32600,"message":"no batches"}}')],
  ["fewer answers", (end: (body: string) => void) => end("[]")],
])("sends single requests from the first refusal on: %s", async (_, refuse) => {
  node.batchRefusal = (response) => refuse((body) => response.end(body));
  expect(await readAll()).toEqual(EXPECTED);
  expect(node.posts).toBe(4);
  expect(await readAll()).toEqual(EXPECTED);
  expect(node.posts).toBe(7);
});

it("sends single requests after a refusing HTTP status", async () => {
  node.batchRefusal = (response) => {
    response.statusCode = 400;
    response.end("no batches");
  };
  expect(await readAll()).toEqual(EXPECTED);
  expect(node.posts).toBe(4);
});

it("NODE_REFUSED, for its own request only; a failure for now is repeated", async () => {
  let failures = 1;
  node.answer = ({ method }, honest) => {
    if (method === "eth_getBalance") return { error: { code: -32602, message: "invalid argument" } };
    if (method === "eth_chainId" && failures-- > 0) return { error: { code: -32005, message: "limit" } };
    return honest();
  };
  const [chainId, balance, nonce] = await Promise.allSettled([
    request("eth_chainId", []),
    request("eth_getBalance", [RICH, "latest"]),
    request("eth_getTransactionCount", [RICH, "latest"]),
  ]);
  expect(balance).toMatchObject({ status: "rejected", reason: { code: "NODE_REFUSED" } });
  expect([chainId, nonce].map((result) => result.status === "fulfilled" && result.value)).toEqual([
    "0x5",
    "0x3",
  ]);
  expect(node.posts).toBe(2);
});

it("NODE_UNREACHABLE: without a node, and the next requests are sent again", async () => {
  node.batchRefusal = (response) => void response.destroy();
  for (const result of await Promise.allSettled([request("eth_chainId", []), request("eth_chainId", [])]))
    expect(result).toMatchObject({ status: "rejected", reason: { code: "NODE_UNREACHABLE" } });
  node.batchRefusal = undefined;
  expect(await readAll()).toEqual(EXPECTED);
});
