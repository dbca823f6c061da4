import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import { clientErrors } from "@trellis/client";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, type EngineOptions } from "../engine/index.ts";
import { FakeMarket, PAIRS, UNIT } from "../engine/testing/FakeMarket.ts";
import { LIMITS, OPTIONS } from "../engine/testing/openEngineBench.ts";
import { createMemoryLedger } from "../ledger/index.ts";
import { createMemoryQueue } from "../queue/index.ts";
import { createMemoryRiskStore, createRisk } from "../risk/index.ts";
import { type RecordingEntry, writeEntry } from "./entries.ts";
import {
  backtestCsv,
  backtestJson,
  type EngineMarket,
  openRecordingFile,
  type PastMarket,
  readRecordingFile,
  recordMarket,
  replayHistory,
  replayRecording,
  requireEvaluated,
  runBacktest,
} from "./index.ts";

const refused = (code: string) => expect.objectContaining({ code });
const SESSION = {
  chainId: 7331,
  arbitrageur: OPTIONS.arbitrageur,
  executor: OPTIONS.executor,
  owner: OPTIONS.owner,
  isSimulated: false,
};
const SOUND = {
  name: "sound",
  async simulate() {
    const outcome = (balances: readonly bigint[]) =>
      ({ isSuccess: true, gasUsed: 1n, output: "0x", balances }) as const;
    return {
      before: [10_000n, 0n, 0n],
      outcomes: [outcome([9_900n, 0n, 100n]), outcome([9_800n, 100n, 100n]), outcome([9_900n, 0n, 100n])],
    };
  },
};

function engineOn(market: EngineMarket, options: Partial<EngineOptions> = {}) {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };
  const client: EngineMarket["client"] = {
    ...market.client,
    async block(at) {
      const block = await market.client.block(at);
      if (at === "latest" && block !== undefined) nowMs = block.timeSeconds * 1_000;
      return block;
    },
  };
  return createEngine(
    { ...OPTIONS, isSimulated: false, sampleCount: 0, ...options },
    {
      ...market,
      client,
      clock,
      log: silentLog,
      metrics: silentMetrics,
      live: undefined,
      reference: undefined,
      queue: createMemoryQueue({ worker: "backtest", leaseMs: 5_000 }, clock),
      screening: async () => undefined,
      ledger: createMemoryLedger(),
      random: { bytes: (count) => new Uint8Array(count) },
      risk: createRisk({
        store: createMemoryRiskStore(),
        clock,
        killSwitch: async () => undefined,
        limits: () => ({
          ...LIMITS,
          chainDayWeiMax: 10n ** 30n,
          tokenDayWeiMax: 10n ** 30n,
          gasDayWeiMax: 10n ** 30n,
        }),
      }),
    },
  );
}

const marketOf = (chain: FakeMarket): EngineMarket => ({
  client: chain.client(),
  blockLogs: chain.blockLogs,
  simulator: SOUND,
});

async function record(chain: FakeMarket, steps: readonly (() => void)[]): Promise<string> {
  const lines: string[] = [];
  const recorder = recordMarket(
    marketOf(chain),
    SESSION,
    (entry: RecordingEntry) => void lines.push(writeEntry(entry)),
  );
  const engine = engineOn(recorder.market);
  const factories = OPTIONS.factories.map(({ factory }) => factory.address);
  recorder.follow((address) => {
    const source = engine.watch()?.book.source(address as (typeof factories)[number]);
    return source !== undefined || factories.includes(address as (typeof factories)[number]);
  });
  for (const step of [() => undefined, ...steps]) {
    step();
    await engine.step();
    await engine.step();
  }
  recorder.finish();
  return lines.join("");
}

async function replayed(past: PastMarket, options: Partial<EngineOptions> = {}) {
  return runBacktest(past, engineOn(past.market, options));
}

const gap = (chain: FakeMarket, output: bigint) => () =>
  chain.mine([[PAIRS[0], [1_000n * UNIT, output * UNIT]]]);

