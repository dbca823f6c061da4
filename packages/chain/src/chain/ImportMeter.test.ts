import { type Metrics, silentTracing } from "@trellis/base";
import { type Block, createGenesis, main, ZERO_HASH } from "@trellis/protocol";
import { expect, it } from "vitest";
import { ImportMeter } from "./ImportMeter.ts";

function open() {
  let nowMs = 0;
  const measured: string[] = [];
  const named =
    (name: string) =>
    (value: number, labels: object = {}) =>
      void measured.push([name.replace("trellis_", ""), value, ...Object.values(labels)].join(" "));
  const metrics: Metrics = {
    counter: ({ name }) => ({ add: (amount = 1, labels = {} as never) => named(name)(amount, labels) }),
    gauge: () => ({ set() {} }),
    histogram: ({ name }) => ({ observe: named(name) }),
  };
  const streams = main.streams.slice(0, 2);
  const meter = new ImportMeter(
    { streams },
    { metrics, clock: { nowMs: () => nowMs }, tracing: silentTracing },
  );
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { meter, wait, measured, names: streams.map(({ name }) => name) };
}

it("counters of mined blocks exist before the first block", () => {
  const { meter, measured, names } = open();
  meter.mined({ stream: 1 });
  expect(measured).toEqual([
    `blocks_mined_total 0 ${names[0]}`,
    `blocks_mined_total 0 ${names[1]}`,
    `blocks_mined_total 1 ${names[1]}`,
  ]);
});

it("the stages of the blocks of an import add up; the next import starts at zero", () => {
  const { meter, wait, measured } = open();
  measured.length = 0;
  meter.span("block.verifyInIsolation", () => wait(10));
  for (let block = 0; block < 2; block++) {
    meter.span("block.insert", () => wait(1));
    meter.span("block.execute", () => wait(100));
  }
  meter.end();
  wait(5_000);
  meter.span("block.verifyInIsolation", () => wait(20));
  meter.end();
  expect(measured).toEqual([
    "block_import_seconds 0.01 isolation",
    "block_import_seconds 0.002 ordering",
    "block_import_seconds 0.2 execution",
    "block_import_seconds 0.02 isolation",
  ]);
});

it("a clock that steps back adds no time", () => {
  const { meter, wait, measured } = open();
  measured.length = 0;
  meter.span("block.verifyInIsolation", () => wait(-50));
  meter.end();
  expect(measured).toEqual(["block_import_seconds 0 isolation"]);
});

it("a commit has one time, and a size for each block", () => {
  const { meter, measured } = open();
  measured.length = 0;
  const block: Block = createGenesis(main, ZERO_HASH);
  meter.committed([block, block], 40);
  // An empty body is a list of three empty lists.
  expect(measured).toEqual(["block_commit_seconds 0.04", "block_size_bytes 4", "block_size_bytes 4"]);
});
