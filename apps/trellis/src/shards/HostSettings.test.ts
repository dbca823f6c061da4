import { expect, it } from "vitest";
import { HostSettings } from "./HostSettings.ts";

it("a change reaches a shard's thread in order; keys are read again only if an operator asks", async () => {
  const said: string[] = [];
  const settings = new HostSettings<number>();
  settings.onReload(async (value) => {
    if (value === 1) await new Promise((resolve) => setTimeout(resolve, 5));
    return () => void said.push(`reach ${value}`);
  }, "always");
  settings.onReload((value) => () => void said.push(`key ${value}`), "signal");
  await Promise.all([settings.reload(1, false), settings.reload(2, true), settings.reload(3, false)]);
  expect(said).toEqual(["reach 1", "reach 2", "key 2", "reach 3"]);
});
