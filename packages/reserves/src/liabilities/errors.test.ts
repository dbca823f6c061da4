import { describe, expect, it } from "vitest";
import { liabilitiesErrors } from "./errors.ts";

describe("errors of liabilities", () => {
  it("SCHEME_UNAVAILABLE names what can be used instead", () => {
    expect(liabilitiesErrors.SCHEME_UNAVAILABLE({ scheme: "private-sum" }).hint).toContain("sum");
  });
});
