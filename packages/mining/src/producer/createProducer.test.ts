import { type Scheduler, silentLog } from "@trellis/base";
import type { BlockTemplate, ChainEvent, Hash, PoolEvent } from "@trellis/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { miningErrors } from "../errors.ts";
import type { MiningRequest } from "../miner/createCpuMiner.ts";
import { createProducer, type Producer, type ProducerPace } from "./createProducer.ts";

class ManualScheduler implements Scheduler {
  readonly waiting: { readonly delayMs: number; readonly task: () => void }[] = [];

  after(delayMs: number, task: () => void) {
    if (delayMs === 0) {
      const turn = setImmediate(task);
      return { cancel: () => clearImmediate(turn) };
    }
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

function arrive(count: number): void {
  for (let index = 0; index < count; index++) {
    pending += 1;
    poolListener!({ kind: "added" } as PoolEvent);
  }
}

/** A block of three transactions, during which four arrive. */
async function load(): Promise<void> {
  nowMs += 3_000;
  search = async () => {
    search = async () => 7n;
    arrive(4);
    return 7n;
  };
  arrive(3);
  await settled();
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const STREAMS = [{ name: "a" }, { name: "b" }];

let scheduler: ManualScheduler;
let nowMs: number;
let pending: number;
/** Transactions that a block takes. */
let room: number;
/** Time that a block takes. */
let blockMs: number;
let lines: string[];
let poolListener: ((event: PoolEvent) => void) | undefined;
let chainListener: ((event: ChainEvent) => void) | undefined;
let outdate: () => void;
let made: { readonly stream: number; readonly transactions: number }[];
let search: (request: MiningRequest) => Promise<bigint>;
/** Before a template is made. */
let building: () => Promise<void>;
let producer: Producer;

beforeEach(() => {
  scheduler = new ManualScheduler();
  nowMs = 1_000_000;
  pending = 0;
  room = 2;
  blockMs = 10;
  made = [];
  building = async () => undefined;
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
          await building();
          const transactions = new Array(Math.min(pending, room)).fill({});
          return {
            header: { stream },
            body: { transactions },
            sealRoot: new Uint8Array(32),
            target: 1n,
          } as unknown as BlockTemplate;
        },
        subscribe(outdated) {
          outdate = outdated;
          return () => {
            outdate = () => undefined;
          };
        },
        async importSealed({ header, body }, nonce): Promise<Hash> {
          expect(nonce).toBe(7n);
          nowMs += blockMs;
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
      clock: { nowMs: () => nowMs },
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

  it("begins the block in a later turn, so that the transaction's answer leaves first", async () => {
    arrive(1);
    for (let microtask = 0; microtask < 100; microtask++) await undefined;
    expect(made).toHaveLength(1);
    await settled();
    expect(made).toHaveLength(2);
  });

  it("a transaction behind a nonce gap makes no block", async () => {
    poolListener!({ kind: "added" } as PoolEvent);
    await settled();
    expect(made).toHaveLength(1);
  });

  it("transactions that did not fit follow at once", async () => {
    nowMs += 3_000;
    arrive(5);
    await settled();
    expect(made.map(({ transactions }) => transactions)).toEqual([0, 2, 2, 1]);
    expect(scheduler.delays).toEqual([3_000]);
  });

  it("many transactions at once make one block", async () => {
    nowMs += 3_000;
    room = 10;
    arrive(10);
    await settled();
    expect(made.map(({ transactions }) => transactions)).toEqual([0, 10]);
  });

  it("transactions gather after a block, while more arrive", async () => {
    room = 10;
    await load();
    expect(made.map(({ transactions }) => transactions)).toEqual([0, 3]);
    expect(scheduler.delays).toEqual([2]);
    arrive(2);
    nowMs += 2;
    await scheduler.fire();
    expect(scheduler.delays).toEqual([2]);
    nowMs += 2;
    await scheduler.fire();
    expect(made.map(({ transactions }) => transactions)).toEqual([0, 3, 6]);
  });

  it("transactions gather at most as long as the last block took", async () => {
    room = 100;
    await load();
    for (let looks = 0; looks < 5; looks++) {
      expect(made).toHaveLength(2);
      arrive(1);
      nowMs += 2;
      await scheduler.fire();
    }
    expect(made.at(-1)?.transactions).toBe(4 + 5);
  });

  it("a transaction that arrives while an empty block is made follows at once", async () => {
    search = async () => {
      search = async () => 7n;
      arrive(1);
      return 7n;
    };
    await scheduler.fire();
    expect(made.map(({ transactions }) => transactions)).toEqual([0, 0, 1]);
    expect(scheduler.delays).toEqual([3_000]);
  });

  it("transactions that cannot run yet are not tried again at once", async () => {
    room = 0;
    arrive(1);
    await settled();
    expect(made).toHaveLength(2);
    expect(scheduler.delays).toEqual([3_000]);
  });

  it("makes no block if another took what gathered", async () => {
    await load();
    pending = 0;
    await scheduler.fire();
    expect(made).toHaveLength(2);
    expect(scheduler.delays).toEqual([3_000]);
  });

  it("stop ends a wait for more transactions", async () => {
    await load();
    await producer.stop();
    expect(scheduler.waiting).toHaveLength(0);
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

describe("a changed pace", () => {
  beforeEach(async () => {
    producer = create({ kind: "instant", idleMs: 3_000 });
    producer.start();
    await settled();
  });

  it("manual: only requests make blocks", async () => {
    producer.setPace({ kind: "manual" });
    expect(scheduler.delays).toEqual([]);
    arrive(2);
    await settled();
    expect(made).toHaveLength(1);
    await producer.produce();
    expect(made.at(-1)).toMatchObject({ transactions: 2 });
    await settled();
    expect([made.length, scheduler.delays]).toEqual([2, []]);
  });

  it("streams change from the next block on", async () => {
    producer.setPace({ kind: "manual" });
    producer.setStreams([1]);
    for (let blocks = 0; blocks < 2; blocks++) await producer.produce();
    expect(made.slice(-2).map(({ stream }) => stream)).toEqual([1, 1]);
  });

  it("manual also stops a block that gathers", async () => {
    await load();
    producer.setPace({ kind: "manual" });
    await settled();
    expect([made.length, scheduler.delays]).toEqual([2, []]);
  });

  it("instant without idleMs makes no empty blocks, but takes what waits", async () => {
    producer.setPace({ kind: "manual" });
    arrive(1);
    nowMs += 3_000;
    producer.setPace({ kind: "instant" });
    await settled();
    expect(made.at(-1)).toMatchObject({ transactions: 1 });
    expect(scheduler.delays).toEqual([]);
  });

  it("instant without idleMs drops an empty block that is queued", async () => {
    await producer.exclusively(async () => {
      await scheduler.fire();
      producer.setPace({ kind: "instant" });
    });
    await settled();
    expect([made.length, scheduler.delays]).toEqual([1, []]);
  });

  it("interval, and no block while something runs exclusively", async () => {
    producer.setPace({ kind: "interval", intervalMs: 250 });
    expect(scheduler.delays).toEqual([250]);
    let count = 0;
    await producer.exclusively(async () => {
      await scheduler.fire();
      count = made.length;
    });
    await settled();
    expect([count, made.length]).toEqual([1, 2]);
  });
});

describe("a series", () => {
  beforeEach(async () => {
    producer = create({ kind: "interval", intervalMs: 500 });
    producer.start();
    await settled();
  });

  it("has no other block between its blocks", async () => {
    const before: number[] = [];
    const series = producer.produceSeries(3, { before: (index) => before.push(index), isOver: () => false });
    const other = producer.produce();
    await series;
    expect([before, made.length]).toEqual([[0, 1, 2], 4]);
    await other;
    expect(made).toHaveLength(5);
  });

  it("of an override, unless it is over before its turn", async () => {
    const override = new Map();
    const first = producer.produceSeries(1, { override, isOver: () => false });
    let isOver = false;
    const late = producer.produceSeries(1, { override, isOver: () => isOver });
    isOver = true;
    await Promise.all([first, late]);
    expect(made).toHaveLength(2);
  });

  it("ends when it is over, and with the producer", async () => {
    await producer.produceSeries(9, { before: () => {}, isOver: () => made.length === 4 });
    expect(made).toHaveLength(4);
    const before = () => void producer.stop();
    await producer.produceSeries(9, { before, isOver: () => false });
    expect(made).toHaveLength(5);
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

it("searches from a nonce of its own, because another node may have an equal template", async () => {
  const firsts: unknown[] = [];
  search = async ({ firstNonce }) => {
    firsts.push(firstNonce);
    return 7n;
  };
  producer = create({ kind: "manual" });
  await producer.produce();
  expect(firsts).toEqual([0x7f7f_7f7f_7f7f_7f7fn]);
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
    expect([searches, made.length]).toEqual([2, 0]);
  });

  it("restarts when the builder's templates are outdated, also by an event during the building", async () => {
    const isAborted: boolean[] = [];
    search = ({ signal }) =>
      new Promise((_, reject) => {
        isAborted.push(signal!.aborted);
        const abort = (): void => reject(miningErrors.MINING_ABORTED());
        if (signal!.aborted) abort();
        else signal!.addEventListener("abort", abort);
      });
    producer = create({ kind: "continuous", dutyCycle: 1 });
    producer.start();
    await settled();
    outdate();
    await settled();
    expect(isAborted).toEqual([false, false]);
    building = async () => {
      building = async () => undefined;
      outdate();
    };
    outdate();
    await settled();
    expect(isAborted).toEqual([false, false, true, false]);
  });
});
