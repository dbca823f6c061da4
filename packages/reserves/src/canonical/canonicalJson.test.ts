import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import {
  canonicalBytes,
  canonicalJson,
  type JsonValue,
  parseCanonicalBytes,
  parseCanonicalJson,
} from "./index.ts";

describe("canonical JSON (RFC 8785)", () => {
  it("sorts names by UTF-16 code units and escapes as little as possible (section 3.2.3)", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    const names = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
  });

  it("writes numbers as ECMAScript does (section 3.2.2)", () => {
    const numbers = [JSON.parse("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0];
    expect(canonicalJson(numbers)).toBe("[333333333.3333333,1e+30,4.5,0.002,1e-27,0]");
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/')).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
  });

  it("survives a round trip, and has a unique text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as JsonValue);
        expect(canonicalJson(parseCanonicalJson(text))).toBe(text);
        expect(canonicalJson(parseCanonicalBytes(canonicalBytes(value as JsonValue)))).toBe(text);
      }),
    );
  });

  it.each(['{"b":1,"a":2}', '{"a":1,"a":1}', "[1 ]", "1.0", '"\\u0041"', "{", "", "\ufeff1", "01"])(
    "JSON_NOT_CANONICAL: %j",
    (text) => {
      expect(() => parseCanonicalJson(text)).toThrowError(
        expect.objectContaining({ code: "JSON_NOT_CANONICAL" }),
      );
    },
  );

  it("JSON_NOT_CANONICAL: not UTF-8", () => {
    expect(() => parseCanonicalBytes(Uint8Array.of(0x22, 0xff, 0x22))).toThrowError(
      expect.objectContaining({ code: "JSON_NOT_CANONICAL" }),
    );
  });

  it.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ["\ud800"],
    [{ "\udc00": 1 }],
    [[1n]],
    [{ a: undefined }],
  ])("JSON_NOT_CANONICAL", (value) => {
    expect(() => canonicalJson(value as unknown as JsonValue)).toThrowError(
      refusal("JSON_NOT_CANONICAL: a value has no canonical form"),
    );
  });

  it("JSON_NOT_CANONICAL", () => {
    expect(() => parseCanonicalJson(`${"[".repeat(66)}${"]".repeat(66)}`)).toThrowError(
      refusal("JSON_NOT_CANONICAL: nested too deep"),
    );
  });
});
