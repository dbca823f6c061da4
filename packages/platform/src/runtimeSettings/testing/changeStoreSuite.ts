import { expect, it } from "vitest";
import type { ChangeStore } from "../ChangeStore.ts";

const WHO = { by: "user:ann", reason: "a busy day" };

/** @param open returns the same store at each call with the same name */
export function changeStoreSuite(open: (name: string) => Promise<ChangeStore>, isShared = true): void {
  it("API-20: a store has the latest value of each key, and its history", async () => {
    const store = await open("suite_latest");
    expect(await store.latest()).toEqual({ version: 0, values: new Map() });
    await store.append({ key: "a", value: 1, ...WHO }, 10);
    await store.append({ key: "b", value: { list: ["x\n", "🦀"] }, ...WHO }, 20);
    const made = await store.append({ key: "a", value: undefined, ...WHO }, 30);
    expect(made).toEqual({ version: 3, key: "a", value: undefined, ...WHO, timeMs: 30 });
    const latest = { version: 3, values: new Map([["b", { list: ["x\n", "🦀"] }]]) };
    expect(await store.latest()).toEqual(latest);
    const again = isShared ? await open("suite_latest") : store;
    expect(await again.latest()).toEqual(latest);
    const versions = async (...asked: Parameters<ChangeStore["history"]>) =>
      (await again.history(...asked)).map(({ version }) => version);
    expect(await versions(undefined, undefined, 2)).toEqual([3, 2]);
    expect(await versions("a", undefined, 9)).toEqual([3, 1]);
    expect(await versions("a", 3, 9)).toEqual([1]);
    expect(await again.history(undefined, undefined, 1)).toEqual([made]);
  });

  it("DYNAMIC_VERSION_STALE: a change based on an older version stores nothing", async () => {
    const store = await open("suite_stale");
    await store.append({ key: "a", value: 1, ...WHO, basedOn: 0 }, 10);
    for (const basedOn of [0, 2])
      await expect(store.append({ key: "a", value: 2, ...WHO, basedOn }, 20)).rejects.toMatchObject({
        code: "DYNAMIC_VERSION_STALE",
        facts: { got: basedOn, held: 1 },
      });
    expect(await store.latest()).toEqual({ version: 1, values: new Map([["a", 1]]) });
  });
}