describe("recording", () => {
  it("BACK-1: two replays give the same bytes, including gaps, repetitions and reorganisations", async () => {
    const chain = new FakeMarket();
    const text = await record(chain, [
      gap(chain, 1_100n),
      () => chain.mine(),
      gap(chain, 1_101n),
      gap(chain, 1_000n),
      gap(chain, 1_100n),
      () => {
        chain.reorganise(2);
        chain.mine();
        chain.mine();
      },
    ]);
    const [one, two] = [await replayed(replayRecording(text)), await replayed(replayRecording(text))];
    expect(backtestJson(one)).toBe(backtestJson(two));
    expect(backtestCsv(one)).toBe(backtestCsv(two));
    expect(one.summary).toMatchObject({
      heads: 7,
      reorganisedBlocks: 2,
      recorded: 4,
      distinct: 2,
      failures: {},
    });
    expect(one.trades.map(({ height, isRepeated }) => [height, isRepeated])).toEqual([
      [2, false],
      [4, true],
      [6, false],
      [6, true],
    ]);
    expect(backtestCsv(one).split("\r\n")).toHaveLength(6);
  });

  it("BACK-1: other settings give another report on the same market", async () => {
    const chain = new FakeMarket();
    const text = await record(chain, [gap(chain, 1_100n)]);
    const { summary } = await replayed(replayRecording(text), { thresholdWei: 10n ** 30n });
    expect(summary).toMatchObject({ recorded: 0, refused: { belowThreshold: 1 } });
  });

  it("BACK-2: a replay sees what the engine saw, for any market", async () => {
    const change = fc.oneof(
      fc.bigInt({ min: 900n, max: 1_100n }).map((output) => ({ output })),
      fc.integer({ min: 1, max: 3 }).map((depth) => ({ depth })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const chain = new FakeMarket();
        const steps = changes.map((each) => () => {
          if ("output" in each) return gap(chain, each.output)();
          const depth = Math.min(each.depth, chain.head.height - 1);
          if (depth > 0) chain.reorganise(depth);
          for (let block = 0; block <= depth; block += 1) chain.mine();
        });
        const seen = await record(chain, steps);
        const { summary, trades } = await replayed(replayRecording(seen));
        expect(summary.failures).toEqual({});
        expect(summary.to.hash).toBe(chain.head.hash);
        expect(trades.every(({ outcome }) => outcome !== undefined)).toBe(true);
      }),
      { numRuns: 6 },
    );
  });

  it("RECORDING_WITHOUT_ANSWER: a request that was not recorded fails its step, and the report counts it", async () => {
    const chain = new FakeMarket();
    const text = await record(chain, [gap(chain, 1_100n)]);
    const without = text
      .split("\n")
      .filter((line) => !line.startsWith('["call"'))
      .join("\n");
    const { summary } = await replayed(replayRecording(without));
    expect(summary.failures).toMatchObject({ RECORDING_WITHOUT_ANSWER: expect.any(Number) });
  });

  it("BACKTEST_UNJUDGED: no trade could be simulated; one simulated trade is enough for a report", async () => {
    const chain = new FakeMarket();
    for (const output of [1_100n, 1_000n, 1_100n]) gap(chain, output)();
    let simulations = 0;
    const failingFirst = (count: number): EngineMarket => ({
      ...marketOf(chain),
      simulator: {
        name: "failing",
        async simulate() {
          simulations += 1;
          if (simulations > count) return SOUND.simulate();
          throw clientErrors.NODE_BLOCK_UNKNOWN({ node: "pruned" });
        },
      },
    });
    const options = { fromHeight: 1, toHeight: chain.head.height, tipWei: 1n };
    const none = await replayed(replayHistory(failingFirst(Number.POSITIVE_INFINITY), options));
    expect(none.summary).toMatchObject({
      recorded: 0,
      judged: 0,
      refused: { NODE_BLOCK_UNKNOWN: none.summary.unjudged },
    });
    expect(() => requireEvaluated(none)).toThrow(refused("BACKTEST_UNJUDGED"));
    simulations = 0;
    const some = await replayed(replayHistory(failingFirst(1), options));
    expect(some.summary.unjudged).toBeGreaterThan(0);
    expect(some.summary.judged).toBeGreaterThan(0);
    requireEvaluated(some);
    const empty = await replayed(
      replayHistory(marketOf(new FakeMarket()), { ...options, fromHeight: 0, toHeight: 0 }),
    );
    requireEvaluated(empty);
  });

  it("RECORDING_INVALID: a changed line; an incomplete last line is ignored", async () => {
    const chain = new FakeMarket();
    const text = await record(chain, [gap(chain, 1_100n)]);
    expect(replayRecording(`${text}["head",{"hei`).session.chainId).toBe(7331);
    for (const broken of ["", "\n", "{}\n", text.replace('"head"', '"heads"'), text.replace(/^.*\n/, "")])
      expect(() => replayRecording(broken)).toThrow(refused("RECORDING_INVALID"));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (garbage) => {
        expect(() => replayRecording(`${garbage}\n`)).toThrow(refused("RECORDING_INVALID"));
      }),
    );
  });
});

