import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeCommands } from "../testing/FakeCommands.ts";
import { FakeNode } from "../testing/FakeNode.ts";
import { ALL_METHODS } from "./allMethods.ts";
import type { Parameter } from "./MethodDeclaration.ts";

const INVALID = -32602;
const INTERNAL = -32603;
const NESTED: unknown = JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`);

/** Malformed, huge and contradictory. */
const HOSTILE: readonly unknown[] = [
  ...[null, true, -1, -0.5, 1.5, 2 ** 53, 1e300],
  ...["", "0x", "0x0", "0X1", "-0x1", "x", "0x0g", "latest", "\u0000", "１", "__proto__"],
  ...[20, 32, 33].map((bytes) => `0x${"ff".repeat(bytes)}`),
  `0x${"f".repeat(63)}`,
  `0x${"00".repeat(1 << 19)}`,
  "9".repeat(1 << 16),
  ...[[], [null], ["0x1", "0x1"], NESTED],
  ...[{}, { a: NESTED }, JSON.parse('{"__proto__":{"x":1}}'), { length: 2 ** 31 }],
  { forking: { jsonRpcUrl: "http://127.0.0.1:1", blockNumber: -1 } },
  { blockHash: `0x${"ff".repeat(32)}`, blockNumber: "0x1" },
  { from: `0x${"ff".repeat(20)}`, gasPrice: "0x1", maxFeePerGas: "0x1", data: "0x", input: "0x1" },
];

function isAccepted({ decode }: Parameter<unknown>, value: unknown): boolean {
  try {
    decode(value);
    return true;
  } catch {
    return false;
  }
}

const METHODS = ALL_METHODS.filter(({ params }) => params.length > 0);

describe("malformed, huge and contradictory parameters [RPC-28]", () => {
  it.each(METHODS.map((method) => [method.name, method] as const))("%s", async (name, { params, role }) => {
    const commands = new FakeCommands();
    const node = new FakeNode({ commands });
    const accepted = params.map((parameter) => HOSTILE.find((value) => isAccepted(parameter, value)) ?? null);
    let refused = 0;
    for (const [position, parameter] of params.entries()) {
      for (const value of HOSTILE) {
        const isOmitted = value === null && !parameter.isRequired;
        if (isOmitted || isAccepted(parameter, value)) continue;
        refused++;
        const { error } = await node.call(name, ...accepted.slice(0, position), value);
        expect({ value, error }).toMatchObject({ error: { message: expect.stringMatching(/./) } });
        expect(error!.code).not.toBe(INTERNAL);
      }
    }
    expect(refused).toBeGreaterThan(0);
    const isFirstRequired = params[0]!.isRequired;
    if (isFirstRequired) expect((await node.call(name)).error?.code).toBe(INVALID);
    const tooMany = await node.call(name, ...params.map(() => null), null, 1);
    expect(tooMany.error?.code).toBe(INVALID);
    expect(commands.done).toEqual([]);
    if (role !== "dev") return;
    for (const value of HOSTILE) expect((await node.call(name, value)).error?.code).not.toBe(INTERNAL);
  });
});

it("every parameter decodes, or names the problem", () => {
  const decoders = new Set(METHODS.flatMap(({ params }) => params.map(({ decode }) => decode)));
  expect(decoders.size).toBeGreaterThan(30);
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.double(),
    fc.bigInt({ min: 0n, max: 1n << 260n }).map((number) => `0x${number.toString(16)}`),
    fc.string({ unit: fc.constantFrom(..."0x19afAFg"), maxLength: 70 }),
  );
  for (const decode of decoders) {
    const isSound = (given: unknown): void => {
      try {
        decode(given);
      } catch (error) {
        expect(["RPC_PARAMETERS_INVALID", "RPC_NOT_FOUND"]).toContain((error as { code?: string }).code);
      }
    };
    fc.assert(fc.property(value, isSound), { numRuns: 100 });
  }
});
