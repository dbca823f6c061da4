import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import type { OnFinal } from "./FinalBlocks.ts";
import { Workers } from "./Workers.ts";

const stratum = (worker: string) => ({ source: "stratum", stream: 1, worker }) as const;

it("[MINE-8] 1,024 workers: invented names replace neither connected workers nor those with shares", () => {
  const workers = new Workers({ clock: new VirtualTime(1_000), finalBlocks: { follow() {} } });
  const [connected, working] = [workers.at(stratum("connected")), workers.at(stratum("working"))];
  connected.connections = 1;
  working.add("accepted", 1);
  for (let index = 0; index < 3_000; index++) workers.at(stratum(`invented ${index}`));
  const names = workers.statistics().map(({ worker }) => worker);
  expect(names).toHaveLength(1_024);
  expect(names.slice(0, 2)).toEqual(["connected", "working"]);
  expect(names).toContain("invented 2999");
  expect(workers.at(stratum("working"))).toBe(working);
});

it("[MINE-8] counts colours and rewards once they are final", () => {
  const finals: OnFinal[] = [];
  const finalBlocks = { follow: (_: unknown, onFinal: OnFinal) => void finals.push(onFinal) };
  const workers = new Workers({ clock: new VirtualTime(1_000), finalBlocks });
  const worker = workers.at(stratum("a"));
  for (let count = 0; count < 4; count++) worker.addBlock(`0x${"00".repeat(32)}`);
  expect(worker.statistics()).toMatchObject({ blocks: 4, blue: 0, red: 0, rewardsWei: 0n });
  finals[0]!("blue", 5n);
  finals[1]!("red", 5n);
  finals[2]!("blue", 7n);
  expect(worker.statistics()).toMatchObject({ blocks: 4, blue: 2, red: 1, rewardsWei: 12n });
});

it("one name is another worker on another stream or from another source", () => {
  const workers = new Workers({ clock: new VirtualTime(1_000), finalBlocks: { follow() {} } });
  const identities = [
    stratum("0x12"),
    { ...stratum("0x12"), stream: 2 },
    { ...stratum("0x12"), source: "rpc" },
  ] as const;
  for (const identity of identities) workers.at(identity);
  expect(workers.statistics()).toMatchObject(identities);
});
