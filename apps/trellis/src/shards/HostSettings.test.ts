import { silentLog, silentMetrics } from "@trellis/base";
import { expect, it } from "vitest";
import { trellisErrors } from "../errors.ts";
import { HostSettings } from "./HostSettings.ts";

it("a change reaches a shard's thread in order; keys are read again only if an operator asks", async () => {
  const applied: string[] = [];
  const settings = new HostSettings<number>({ log: silentLog, metrics: silentMetrics });
  const first = Promise.withResolvers<void>();
  settings.onReload(async (value) => {
    if (value === 1) await first.promise;
    return () => void applied.push(`reach ${value}`);
  }, "always");
  settings.onReload((value) => () => void applied.push(`key ${value}`), "signal");
  const reloads = [settings.reload(1, "files"), settings.reload(2, "signal"), settings.reload(3, "override")];
  first.resolve();
  await Promise.all(reloads);
  expect(applied).toEqual(["reach 1", "reach 2", "key 2", "reach 3"]);
});

it("a refused change leaves all settings of the shard, which continues", async () => {
  const applied: string[] = [];
  const logged: unknown[] = [];
  const log = {
    ...silentLog,
    error: (event: string, facts: object = {}) => logged.push({ event, ...facts }),
  };
  const settings = new HostSettings<number>({ log, metrics: silentMetrics });
  settings.onReload((value) => () => void applied.push(`reach ${value}`), "always");
  settings.onReload((value) => {
    if (value === 1) throw trellisErrors.INPUT_INVALID({ what: "key" });
    return () => void applied.push(`key ${value}`);
  }, "signal");
  await settings.reload(1, "signal");
  expect(applied).toEqual([]);
  expect(logged).toMatchObject([
    { event: "settings.refused", cause: "signal", error: { code: "INPUT_INVALID" } },
  ]);
  await settings.reload(2, "signal");
  expect(applied).toEqual(["reach 2", "key 2"]);
});
