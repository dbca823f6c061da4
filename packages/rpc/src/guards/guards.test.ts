import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanJson } from "../decoding/scanJson.ts";
import { VirtualTime } from "../testing/VirtualTime.ts";
import { LoadGate } from "./LoadGate.ts";
import { OutgoingBytes } from "./OutgoingBytes.ts";
import { Pacer } from "./Pacer.ts";

const SCAN_LIMITS = {
  jsonDepthMax: 1_000,
  jsonValuesMax: Number.MAX_SAFE_INTEGER,
  jsonNumberLengthMax: 128,
  batchLengthMax: 1_000,
};

const scan = (text: string, jsonDepthMax: number, batchLengthMax = 1_000) =>
  scanJson(Buffer.from(text), { ...SCAN_LIMITS, jsonDepthMax, batchLengthMax });

describe("scanJson", () => {
  it("RPC_JSON_INVALID: too deep exactly from the limit on", () => {
    scan("[[[]]]", 3);
    scan('{"a":[{}]}', 3);
    expect(() => scan("[[[[]]]]", 3)).toThrow(
      expect.objectContaining({ code: "RPC_JSON_INVALID", facts: { reason: "exceeded max depth" } }),
    );
    expect(() => scan('{"a":[{"b":{}}]}', 3)).toThrow(
      expect.objectContaining({ code: "RPC_JSON_INVALID", facts: { reason: "exceeded max depth" } }),
    );
  });

  it("RPC_REQUEST_INVALID: a batch too long exactly from the limit on", () => {
    scan("[1,2,3]", 9, 3);
    scan('{"a":1,"b":2,"c":3,"d":4}', 9, 3);
    scan('[[1,2,3,4],{"a":1,"b":2}]', 9, 2);
    expect(() => scan("[1,2,3,4]", 9, 3)).toThrow(
      expect.objectContaining({ code: "RPC_REQUEST_INVALID", facts: { reason: "batch too large" } }),
    );
  });

  it("RPC_REQUEST_INVALID: too many values exactly from the limit on, at every depth", () => {
    const limited = (text: string) => scanJson(Buffer.from(text), { ...SCAN_LIMITS, jsonValuesMax: 5 });
    limited('{"a":[1,2],"b":",,,,"}');
    expect(() => limited('{"a":[1,2],"b":{}}')).toThrow(
      expect.objectContaining({
        code: "RPC_REQUEST_INVALID",
        facts: { reason: "too many values in the message" },
      }),
    );
    expect(() => limited("[[],[],[],[]]")).toThrow(
      expect.objectContaining({
        code: "RPC_REQUEST_INVALID",
        facts: { reason: "too many values in the message" },
      }),
    );
  });

  it("RPC_JSON_INVALID: a number too long exactly from the limit on, and not for digits in strings", () => {
    const digits = (count: number) => "7".repeat(count);
    for (const short of [digits(128), `-${digits(128)}`, `1.${digits(126)}`, `1e-${digits(125)}`]) {
      scan(`[${short},${short}]`, 9);
    }
    scan(`["${digits(5_000)}"]`, 9);
    for (const long of [digits(129), `-${digits(129)}`, `1.${digits(127)}`, `1E+${digits(126)}`]) {
      expect(() => scan(`[1,${long}]`, 9)).toThrow(
        expect.objectContaining({ code: "RPC_JSON_INVALID", facts: { reason: "number too long" } }),
      );
    }
  });

  it("skips strings of any content and length", () => {
    const texts = [
      "[[[[",
      ",,,,",
      '"[[',
      "\\",
      '\\"[[',
      '"\\\\"[[',
      "[".repeat(100),
      '"'.repeat(100),
      `${"a".repeat(47)}"[[`,
    ];
    for (const text of texts) {
      scan(`[${JSON.stringify(text)}]`, 1, 1);
      expect(() => scan(`[${JSON.stringify(text)},[]]`, 1, 9)).toThrow(/exceeded max depth/);
    }
  });

  it("agrees with the parsed value", () => {
    const depthOf = (value: unknown): number =>
      typeof value !== "object" || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
    const isTooDeep = (text: string, limit: number): boolean => {
      try {
        scan(text, limit, Number.MAX_SAFE_INTEGER);
        return false;
      } catch {
        return true;
      }
    };
    const string = fc.string({ unit: fc.constantFrom(...'[]{}\\",:ab'), maxLength: 120 });
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        string,
        fc.integer(),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(string, tie("any"), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (tree) => {
        const text = JSON.stringify(tree);
        const depth = depthOf(tree);
        return !isTooDeep(text, depth) && (depth === 0 || isTooDeep(text, depth - 1));
      }),
      { numRuns: 20_000 },
    );
  });

  it("terminates on any input", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        scanJson(Buffer.from(bytes), SCAN_LIMITS);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("LoadGate", () => {
  it("RPC_OVERLOADED above the weight limit, and free again afterwards", () => {
    const gate = new LoadGate(100);
    gate.enter(60);
    expect(() => gate.enter(41)).toThrow(expect.objectContaining({ code: "RPC_OVERLOADED" }));
    gate.enter(40);
    gate.leave(60);
    gate.enter(41);
    expect(gate.weight).toBe(81);
  });
});

describe("Pacer", () => {
  it("yields after a while, and restarts", async () => {
    const time = new VirtualTime();
    const pacer = new Pacer(time, time);
    expect(pacer.isDue).toBe(false);
    time.advance(10);
    expect(pacer.isDue).toBe(true);
    await pacer.pause();
    expect(pacer.isDue).toBe(false);
  });
});

describe("OutgoingBytes", () => {
  it("limits large answers together, and passes small ones", () => {
    const outgoing = new OutgoingBytes(200_000);
    expect([outgoing.admit(150_000), outgoing.admit(100_000), outgoing.admit(1_000)]).toEqual([
      true,
      false,
      true,
    ]);
    outgoing.release(1_000);
    outgoing.release(150_000);
    expect([outgoing.bytes, outgoing.admit(200_000)]).toEqual([0, true]);
  });
});
