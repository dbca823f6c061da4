import type { ServerResponse } from "node:http";
import { silentMetrics } from "@trellis/base";
import { afterEach, describe, expect, it } from "vitest";
import { type FakeEndpoint, NodeError, openFakeEndpoint } from "../testing/FakeEndpoint.ts";
import { openRpcEndpoint } from "./openRpcEndpoint.ts";

let endpoint: FakeEndpoint | undefined;
afterEach(async () => {
  await endpoint?.close();
  endpoint = undefined;
});

async function open(
  answer: (method: string, response: ServerResponse) => unknown,
  retriesMax = 2,
  timeoutMs = 60_000,
) {
  endpoint = await openFakeEndpoint(answer);
  const options = { name: "a", url: endpoint.url, timeoutMs, retriesMax, retryPauseMs: 1 };
  return openRpcEndpoint(options, { metrics: silentMetrics });
}

const refusal = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

describe("node over HTTP", () => {
  it("returns its answer", async () => {
    const request = await open(() => "0x1");
    expect(await request("eth_chainId", [])).toBe("0x1");
  });

  it("NODE_UNREACHABLE: retries while it fails; no error contains its address", async () => {
    let failures = 2;
    const request = await open((_, response) => {
      if (failures-- <= 0) return "0x1";
      response.statusCode = 503;
      response.end("busy");
      return undefined;
    });
    expect(await request("eth_chainId", [])).toBe("0x1");
    failures = 100;
    const error = await request("eth_chainId", []).catch((thrown: unknown) => thrown);
    expect(error).toEqual(refusal("NODE_UNREACHABLE", { node: "a", reason: "HTTP status 503" }));
    expect(endpoint!.asked).toHaveLength(6);
    expect(JSON.stringify(error) + (error as Error).stack + String((error as Error).cause)).not.toContain(
      "secret-key",
    );
  });

  it.each([
    ["slow down", "HTTP status 429"],
    ['{"error":{"code":429,"message":"slow down"}}', "HTTP status 429"],
  ])("NODE_UNREACHABLE: retries a rate limit after the time in Retry-After: %s", async (body, reason) => {
    let failures = 1;
    const request = await open((_, response) => {
      if (failures-- <= 0) return "0x1";
      response.statusCode = 429;
      response.setHeader("retry-after", "1");
      response.setHeader("content-type", body.startsWith("{") ? "application/json" : "text/plain");
      response.end(body);
      return undefined;
    });
    const startedMs = performance.now();
    expect(await request("eth_chainId", [])).toBe("0x1");
    expect(performance.now() - startedMs).toBeGreaterThan(990);
    failures = 1;
    const impatient = openRpcEndpoint(
      { name: "a", url: endpoint!.url, retriesMax: 0 },
      { metrics: silentMetrics },
    );
    await expect(impatient("eth_chainId", [])).rejects.toEqual(
      refusal("NODE_UNREACHABLE", { reason, retryAfterMs: 1_000 }),
    );
  });

  it("NODE_UNREACHABLE: connection refused, busy, disconnected", async () => {
    const request = await open((_, response) => void response.destroy(), 0);
    await expect(request("eth_chainId", [])).rejects.toEqual(refusal("NODE_UNREACHABLE"));
    await endpoint!.close();
    await expect(request("eth_chainId", [])).rejects.toEqual(refusal("NODE_UNREACHABLE"));
    const busy = await open(() => Promise.reject(new NodeError(-32005, "limit exceeded")), 0);
    await expect(busy("eth_chainId", [])).rejects.toEqual(refusal("NODE_UNREACHABLE"));
  });

  it("ignores a late answer", async () => {
    const request = await open(() => new Promise(() => {}), 0, 200);
    await expect(request("eth_chainId", [])).rejects.toSatisfy((error: { code: string }) =>
      ["CALL_TIMEOUT", "NODE_UNREACHABLE"].includes(error.code),
    );
  });

  it("NODE_REFUSED: no retry", async () => {
    const request = await open(() => Promise.reject(new NodeError(-32602, "invalid argument 0")));
    await expect(request("eth_call", [])).rejects.toEqual(
      refusal("NODE_REFUSED", {
        rpcCode: -32602,
        reason: "invalid argument 0",
        node: "a",
        method: "eth_call",
      }),
    );
    expect(endpoint!.asked).toHaveLength(1);
  });

  it("NODE_UNREACHABLE: JSON that is not JSON-RPC", async () => {
    for (const body of ["null", "5", "{}"]) {
      const request = await open(
        (_, response) => void response.setHeader("content-type", "application/json").end(body),
        0,
      );
      await expect(request("eth_chainId", [])).rejects.toEqual(
        refusal("NODE_UNREACHABLE", { reason: "invalid response" }),
      );
      await endpoint!.close();
    }
  });
});
