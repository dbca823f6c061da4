import { expect, it } from "vitest";
import { timeText } from "./timeText.ts";

it("a moment has its zone", () => {
  expect(timeText(Date.UTC(2026, 10, 22, 11, 16, 51))).toMatch(/^2\d Nov 2026, \d\d:\d\d:51 (UTC|GMT|[A-Z])/);
});
