import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { captureIo } from "@trellis/kit/captureIo";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { run } from "./run.ts";
import { type ArbitrageFlags, arbitrageDefinition, arbitrageSettings } from "./settings.ts";

const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const { io, captured } = captureIo();
let server: Server;
let answers: Readonly<Record<string, unknown>>;
let asked: { readonly call: string; readonly key: string | undefined; readonly body: unknown }[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const call = `${request.method} ${request.url}`;
    asked.push({
      call,
      key: request.headers.authorization,
      body: text === "" ? undefined : JSON.parse(text),
    });
    const answer = answers[call];
    const isThere = answer !== undefined;
    response.writeHead(isThere ? 200 : 404, { "content-type": "application/json" });
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer ?? { code: "NOT_FOUND" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [answers, asked] = [{}, []];
});

async function arbitrage(operands: readonly string[], flags: Partial<ArbitrageFlags> = {}): Promise<string> {
  process.env.TEST_ARBITRAGE_KEY = "trk_test";
  captured.stdout = "";
  const defaults = Object.entries(arbitrageDefinition.settings).map(([name, setting]) => [
    name,
    setting.type.parse(setting.default),
  ]);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const given = { ...Object.fromEntries(defaults), url, apiKeyFrom: "env:TEST_ARBITRAGE_KEY", ...flags };
  await run(await arbitrageSettings(given as ArbitrageFlags, operands), io);
  return captured.stdout;
}

it("CONFIG_INVALID_VALUE: a backtest from a later block to an earlier one; USAGE_INVALID: no blocks", async () => {
  await expect(arbitrage(["backtest"], { past: { from: 10, to: 5, tip: "0" } })).rejects.toEqual(
    code("CONFIG_INVALID_VALUE", { setting: "past", reason: "end before the start" }),
  );
  await expect(arbitrage(["backtest"])).rejects.toEqual(code("USAGE_INVALID", { action: "backtest" }));
});

it("status shows engine and risk", async () => {
  answers = { "GET /v1/status": { mode: "paper" }, "GET /v1/risk": { killed: null } };
  expect(await arbitrage(["status"])).toBe("mode    paper\nkilled  null\n");
  expect(JSON.parse(await arbitrage(["status"], { json: true }))).toEqual({ mode: "paper", killed: null });
  expect(asked[0]?.key).toBe("Bearer trk_test");
});

it.each([
  ["kill", "/v1/kill"],
  ["revive", "/v1/revive"],
  ["close-breaker", "/v1/close-breaker"],
])("%s passes the reason", async (action, path) => {
  answers = { [`POST ${path}`]: { killed: null } };
  await arbitrage([action, "a test"]);
  expect(asked).toMatchObject([{ call: `POST ${path}`, body: { reason: "a test" } }]);
  await expect(arbitrage([action])).rejects.toEqual(code("USAGE_INVALID", { needed: 1, got: 0 }));
});

it("ARB-39: book takes transactions and a reason, and shows what was booked", async () => {
  const [hash, account] = [`0x${"ab".repeat(32)}`, `0x${"e0".repeat(20)}`];
  const item = { account, asset: "coin", kind: "transfer", amount: "5", reference: "5" };
  answers = {
    "POST /v1/transfers": { items: [{ ...item, transactionHash: hash, block: { height: 7, hash } }] },
  };
  const reason = "a top-up";
  expect(await arbitrage(["book", hash.toUpperCase().replace("0X", "0x")], { reason })).toBe(
    `transfer  5 of coin  ${account}  block 7  ${hash}\n`,
  );
  expect(asked.map(({ body }) => body)).toEqual([{ transactionHashes: [hash], reason }]);
  await expect(arbitrage(["book", hash])).rejects.toEqual(
    code("USAGE_INVALID", { expected: "--reason TEXT" }),
  );
  await expect(arbitrage(["book"], { reason })).rejects.toEqual(code("USAGE_INVALID", { needed: 1, got: 0 }));
});

const CHANGE = { version: 3, key: "threshold", value: "7", by: "key:a", reason: "dear gas", timeMs: 0 };

it("config shows, sets and resets a setting with a reason, and shows who changed it", async () => {
  const [live, threshold] = [true, "7"].map((value, place) => ({
    key: place === 0 ? "live" : "threshold",
    value,
    isChanged: place === 1,
  }));
  answers = {
    "GET /v1/config": { version: 3, items: [live, threshold] },
    "POST /v1/config": CHANGE,
    "GET /v1/config/changes?limit=200&key=threshold": { items: [CHANGE], next: "x" },
    "GET /v1/config/changes?limit=200&key=threshold&cursor=x": {
      items: [{ ...CHANGE, version: 2, value: null }],
      next: null,
    },
  };
  expect(await arbitrage(["config", "show"])).toBe("live       true\nthreshold  7  (changed here)\n");
  const line = "3  1970-01-01T00:00:00.000Z  threshold  7  key:a: dear gas\n";
  expect(await arbitrage(["config", "set", "threshold", "7"], { reason: "dear gas" })).toBe(line);
  await arbitrage(["config", "unset", "threshold"], { reason: "cheap gas" });
  expect(asked.slice(1).map(({ body }) => body)).toEqual([
    { key: "threshold", value: "7", reason: "dear gas" },
    { key: "threshold", value: null, reason: "cheap gas" },
  ]);
  expect(await arbitrage(["config", "history", "threshold"])).toBe(
    `${line}${line.replace("3", "2").replace("7  key", "given back  key")}`,
  );
});

it.each([
  [{ got: "toString" }, ["config", "toString"], "why"],
  [{ expected: "KEY VALUE" }, ["config", "set", "threshold"], "why"],
  [{ expected: "--reason TEXT" }, ["config", "set", "threshold", "7"], ""],
  [{ expected: "KEY" }, ["config", "unset"], "why"],
])("USAGE_INVALID: %j: %j with the reason %j", async (facts, operands, reason) => {
  await expect(arbitrage(operands, { reason })).rejects.toEqual(code("USAGE_INVALID", facts));
  expect(asked).toEqual([]);
});

it("SERVICE_REFUSED: with the service's code; SERVICE_UNREACHABLE", async () => {
  await expect(arbitrage(["status"])).rejects.toMatchObject({
    code: "SERVICE_REFUSED",
    facts: { status: 404, refusal: "NOT_FOUND" },
  });
  await expect(arbitrage(["status"], { url: "http://127.0.0.1:1" })).rejects.toEqual(
    code("SERVICE_UNREACHABLE"),
  );
});

it("export prints the table", async () => {
  answers = { "GET /v1/exports/movements": "position\r\n1\r\n" };
  expect(await arbitrage(["export", "movements"])).toBe("position\r\n1\r\n");
  await expect(arbitrage(["export", "../secrets"])).rejects.toMatchObject({ facts: { status: 404 } });
  expect(asked.at(-1)?.call).toBe("GET /v1/exports/..%2Fsecrets");
});
