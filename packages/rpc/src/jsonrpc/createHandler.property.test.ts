import { TARGET, testTransaction } from "@trellis/kit/chainView";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_METHODS } from "../methods/allMethods.ts";
import { FakeNode, type JsonRpcAnswer } from "../testing/FakeNode.ts";

const RUNS = 20_000;

const node = new FakeNode();
node.chain.add({ transactions: [{ signed: testTransaction() }] });

const methodName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...ALL_METHODS.map(({ name }) => name)) },
  fc.constantFrom("__proto__", "constructor", "toString", "eth_", "", "eth_subscribe"),
  fc.string({ maxLength: 12 }),
);

const hex = fc
  .integer({ min: 0, max: 66 })
  .chain((length) =>
    fc.string({ minLength: length, maxLength: length, unit: fc.constantFrom(..."0123456789abcdefABCDEFxg") }),
  );

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, "", "0x", "latest", "pending", "0x0", "0x1", TARGET, -0),
    hex.map((digits) => `0x${digits}`),
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom(
        "__proto__",
        "from",
        "to",
        "data",
        "topics",
        "address",
        "blockHash",
        "since",
        "tracer",
        "a",
      ),
      tie("any"),
      { maxKeys: 4 },
    ),
  ),
})).any;

const id = fc.oneof(
  fc.constantFrom<unknown>(1, null, undefined, "", "\u0000", 2 ** 60, -1.5, {}, []),
  fc.string({ maxLength: 6 }),
);

const request = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      jsonrpc: fc.constant("2.0"),
      id,
      method: methodName,
      params: fc.oneof({ weight: 5, arbitrary: fc.array(value, { maxLength: 4 }) }, value),
    }),
  },
  value,
);

const encoded = request.map((message) => JSON.stringify(message) ?? "");

const message = fc.oneof(
  { weight: 5, arbitrary: encoded },
  { weight: 2, arbitrary: fc.array(request, { maxLength: 4 }).map((batch) => JSON.stringify(batch)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(encoded, fc.nat(), fc.string({ maxLength: 3, unit: fc.constantFrom(...'{}[]",:\\0x9e-') }))
      .map(([json, at, inserted]) => {
        const place = json.length === 0 ? 0 : at % json.length;
        return json.slice(0, place) + inserted + json.slice(place + inserted.length);
      }),
  },
  fc.string({ maxLength: 40, unit: "binary" }),
);

function expectAnswer(answer: unknown): void {
  const { jsonrpc, id: echoed, error, ...rest } = answer as JsonRpcAnswer;
  expect(jsonrpc).toBe("2.0");
  expect(echoed === null || ["string", "number"].includes(typeof echoed)).toBe(true);
  if (error === undefined) {
    expect(Object.keys(rest)).toEqual(["result"]);
    return;
  }
  expect(rest).toEqual({});
  expect(Number.isSafeInteger(error.code) && error.message.length > 0).toBe(true);
  expect(error.code).not.toBe(-32603);
}

describe("JSON-RPC handler", () => {
  it(`answers any message with a JSON-RPC response (${RUNS} messages)`, async () => {
    const blocks = node.chain.counts().blocks;
    await fc.assert(
      fc.asyncProperty(message, async (text) => {
        const answer = await node.send(text);
        if (Array.isArray(answer)) answer.forEach(expectAnswer);
        else if (answer !== undefined) expectAnswer(answer);
      }),
      { numRuns: RUNS },
    );
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(node.chain.counts().blocks - blocks).toBe(node.mined.reduce((sum, count) => sum + count, 0));
  });
});
