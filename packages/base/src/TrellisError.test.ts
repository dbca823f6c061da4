import { describe, expect, it } from "vitest";
import { defineErrors, isTrellisError, TrellisError } from "./index.ts";

const errors = defineErrors({
  JAR_EMPTY: { message: "the jar is empty", hint: "fill it", consequence: "retry" },
});

describe("TrellisError", () => {
  it("carries code, facts, hint, consequence and cause", () => {
    const cause = new RangeError("deep down");
    const error = errors.JAR_EMPTY({ shelf: 3, left: 0n, unknown: undefined }, cause);
    expect(error).toBeInstanceOf(TrellisError);
    expect(error).toMatchObject({ code: "JAR_EMPTY", hint: "fill it", consequence: "retry", cause });
    expect(error.message).toBe("the jar is empty (shelf: 3, left: 0)");
  });

  it("is printed as JSON without stack and with bigints in decimal", () => {
    expect(JSON.parse(JSON.stringify(errors.JAR_EMPTY({ left: 2n ** 64n })))).toEqual({
      code: "JAR_EMPTY",
      message: "the jar is empty (left: 18446744073709551616)",
      hint: "fill it",
      consequence: "retry",
      facts: { left: "18446744073709551616" },
    });
  });

  it("is known by its code", () => {
    expect(isTrellisError(errors.JAR_EMPTY())).toBe(true);
    expect(isTrellisError(errors.JAR_EMPTY(), "JAR_EMPTY")).toBe(true);
    expect(isTrellisError(errors.JAR_EMPTY(), "JAR_FULL")).toBe(false);
    expect(isTrellisError(new RangeError("no"))).toBe(false);
  });

  it("its stack begins where it was thrown", () => {
    expect(errors.JAR_EMPTY().stack?.split("\n")[1]).toContain("TrellisError.test.ts");
  });
});
