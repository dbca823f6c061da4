import { EMPTY_BODY } from "@trellis/protocol";
import { expect, it } from "vitest";
import { mineMany } from "../testing/testChain.ts";
import { HeaderWindow, withHashes } from "./HeaderWindow.ts";

const headers = withHashes((await mineMany(6, { payEvery: 1 })).map(({ header }) => header));

it("bodies count as buffered until they are taken for import [SYNC-11]", () => {
  const window = new HeaderWindow();
  const pending = window.pushPage(headers, undefined);
  for (const [index, each] of pending.entries()) {
    each.isChecked = true;
    window.putBody(each, EMPTY_BODY, 100 + index);
  }
  expect(window.bodyBytes).toBe(615);
  expect(window.takeRun(2, Number.POSITIVE_INFINITY)).toHaveLength(2);
  expect(window.bodyBytes).toBe(414);
  expect(window.takeRun(6, 102)).toHaveLength(2);
  expect(window.bodyBytes).toBe(209);
  expect(window.takeRun(6, Number.POSITIVE_INFINITY)).toHaveLength(2);
  expect([window.bodyBytes, window.size]).toEqual([0, 0]);
});

it("returns the next run's blocks until their recovery begins [SYNC-13]", () => {
  const window = new HeaderWindow();
  const pending = window.pushPage(headers, undefined);
  for (const each of pending.slice(0, 4)) {
    each.isChecked = true;
    window.putBody(each, EMPTY_BODY, 1);
  }
  const [first, second, third, fourth] = pending;
  expect(window.unrecovered(2, 100)).toEqual([first, second]);
  first!.isRecovering = true;
  expect(window.unrecovered(6, 100)).toEqual([second, third, fourth]);
  expect(window.size).toBe(6);
});

it("stops at a missing body, or at an unverified header [SYNC-11]", () => {
  const window = new HeaderWindow();
  const pending = window.pushPage(headers, undefined);
  for (const index of [0, 1, 3]) window.putBody(pending[index]!, EMPTY_BODY, 1);
  for (const index of [0, 2, 3]) pending[index]!.isChecked = true;
  const take = () =>
    window.takeRun(6, 100).map(({ hash }) => pending.findIndex((each) => each.hash === hash));
  expect(take()).toEqual([0]);
  pending[1]!.isChecked = true;
  expect(take()).toEqual([1]);
  expect(take()).toEqual([]);
});
