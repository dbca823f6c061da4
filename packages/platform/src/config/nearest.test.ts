import { expect, it } from "vitest";
import { nearest } from "./nearest.ts";

const CANDIDATES = ["devnet", "node", "keys", "version", "reserves", "reservations"];

it.each([
  ["devent", "devnet"],
  ["devne", "devnet"],
  ["nod", "node"],
  ["kesy", "keys"],
  ["version", "version"],
  ["dev", "devnet"],
  ["de", undefined],
  ["reser", undefined],
  ["xyzzy", undefined],
  ["", undefined],
])("%s is probably %s", (given, meant) => {
  expect(nearest(given, CANDIDATES)).toBe(meant);
});

it("does not compare overlong words", () => {
  expect(nearest("devnet".repeat(1_000_000), CANDIDATES)).toBe(undefined);
});
