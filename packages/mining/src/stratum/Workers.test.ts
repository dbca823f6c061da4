import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { Workers } from "./Workers.ts";

it("1,024 workers: invented names replace neither connected workers nor those with shares", () => {
  const workers = new Workers(new VirtualTime(1_000));
  const [connected, working] = [workers.at("connected"), workers.at("working")];
  connected.connections = 1;
  working.add("accepted", 1);
  for (let index = 0; index < 3_000; index++) workers.at(`invented ${index}`);
  const names = workers.statistics().map(({ worker }) => worker);
  expect(names).toHaveLength(1_024);
  expect(names.slice(0, 2)).toEqual(["connected", "working"]);
  expect(names).toContain("invented 2999");
  expect(workers.at("working")).toBe(working);
});
