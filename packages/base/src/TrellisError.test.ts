import { describe, expect, expectTypeOf, it } from "vitest";
import { type DeclaredFacts, defineErrors, errorWithin, isTrellisError, TrellisError } from "./index.ts";

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

  it("accepts only the facts that its entry declares", () => {
    const typed = defineErrors({
      JAR_LOCKED: {
        message: "the jar is locked",
        hint: "find the key",
        consequence: "reject",
        facts: { shelf: "number", owner: "string?" },
      },
    });
    const { message } = typed.JAR_LOCKED({ shelf: 3, owner: "Ada" });
    expect(message).toBe("the jar is locked (shelf: 3, owner: Ada)");
    type LockedFacts = DeclaredFacts<typeof typed.table.JAR_LOCKED>;
    expectTypeOf<Parameters<typeof typed.JAR_LOCKED>[0]>().toEqualTypeOf<LockedFacts>();
    const readShelf = ({ shelf }: LockedFacts): number => shelf;
    // @ts-expect-error: the entry declares no fact of this name.
    const readRow = ({ row }: LockedFacts): unknown => row;
    expect([readShelf({ shelf: 3 }), readRow({ shelf: 3 })]).toEqual([3, undefined]);
    // @ts-expect-error: a required fact is missing.
    typed.JAR_LOCKED({ owner: "Ada" });
    // @ts-expect-error: facts are required.
    typed.JAR_LOCKED();
    // @ts-expect-error: a fact that the entry does not declare.
    typed.JAR_LOCKED({ shelf: 3, row: 1 });
    // @ts-expect-error: the type differs from the declared one.
    typed.JAR_LOCKED({ shelf: 3n });
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

  it("is identified by its code", () => {
    expect(isTrellisError(errors.JAR_EMPTY())).toBe(true);
    expect(isTrellisError(errors.JAR_EMPTY(), "JAR_EMPTY")).toBe(true);
    expect(isTrellisError(errors.JAR_EMPTY(), "JAR_FULL")).toBe(false);
    expect(isTrellisError(new RangeError("no"))).toBe(false);
    const inner = errors.JAR_EMPTY();
    const wrapped = new TypeError("fetch failed", { cause: new RangeError("no", { cause: inner }) });
    expect(errorWithin(wrapped, "JAR_EMPTY")).toBe(inner);
    expect(errorWithin(wrapped, "JAR_FULL")).toBeUndefined();
    const circle = new RangeError("no");
    circle.cause = circle;
    expect(errorWithin(circle, "JAR_EMPTY")).toBeUndefined();
  });

  it("its stack starts at the throw", () => {
    expect(errors.JAR_EMPTY().stack?.split("\n")[1]).toContain("TrellisError.test.ts");
  });
});
