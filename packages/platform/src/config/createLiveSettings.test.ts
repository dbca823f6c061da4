import { expect, it } from "vitest";
import { createLiveSettings } from "./createLiveSettings.ts";
import { wholeNumber } from "./settingTypes.ts";

const pace = { type: wholeNumber(1, 9), default: 1, value: "N", summary: "", isReloadable: true };

it("a reload without changes still asks listeners that require it, and respects their refusal", async () => {
  let next = { pace: 1 };
  let isRefused = false;
  const said: string[] = [];
  const live = createLiveSettings({ section: "toy", settings: { pace } }, next, async () => next);
  live.onReload(() => () => void said.push("changed"));
  live.onReload(() => {
    if (isRefused) throw new Error("the list is wrong");
    return () => void said.push("always");
  }, "always");
  expect(await live.reload()).toEqual([]);
  expect(said.splice(0)).toEqual(["always"]);
  next = { pace: 2 };
  isRefused = true;
  await expect(live.reload()).rejects.toThrow("the list is wrong");
  expect([live.current(), said]).toEqual([{ pace: 1 }, []]);
  isRefused = false;
  expect(await live.reload()).toEqual(["pace"]);
  expect(said).toEqual(["changed", "always"]);
});
