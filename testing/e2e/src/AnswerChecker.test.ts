import type { OpenRpcValidator } from "@trellis/kit";
import { beforeEach, expect, it } from "vitest";
import { AnswerChecker } from "./AnswerChecker.ts";

const validator: OpenRpcValidator = {
  methods: new Set(["eth_chainId", "eth_getLogs"]),
  check(method, result) {
    if (method === "eth_chainId") return typeof result === "string" ? [] : ["/ must be string"];
    if (method === "eth_getLogs") return (result as { n?: number }[])[0]?.n === 1 ? [] : ["/0/n must be 1"];
    return undefined;
  },
};

let findings: Map<string, string>;
let counts: Map<string, number>;
let checker: AnswerChecker;

beforeEach(() => {
  findings = new Map();
  counts = new Map();
  checker = new AnswerChecker(validator, findings, counts);
});

const call = (id: number, method: string, params: unknown[] = []) => ({ jsonrpc: "2.0", id, method, params });
const exchange = (sent: unknown, received: unknown): void => {
  checker.sent(JSON.stringify(sent));
  checker.received(JSON.stringify(received));
};

it("finds nothing in correct answers, including errors", () => {
  exchange(call(1, "eth_chainId"), { jsonrpc: "2.0", id: 1, result: "0x1" });
  exchange(call(2, "eth_chainId"), { jsonrpc: "2.0", id: 2, error: { code: -32000, message: "no" } });
  exchange(call(3, "trellis_getTips"), { jsonrpc: "2.0", id: 3, result: [] });
  expect([...findings]).toEqual([]);
  expect([...counts]).toEqual([["eth_chainId", 1]]);
});

it("finds results that violate the document, in batches as well, each kind once", () => {
  exchange(
    [call(1, "eth_chainId"), call(2, "eth_chainId")],
    [
      { jsonrpc: "2.0", id: 2, result: 7 },
      { jsonrpc: "2.0", id: 1, result: 8 },
    ],
  );
  expect([...findings]).toEqual([["eth_chainId: / must be string", "7"]]);
});

it.each([
  ["neither result nor error", { jsonrpc: "2.0", id: 1 }, /neither a result nor an error/],
  ["both", { jsonrpc: "2.0", id: 1, result: "0x1", error: { code: 1, message: "" } }, /or both/],
  ["another version", { id: 1, result: "0x1" }, /jsonrpc is not 2\.0/],
  ["an error without a code", { jsonrpc: "2.0", id: 1, error: { message: "no" } }, /not an error object/],
  ["an internal error", { jsonrpc: "2.0", id: 1, error: { code: -32603, message: "" } }, /internal error/],
  ["an answer without a request", { jsonrpc: "2.0", id: 9, result: "0x1" }, /no call/],
])("finds an invalid envelope: %s", (_, answer, finding) => {
  exchange(call(1, "eth_chainId"), answer);
  expect([...findings.keys()].join()).toMatch(finding);
});

it("validates notifications by their subscription", () => {
  exchange(call(1, "eth_subscribe", ["logs"]), { jsonrpc: "2.0", id: 1, result: "0xa" });
  const notification = (result: unknown) => ({
    jsonrpc: "2.0",
    method: "eth_subscription",
    params: { subscription: "0xa", result },
  });
  checker.received(JSON.stringify(notification({ n: 1 })));
  expect([...findings]).toEqual([]);
  checker.received(JSON.stringify(notification({ n: 2 })));
  expect([...findings.keys()]).toEqual(["eth_subscription logs: /0/n must be 1"]);
});
