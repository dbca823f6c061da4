import { isValidElement, type ReactElement } from "react";
import { expect, it } from "vitest";
import { placeAfter, Tabs } from "./Tabs.tsx";

it("Tab stops at the chosen one alone", () => {
  const names = ["History", "Tokens", "Blocks"] as const;
  const drawn = Tabs({ label: "Of this account", names, chosen: "Tokens", onChoose() {} });
  if (!isValidElement<{ children: ReactElement<{ tabIndex: number }>[] }>(drawn))
    throw new TypeError("no tabs");
  expect(drawn.props.children.map(({ props }) => props.tabIndex)).toEqual([-1, 0, -1]);
});

it.each([
  ["ArrowRight", 2, 0],
  ["ArrowLeft", 0, 2],
  ["Home", 1, 0],
  ["End", 1, 2],
  ["a", 1, undefined],
])("%s of three, from %d", (key, at, to) => {
  expect(placeAfter(key, at, 3)).toBe(to);
});
