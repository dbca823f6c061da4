import { describe, expect, it } from "vitest";
import { parseValue, valueText } from "./settingValue.ts";

describe("a setting's value", () => {
  it.each([
    ["info", "info"],
    [7, "7"],
    [true, "true"],
    [{ chain: "debug" }, '{"chain":"debug"}'],
    [["a"], '["a"]'],
  ])("%j is written %s, and read as it was", (value, text) => {
    expect(valueText(value)).toBe(text);
    expect(parseValue(text, value)).toEqual({ value });
  });

  it("of another kind is refused before it is sent; a number may have its unit", () => {
    expect(parseValue("[1]", {})).toEqual({ wrong: "Expected a JSON object." });
    expect(parseValue("many", 7)).toEqual({ wrong: "Expected a number." });
    expect(parseValue("30s", 7)).toEqual({ value: "30s" });
    expect(parseValue("1", true)).toEqual({ wrong: "Expected true or false." });
    expect(parseValue("123", "text")).toEqual({ value: "123" });
  });
});
