import { type Scheduler, silentLog } from "@trellis/base";
import type { BlockTemplate, ChainEvent, Hash, PoolEvent } from "@trellis/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { miningErrors } from "../errors.ts";
import type { MiningRequest } from "../miner/createCpuMiner.ts";
import { createProducer, type Producer, type ProducerPace } from "./createProducer.ts";

class ManualScheduler implements Scheduler {
  readonly waiting: { readonly delayMs: number; readonly task: () => void }[] = [];

  after(delayMs: number, task: () => void) {
    const timer = { delayMs, task };
    this.waiting.push(timer);
    return {
      cancel: () => {
        const at = this.waiting.indexOf(timer);
        if (at >= 0) this.waiting.splice(at, 1);
      },
    };
  }

  get delays(): number[] {
    return this.waiting.map(({ delayMs }) => delayMs);
  }

  async fire(): Promise<void> {
    this.waiting.shift()!.task();
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const STREAMS = [{ name: "a" }, { name: "b" }];

let scheduler: ManualScheduler;
let pending: number;
let lines: string[];
let poolListener: ((event: PoolEvent) => void) | undefined;
let chainListener: ((event: ChainEvent) => void) | undefined;
let made: { readonly stream: number; readonly transactions: number }[];
let search: (request: MiningRequest) => Promise<bigint>;
let producer: Producer;

beforeEach(() => {
  scheduler = new ManualScheduler();
  pending = 0;
  made = [];
  lines = [];
  search = async () => 7n;
  poolListener = undefined;
  chainListener = undefined;
});

afterEach(() => producer.stop());

function create(pace: ProducerPace): Producer {
  return createProducer(
    { pace, miner: `0x${"aa".repeat(20)}`, streams: [0, 1], extra: new Uint8Array(0) },
    {
      builder: {
        async createTemplate({ stream }) {
          const transactions = new Array(Math.min(pending, 2)).fill({});
          return {
            header: { stream },
            body: { transactions },
            sealRoot: new Uint8Array(32),
            target: 1n,
          } as unknown as BlockTemplate;
        },
        async importSealed({ header, body }, nonce): Promise<Hash> {
          expect(nonce).toBe(7n);
          pending -= body.transactions.length;
          made.push({ stream: header.stream, transactions: body.transactions.length });
          return `0x${made.length.toString(16).padStart(64, "0")}`;
        },
      },
      chain: {
        parameters: { streams: STREAMS } as never,
        subscribe: (listener) => {
          chainListener = listener;
          return () => {
            chainListener = undefined;
          };
        },
      },
      pool: {
        status: () => ({ pending, queued: 0, bytes: 0, floorWei: 0n }),
        subscribe: (listener) => {
          poolListener = listener;
          return () => {
            poolListener = undefined;
          };
        },
      },
      cpu: { mine: (request) => search(request), hashCounts: () => new Map(), close: async () => {} },
      scheduler,
      random: { bytes: (count) => new Uint8Array(count).fill(0x7f) },
      log: { ...silentLog, error: (event) => lines.push(event), info: (event) => lines.push(event) },
    },
  );
}

describe("instant", () => {
  beforeEach(async () => {
    producer = create({ kind: "instant", idleMs: 3_000 });
    producer.start();
    await settled();
  });

  it("starts with a block, and makes an empty one after idleMs", async () => {
    expect(made).toEqual([{ stream: 0, transactions: 0 }]);
    expect(scheduler.delays).toEqual([3_000]);
    await scheduler.fire();
    expect(made).toEqual([
      { stream: 0, transactions: 0 },
      { stream: 1, transactions: 0 },
    ]);
  });

  it("makes a block as soon as a transaction is executable, and restarts the idle timer", async () => {
    pending = 1;
    poolListener!({ kind: "added" } as PoolEvent);
    await settled();
    expect(made.at(-1)).toEqual({ stream: 1, transactions: 1 });
    expect(scheduler.delays).toEqual([3_000]);
  });

  it("a transaction behind a nonce gap makes no block", async () => {
    poolListener!({ kind: "added" } as PoolEvent);
    await settled();
    expect(made).toHaveLength(1);
  });

  it("transactions that did not fit follow at once", async () => {
    pending = 5;
    poolListener!({ kind: "added" } as PoolEvent);
    await settled();
    expect(scheduler.delays).toEqual([0]);
    await scheduler.fire();
    await scheduler.fire();
    expect(made.map(({ transactions }) => transactions)).toEqual([0, 2, 2, 1]);
    expect(scheduler.delays).toEqual([3_000]);
  });

  it("many transactions at once make one block", async () => {
    pending = 2;
    for (let index = 0; index < 10; index++) poolListener!({ kind: "added" } as PoolEvent);
    await settled();
    expect(made.map(({ transactions }) => transactions)).toEqual([0, 2]);
  });

  it("stop ends timers and listeners", async () => {
    await producer.stop();
    expect(scheduler.waiting).toHaveLength(0);
    expect(poolListener).toBeUndefined();
  });
});

describe("interval", () => {
  it("makes a block on each tick, and one more on request", async () => {
    producer = create({ kind: "interval", intervalMs: 500 });
    producer.start();
    await settled();
    expect(scheduler.delays).toEqual([500]);
    expect(await producer.produce()).toBe(`0x${"2".padStart(64, "0")}`);
    await scheduler.fire();
    expect(made.map(({ stream }) => stream)).toEqual([0, 1, 0]);
  });

  it("logs a persistent failure once, and its end", async () => {
    search = async () => {
      throw new RangeError("lost");
    };
    producer = create({ kind: "interval", intervalMs: 500 });
    producer.start();
    await settled();
    for (let round = 0; round < 5; round++) await scheduler.fire();
    search = async () => 7n;
    await scheduler.fire();
    expect(lines).toEqual(["mining.failed", "mining.recovered"]);
  });

  it("continues a second after a failure", async () => {
    search = async () => {
      throw new RangeError("lost");
    };
    producer = create({ kind: "interval", intervalMs: 500 });
    producer.start();
    await settled();
    expect(scheduler.delays).toEqual([1_000]);
    search = async () => 7n;
    await scheduler.fire();
    expect(made).toHaveLength(1);
  });
});

describe("random", () => {
  it("waits an exponentially distributed time before each block: for a random 0.5, ln 2 of the mean", async () => {
    producer = create({ kind: "random", meanMs: 1_000 });
    producer.start();
    await settled();
    expect(made).toHaveLength(0);
    expect(scheduler.delays).toEqual([expect.closeTo(-Math.log(0x7f7f7f80 / 2 ** 32) * 1_000, 6)]);
    await scheduler.fire();
    expect(made).toHaveLength(1);
    expect(scheduler.delays).toHaveLength(1);
  });
});

describe("continuous", () => {
  it("restarts the search on a new chain block", async () => {
    let searches = 0;
    search = ({ signal }) =>
      new Promise((_, reject) => {
        searches += 1;
        signal!.addEventListener("abort", () => reject(miningErrors.MINING_ABORTED()));
      });
    producer = create({ kind: "continuous", dutyCycle: 1 });
    producer.start();
    await settled();
    expect(searches).toBe(1);
    chainListener!({ kind: "added" } as ChainEvent);
    await settled();
    await scheduler.fire();
    expect([searches, made.length]).toEqual([2, 0]);
  });
});