describe("replay of a node's history", () => {
  it("BACK-3: replays block by block what the engine would have seen", async () => {
    const chain = new FakeMarket();
    for (const output of [1_100n, 1_100n, 1_000n, 1_050n]) gap(chain, output)();
    const options = { fromHeight: 1, toHeight: chain.head.height, tipWei: 1n };
    const [one, two] = [
      await replayed(replayHistory(marketOf(chain), options)),
      await replayed(replayHistory(marketOf(chain), options)),
    ];
    expect(backtestJson(one)).toBe(backtestJson(two));
    expect(one.summary).toMatchObject({
      heads: 5,
      recorded: 3,
      distinct: 2,
      from: { height: 1 },
      to: { height: 5 },
    });
  });

  it("BACK-3: a recording made during the replay gives the same report", async () => {
    const chain = new FakeMarket();
    for (const output of [1_100n, 1_000n]) gap(chain, output)();
    const past = replayHistory(marketOf(chain), { fromHeight: 1, toHeight: 3, tipWei: 1n });
    const lines: string[] = [];
    const recorder = recordMarket(past.market, SESSION, (entry) => void lines.push(writeEntry(entry)));
    const first = await replayed({ ...past, market: recorder.market });
    recorder.finish();
    expect(backtestJson(await replayed(replayRecording(lines.join(""))))).toBe(backtestJson(first));
  });
});

describe("recording file", () => {
  it("BACK-4: reads the file of a killed process up to its end; RECORDING_UNWRITABLE: never overwrites a file", () => {
    const directory = mkdtempSync(join(tmpdir(), "trellis-recording-"));
    try {
      const path = join(directory, "deep", "a.jsonl.gz");
      const failed: unknown[] = [];
      const file = openRecordingFile(path, (error) => failed.push(error));
      for (let height = 0; height < 4_000; height += 1)
        file.write(["call", height.toString(16).padStart(32, "0"), `0x${"ab".repeat(60)}`]);
      file.close();
      const whole = readRecordingFile(path);
      expect(whole.split("\n")).toHaveLength(4_001);
      const { length } = readFileSync(path);
      truncateSync(path, length - 7);
      expect(whole.startsWith(readRecordingFile(path))).toBe(true);
      expect(readRecordingFile(path).length).toBeGreaterThan(whole.length / 2);
      expect(failed).toEqual([]);
      expect(() => openRecordingFile(path, () => undefined)).toThrow(refused("RECORDING_UNWRITABLE"));
      expect(() => readRecordingFile(join(directory, "none"))).toThrow(refused("RECORDING_INVALID"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

it("BACK-3: failed reads do not end a head while pools are still unread", async () => {
  for (const away of [1, 3]) {
    const chain = new FakeMarket();
    gap(chain, 1_100n)();
    const whole = marketOf(chain);
    let steps = 0;
    const client: EngineMarket["client"] = {
      ...whole.client,
      async call(to, data, hash) {
        if (steps <= away) throw clientErrors.NODE_UNREACHABLE({ node: "made up" });
        return whole.client.call(to, data, hash);
      },
    };
    const market = { ...whole, client };
    const engine = engineOn(market);
    const counted = {
      step() {
        steps += 1;
        return engine.step();
      },
      status: () => engine.status(),
      watch: () => engine.watch(),
    };
    const past = { market, head: async () => chain.head, advance: async () => false };
    const { summary } = await runBacktest(past, counted);
    expect(summary).toMatchObject({ failures: { NODE_UNREACHABLE: away }, found: away === 3 ? 0 : 1 });
  }
});
