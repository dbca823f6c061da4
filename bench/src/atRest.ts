import { createHash } from "node:crypto";
import { silentLog, silentMetrics } from "@trellis/base";
import { isPostgres, startPostgres } from "@trellis/kit";
import { type AtRest, type ColumnCipher, openAtRest } from "@trellis/platform/atRest";
import { type Database, openDatabase } from "@trellis/platform/db";
import { createEnvelope } from "@trellis/platform/secrets";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { type EntryDraft, type Ledger, openLedger } from "@trellis/reserves/ledger";
import { formerLedger } from "@trellis/reserves/testing/formerLedger";
import type { Benchmark } from "./benchmark.ts";

const FULL = { batches: 10, batchEntries: 5_000, customers: 10_000, rounds: 3, formerEntries: 100_000 };
const SMALL = { batches: 1, batchEntries: 50, customers: 20, rounds: 1, formerEntries: 100 };
type Size = typeof FULL;

const MASTER_KEY = new Uint8Array(32).fill(7);
const ASSET = "ETH";
/** Space for version, master key, nonce and tag. */
const HEAD = Buffer.alloc(37);
const KINDS = ["encrypted", "plain"] as const;
type Kind = (typeof KINDS)[number];

const PLAIN_COLUMN: ColumnCipher = {
  prefix: HEAD.subarray(0, 9),
  seal: (_, plain) => Buffer.concat([HEAD, plain]),
  open: (_, stored) => Buffer.from(stored.subarray(HEAD.length)),
};
const PLAIN: AtRest = {
  cipher: () => PLAIN_COLUMN,
  index: () => (text) => Buffer.alloc(32, `${text}\n`),
  async texts(_, columns) {
    const text = { seal: (_: string, plain: string) => plain, open: (_: string, stored: string) => stored };
    return Object.fromEntries(Object.keys(columns).map((name) => [name, text])) as never;
  },
  once: async () => {},
  add: () => {},
  reseal: async () => ({ count: 0, unopenedCount: 0 }),
  resealOnce: async () => {},
};

export const atRestBenchmark: Benchmark = {
  name: "at-rest",
  summary:
    "enters a custodian's entries with and without encryption at rest, and encrypts a ledger of an earlier version",
  async run({ small, log }) {
    const size = small ? SMALL : FULL;
    const postgres = await startPostgres();
    const url = isPostgres(postgres) ? await postgres.createDatabase() : "pglite:";
    const ports = { clock: systemClock, scheduler: systemScheduler, random: systemRandom };
    const database = openDatabase({ url }, { ...ports, log: silentLog, metrics: silentMetrics });
    try {
      const best: Record<Kind, number> = { encrypted: 0, plain: 0 };
      const results = new Set<string>();
      for (let round = 0; round < size.rounds; round++)
        for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
          const { entriesPerSecond, balances } = await enterAll(database, kind, `${kind}_${round}`, size);
          best[kind] = Math.max(best[kind], entriesPerSecond);
          results.add(balances);
          log(`round ${round + 1}, ${kind}: ${Math.round(entriesPerSecond)} entries a second`);
        }
      if (results.size !== 1) throw new TypeError("the ledgers differ");
      const entries = size.batches * size.batchEntries;
      return {
        entriesPerSecond: { ...best, converted: await convert(database, size.formerEntries) },
        ratio: { encrypted: best.encrypted / best.plain },
        database: isPostgres(postgres) ? "postgres" : "embedded",
        entries,
        resultHash: createHash("sha256")
          .update([...results].join())
          .digest("hex"),
      };
    } finally {
      await database.close();
      if (isPostgres(postgres)) await postgres.stop();
    }
  },
};

/** Measures the first start on an unencrypted database. [REST-5] @returns entries per second */
async function convert(database: Database, entries: number): Promise<number> {
  await formerLedger(database, "former", entries);
  const startMs = performance.now();
  await open(database, "encrypted", "former");
  return (1_000 * entries) / (performance.now() - startMs);
}

async function open(database: Database, kind: Kind, schema: string): Promise<Ledger> {
  const ports = { database, clock: systemClock, random: systemRandom };
  const masterKeys = () => [MASTER_KEY];
  const atRest =
    kind === "plain" ? PLAIN : await openAtRest({ schema: `${schema}_at_rest` }, { ...ports, masterKeys });
  const envelope = createEnvelope([MASTER_KEY], systemRandom);
  return openLedger({ ...ports, envelope, atRest }, schema);
}

async function enterAll(
  database: Database,
  kind: Kind,
  schema: string,
  size: Size,
): Promise<{ readonly entriesPerSecond: number; readonly balances: string }> {
  const ledger = await open(database, kind, schema);
  await ledger.addAsset({ symbol: ASSET, decimals: 18 });
  const references = Array.from({ length: size.customers }, (_, n) => ({ reference: customerOf(n) }));
  await ledger.addCustomers(references);
  const batches = Array.from({ length: size.batches }, (_, batch) => batchOf(batch, size));
  const startMs = performance.now();
  for (const batch of batches) {
    const { status } = await ledger.enter(batch);
    if (status !== "entered") throw new TypeError("a batch was refused");
  }
  const seconds = (performance.now() - startMs) / 1_000;
  return {
    entriesPerSecond: (size.batches * size.batchEntries) / seconds,
    balances: await balancesOf(ledger, size),
  };
}

const customerOf = (n: number): string => `customer ${n}`;

function batchOf(batch: number, { batchEntries, customers }: Size): EntryDraft[] {
  return Array.from({ length: batchEntries }, (_, index) => {
    const n = batch * batchEntries + index;
    return {
      key: `entry ${n}`,
      customer: customerOf((n * 7919) % customers),
      asset: ASSET,
      kind: "deposit",
      amount: BigInt(n + 1) ** 3n,
      reference: `transaction ${n}`,
      happenedAtMs: 1_790_000_000_000 + n,
    };
  });
}

async function balancesOf(ledger: Ledger, { customers }: Size): Promise<string> {
  const some = [0, 1, customers - 1].map(async (n) => [...(await ledger.balances(customerOf(n)))]);
  const { totals } = await ledger.newestTotals();
  return JSON.stringify([await Promise.all(some), [...totals]], (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
