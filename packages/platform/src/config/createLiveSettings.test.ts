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
  live.onReload((_, cause) => {
    if (isRefused) throw new Error("the list is wrong");
    return () => void said.push(`always: ${cause}`);
  }, "always");
  expect(await live.reload()).toEqual([]);
  expect(said.splice(0)).toEqual(["always: signal"]);
  next = { pace: 2 };
  isRefused = true;
  await expect(live.reload()).rejects.toThrow("the list is wrong");
  expect([live.current(), said]).toEqual([{ pace: 1 }, []]);
  isRefused = false;
  expect(await live.reload("files")).toEqual(["pace"]);
  expect(said).toEqual(["changed", "always: files"]);
});

it("SIGN-7: only a signal changes keys, so that other changed files do not interrupt a rotation", async () => {
  let next = { pace: 1, key: 1 };
  const said: string[] = [];
  const key = { ...pace, needsSignal: true };
  const live = createLiveSettings({ section: "toy", settings: { pace, key } }, next, async () => next);
  live.onReload((latest) => () => void said.push(`key ${latest.key}`), "signal");
  live.onReload((latest) => () => void said.push(`pace ${latest.pace}, key ${latest.key}`));
  next = { pace: 2, key: 2 };
  expect(await live.reload("files")).toEqual(["pace"]);
  expect(live.current()).toEqual({ pace: 2, key: 1 });
  expect(said.splice(0)).toEqual(["pace 2, key 1"]);
  expect(await live.reload("signal")).toEqual(["key"]);
  expect(said).toEqual(["key 2", "pace 2, key 2"]);
});

it("overrides take precedence over reloaded settings until they are removed", async () => {
  let next = { pace: 1, key: 1 };
  const said: string[] = [];
  const key = { ...pace, isReloadable: false };
  const live = createLiveSettings({ section: "toy", settings: { pace, key } }, next, async () => next);
  live.onReload((latest) => () => void said.push(`pace ${latest.pace}`));
  live.onReload(() => () => void said.push("signal"), "signal");
  const commit = async (): Promise<string> => `committed at ${live.current().pace}`;
  expect(await live.override({ pace: 5 }, commit)).toBe("committed at 1");
  next = { pace: 2, key: 1 };
  expect(await live.reload("files")).toEqual([]);
  expect([live.current().pace, live.base().pace]).toEqual([5, 2]);
  await expect(live.override({ pace: 6 }, () => Promise.reject(new Error("full")))).rejects.toThrow("full");
  await expect(live.override({ key: 2 }, commit)).rejects.toMatchObject({ code: "CONFIG_RESTART_NEEDED" });
  expect(live.current().pace).toBe(5);
  await live.override({}, commit);
  expect(said).toEqual(["pace 5", "pace 2"]);
});
