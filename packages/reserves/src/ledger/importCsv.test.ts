import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createEnvelope } from "@trellis/platform/secrets";
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { testAtRest } from "../testing/testAtRest.ts";
import { csvFields, fileLines } from "./csvLines.ts";
import { BAD_LINES_KEPT, type BadLine, type ImportSource, type Ledger, openLedger } from "./index.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { LEDGER_STEPS } from "./schema.ts";
import { draft, MASTER_KEY, testLedger } from "./testing/testLedger.ts";

const HEADER = "key,customer,asset,kind,amount,reference,time";

function fileOf(lines: readonly string[], chunkSize = 65_536): ImportSource {
  const bytes = Buffer.from(lines.join("\n"));
  return async function* () {
    for (let start = 0; start < bytes.length; start += chunkSize)
      yield bytes.subarray(start, start + chunkSize);
  };
}

const deposit = (n: number, more = "100"): string => `k${n},alice,BTC,deposit,${more},r${n},1790000000000`;

describeDatabases("import", (under) => {
  let ledger: Ledger;
  let count = 0;
  beforeEach(async () => {
    count += 1;
    ledger = await testLedger(under.database(), `import_${count}`);
  });
  const importLines = (lines: readonly string[], name = "file") =>
    ledger.importCsv(name, fileOf([HEADER, ...lines, ""]));
  const badOf = async (lines: readonly string[]) => {
    const report = await importLines(lines);
    expect(await ledger.position()).toBe(0n);
    expect(report.status).toBe(report.badLines.length === 0 ? "entered" : "refused");
    return report.badLines.map(({ line, code, message }) => {
      const reason = /\(reason: ([^,)]*)/.exec(message)?.[1];
      return [line, reason === undefined ? code : `${code}: ${reason}`];
    });
  };

  it("LEDGER-11: accepts quotes, any column order, both time formats, both line ends, a byte order mark", async () => {
    const file = fileOf([
      "\ufeffTime,reference,amount,kind,asset,customer,key\r",
      '2026-09-21T14:13:20Z,"a,""b""",5,deposit,BTC,alice,k1\r',
      "",
      "1790000000000,r,-2,withdrawal,BTC,alice,k2",
    ]);
    expect(await ledger.importCsv("file", file)).toEqual({
      name: "file",
      status: "entered",
      lineCount: 3,
      enteredCount: 2,
      replayedCount: 0,
      badCounts: {},
      badLines: [],
    });
    const lines = await ledger.history({ customer: "alice", asset: "BTC", limit: 9 });
    expect(lines.map(({ reference, happenedAtMs }) => [reference, happenedAtMs])).toEqual([
      ['a,"b"', 1_790_000_000_000],
      ["r", 1_790_000_000_000],
    ]);
  });

  it.each<[string, string]>([
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, "1.5")],
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, "1e3")],
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, "+5")],
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, "007")],
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, " 5")],
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, "0x10")],
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, "")],
    ["ENTRY_INVALID: the amount is not a whole number other than zero", deposit(1, "0")],
    ["ENTRY_INVALID: the amount has more than 128 bits", deposit(1, "9".repeat(39))],
    ["ENTRY_INVALID: the amount has more than 128 bits", deposit(1, "9".repeat(4_000))],
    ["ENTRY_INVALID: wrong sign of the amount for this kind", deposit(1, "-5")],
    ["ENTRY_INVALID: no such kind of entry", "k,alice,BTC,gift,5,r,1"],
    ["LEDGER_UNKNOWN: no such asset", "k,alice,DOGE,deposit,5,r,1"],
    ["LEDGER_UNKNOWN: no such customer", "k,mallory,BTC,deposit,5,r,1"],
    ["ENTRY_OVERDRAWN", "k,bob,BTC,withdrawal,-5,r,1"],
    ["ENTRY_INVALID: amounts do not balance", "k,alice,BTC,transfer,5,r,1"],
    ["ENTRY_INVALID: text not allowed", ",alice,BTC,deposit,5,r,1"],
    ["ENTRY_INVALID: text not allowed", "k,ali\u0000ce,BTC,deposit,5,r,1"],
    ["ENTRY_INVALID: time outside the allowed range", "k,alice,BTC,deposit,5,r,yesterday"],
    ["ENTRY_INVALID: time outside the allowed range", "k,alice,BTC,deposit,5,r,2026-13-01T00:00:00Z"],
    ["ENTRY_INVALID: time outside the allowed range", "k,alice,BTC,deposit,5,r,2026-01-01"],
    ["IMPORT_MALFORMED: number of fields differs from the header's", "k,alice,BTC,deposit,5,r"],
    ["IMPORT_MALFORMED: number of fields differs from the header's", "k,alice,BTC,deposit,5,r,1,2"],
    ["IMPORT_MALFORMED: number of fields differs from the header's", 'k,alice,BTC,deposit,5,"r,1'],
    ["IMPORT_MALFORMED: number of fields differs from the header's", 'k,alice,BTC,deposit,5,r"x",1'],
    ["IMPORT_MALFORMED: the line exceeds the length limit", `k,${"a".repeat(5_000)}`],
  ])("%s: one line of three", async (expected, line) => {
    expect(await badOf([deposit(2), line, deposit(3)])).toEqual([[3, expected]]);
  });

  it("IMPORT_MALFORMED: not UTF-8", async () => {
    const file: ImportSource = async function* () {
      yield Buffer.from(`${HEADER}\n`);
      yield Buffer.from([0x6b, 0xff, 0x2c, 0x0a]);
    };
    expect((await ledger.importCsv("file", file)).badCounts).toEqual({ IMPORT_MALFORMED: 1 });
  });

  it("ENTRY_KEY_REUSED: a duplicate key in a file, at any distance", async () => {
    const lines = Array.from({ length: 10_500 }, (_, n) => deposit(n));
    expect(await badOf([...lines, deposit(3)])).toEqual([
      [10_502, "ENTRY_KEY_REUSED: duplicate key in the batch"],
    ]);
  });

  it("LEDGER-3: a file with existing entries enters nothing twice", async () => {
    const lines = [deposit(1), deposit(2)];
    expect(await importLines(lines, "one")).toMatchObject({ enteredCount: 2, replayedCount: 0 });
    expect(await importLines([...lines, deposit(3)], "two")).toMatchObject({
      enteredCount: 1,
      replayedCount: 2,
    });
    expect(await ledger.position()).toBe(3n);
  });

  it("keeps the lines of a transfer in one batch", async () => {
    const lines = Array.from({ length: 9_999 }, (_, n) => deposit(n));
    const legs = ["alice,-7", "bob,3", "carol,4"].map((leg, n) => {
      const [customer, amount] = leg.split(",");
      return `t${n},${customer},BTC,transfer,${amount},one,1`;
    });
    expect(await importLines([...lines, ...legs, deposit(20_000)])).toMatchObject({
      status: "entered",
      enteredCount: 10_003,
    });
  });

  it("LEDGER-13: judges the other lines without unbalanced ones", async () => {
    const withdrawals = Array.from({ length: 20 }, (_, n) => `w${n},alice,BTC,withdrawal,-100,r,1`);
    const lines = Array.from({ length: 9_999 }, (_, n) => deposit(n));
    expect(await badOf(["t,bob,BTC,transfer,5,alone,1", ...lines, ...withdrawals, deposit(3)])).toEqual([
      [2, "ENTRY_INVALID: amounts do not balance"],
      [10_022, "ENTRY_KEY_REUSED: duplicate key in the batch"],
    ]);
  });

  it("LEDGER-13: judges lines after an incompletely reported batch with that batch's valid entries", async () => {
    const names = ["alice", "bob", "carol"];
    const handedOn = Array.from({ length: 20 }, (_, n) =>
      [-5, 5].map((amount, side) => `h${n} ${side},${names[(n + side) % 3]},BTC,transfer,${amount},h${n},1`),
    );
    const deposits = Array.from({ length: 10_000 }, (_, n) => deposit(n));
    const lines = ["t,alice,BTC,transfer,5,alone,1", ...handedOn.flat(), ...deposits];
    expect(await badOf([...lines, "w,alice,BTC,withdrawal,-500000,r,1", deposit(3)])).toEqual([
      [2, "ENTRY_INVALID: amounts do not balance"],
      ...Array.from({ length: 15 }, (_, n) => [
        [3 + 2 * n, "ENTRY_OVERDRAWN"],
        [4 + 2 * n, "ENTRY_INVALID: amounts do not balance"],
      ]).flat(),
      [10_044, "ENTRY_KEY_REUSED: duplicate key in the batch"],
    ]);
  });

  it("ENTRY_INVALID: a payout with more lines than a batch, at any position", async () => {
    const payout = (size: number) => [
      `p,alice,BTC,transfer,${1 - size},payout,1`,
      ...Array.from({ length: size - 1 }, (_, n) => `p${n},bob,BTC,transfer,1,payout,1`),
    ];
    const others = ["k,alice,BTC,deposit,1,r,1", "k,alice,BTC,withdrawal,-1,r,1"];
    const [first, last] = [deposit(1, "30000"), deposit(2)];
    const counts = async (lines: readonly string[], name: string) => {
      const { status, badCounts } = await importLines(lines, name);
      return [status, badCounts];
    };
    expect(await counts([first, ...payout(10_001), last], "one more")).toEqual([
      "refused",
      { ENTRY_INVALID: 10_001 },
    ]);
    expect(await counts([first, ...payout(25_000), last, ...others], "pages")).toEqual([
      "refused",
      { ENTRY_INVALID: 25_000, ENTRY_KEY_REUSED: 1 },
    ]);
    expect(await counts([first, ...payout(10_000), last], "most")).toEqual(["entered", {}]);
  });

  it.skipIf(under.kind !== "postgres")(
    "LEDGER-3: replays lines that another writer enters while the import waits",
    async () => {
      const database = under.database();
      const tables = await database.openSchema<LedgerTables>(ledger.schema, LEDGER_STEPS);
      const envelope = createEnvelope([MASTER_KEY], SILENT.random);
      const file = fileOf([HEADER, deposit(1), deposit(2)]);
      const stop = new AbortController();
      const stopped = ledger.importCsv("file", file, {
        signal: stop.signal,
        report: ({ phase }) => phase === "enter" && stop.abort(),
      });
      await expect(stopped).rejects.toBeDefined();

      const [row, head] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const waits = () =>
        vi.waitUntil(
          async () => (await database.query("SELECT 1 FROM pg_locks WHERE NOT granted")).rows.length > 0,
          { timeout: 60_000 },
        );
      let holding: Promise<void> | undefined;
      const imported = ledger.importCsv("file", async function* () {
        const held = Promise.withResolvers<void>();
        holding = tables.transaction(async (tx) => {
          await tx.selectFrom("imports").select("name").forUpdate().execute();
          held.resolve();
          await row.promise;
        });
        await held.promise;
        yield* file();
      });
      await waits();
      const announced = Promise.withResolvers<void>();
      const other = await openLedger(
        {
          ...SILENT,
          database,
          envelope,
          atRest: await testAtRest(database),
          async announce() {
            announced.resolve();
            await head.promise;
          },
        },
        ledger.schema,
      );
      const same = draft({ key: "k1", amount: 100n, reference: "r1", happenedAtMs: 1_790_000_000_000 });
      const entered = other.enter([same]);
      await announced.promise;
      row.resolve();
      await holding;
      await waits();
      head.resolve();
      await entered;
      expect(await imported).toMatchObject({ status: "entered", enteredCount: 1, replayedCount: 1 });
    },
  );

  it("IMPORT_MALFORMED", async () => {
    for (const header of ["", "key", `${HEADER},more`, HEADER.replace("key", "customer"), "\u0000"]) {
      const refused = ledger.importCsv("file", fileOf([header, deposit(1)]));
      await expect(refused, header).rejects.toThrowError(
        refusal("IMPORT_MALFORMED: the first line does not list the columns"),
      );
    }
    expect(await importLines([deposit(1)])).toMatchObject({ status: "entered" });
  });

  it("IMPORT_FILE_CHANGED: another file under the same name", async () => {
    await importLines([deposit(1)]);
    await expect(importLines([deposit(2)])).rejects.toThrowError(refusal("IMPORT_FILE_CHANGED"));
    await expect(ledger.importCsv("file", fileOf([HEADER]))).rejects.toThrowError(
      refusal("IMPORT_FILE_CHANGED"),
    );
    const longer = importLines([deposit(1), deposit(2)]);
    await expect(longer, "lines behind the end").rejects.toThrowError(refusal("IMPORT_FILE_CHANGED"));
    expect(await importLines([deposit(1)])).toMatchObject({ status: "entered", enteredCount: 1 });
  });

  it("REST-5: a name of an earlier version becomes its index", async () => {
    const [database, schema, name] = [under.database(), `import_${count}`, "canary-file"];
    const rows = async () => (await database.query(`SELECT name, bad_lines FROM ${schema}.imports`)).rows;
    const report = await importLines([deposit(1, "1.5")], name);
    const [stored, ...others] = await rows();
    expect(others).toEqual([]);
    expect(stored!.name).not.toContain(name);
    const cipher = (await testAtRest(database)).cipher(`${schema}.imports.bad_lines`);
    const bad = cipher.open(String(stored!.name), Buffer.from(String(stored!.bad_lines).slice(1), "base64"));
    const former = `~${cipher.seal(name, bad).toString("base64")}`;
    await database.query(`UPDATE ${schema}.imports SET name = $1, bad_lines = $2`, [name, former]);
    await database.query("DELETE FROM test_at_rest.sealed_columns WHERE name LIKE $1", [
      `${schema}.import%name`,
    ]);
    ledger = await testLedger(database, schema);
    expect(await rows()).toMatchObject([{ name: stored!.name }]);
    expect(await importLines([deposit(1, "1.5")], name)).toEqual(report);
  });

  it("IMPORT_BUSY: two imports of one file do not both write, and together enter it once", async () => {
    const file = fileOf([HEADER, ...Array.from({ length: 12_000 }, (_, n) => deposit(n))]);
    const outcomes = await Promise.allSettled([
      ledger.importCsv("file", file),
      ledger.importCsv("file", file),
    ]);
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    for (const { reason } of failed) expect(reason).toMatchObject({ code: "IMPORT_BUSY" });
    expect(await ledger.importCsv("file", file)).toMatchObject({ status: "entered", enteredCount: 12_000 });
    expect(await ledger.position()).toBe(12_000n);
  });

  it("a stopped import resumes where it was, and reads no line twice", async () => {
    const lines = Array.from({ length: 25_000 }, (_, n) => deposit(n, n % 5_000 === 0 ? "1.5" : "1"));
    const file = fileOf([HEADER, ...lines]);
    const heard: BadLine[] = [];
    const stop = new AbortController();
    const stopped = ledger.importCsv("file", file, {
      signal: stop.signal,
      badLine: (bad) => heard.push(bad),
      report: () => stop.abort(),
    });
    await expect(stopped).rejects.toBeDefined();
    const report = await ledger.importCsv("file", file, { badLine: (bad) => heard.push(bad) });
    expect(report).toMatchObject({
      status: "refused",
      lineCount: 25_000,
      badCounts: { ENTRY_INVALID: 5 },
    });
    expect(heard.map(({ line }) => line)).toEqual([2, 5_002, 10_002, 15_002, 20_002]);
  });

  it("RET-4: import state expires; entries stay, and the file may be imported again", async () => {
    let nowMs = 1_000;
    const envelope = createEnvelope([MASTER_KEY], SILENT.random);
    const atRest = await testAtRest(under.database());
    const clock = { nowMs: () => nowMs };
    const mine = await openLedger(
      { ...SILENT, database: under.database(), envelope, atRest, clock },
      ledger.schema,
    );
    const source = fileOf([HEADER, deposit(1, "1"), deposit(2, "2")]);
    const stopped = new AbortController();
    stopped.abort();
    await expect(mine.importCsv("begun", source, { signal: stopped.signal })).rejects.toThrow();
    nowMs = 2_000;
    await mine.importCsv("ended", source);
    const counts = async (beforeMs: number, isDryRun: boolean) => [
      await mine.removeImports("abandoned", beforeMs, isDryRun),
      await mine.removeImports("ended", beforeMs, isDryRun),
    ];
    expect(await counts(1_000, false)).toEqual([0, 0]);
    expect(await counts(2_000, true)).toEqual([1, 0]);
    expect(await counts(2_001, true)).toEqual([1, 1]);
    expect(await counts(2_001, false)).toEqual([1, 1]);
    expect(await counts(9_999, false)).toEqual([0, 0]);
    for (const name of ["ended", "begun"])
      expect(await mine.importCsv(name, source)).toMatchObject({ status: "entered", replayedCount: 2 });
    expect(await mine.balances("alice")).toEqual(new Map([["BTC", 3n]]));
  });

  it("counts a hundred thousand invalid lines, stores the first, reports all, and enters nothing", async () => {
    const total = 100_000;
    const source: ImportSource = async function* () {
      yield Buffer.from(`${HEADER}\n${deposit(0)}\n`);
      for (let part = 0; part < total / 10_000; part += 1) {
        const lines = Array.from({ length: 10_000 }, (_, n) => deposit(n + part, n % 2 === 0 ? "1.5" : "-1"));
        yield Buffer.from(`${lines.join("\n")}\n`);
      }
    };
    let told = 0;
    const report = await ledger.importCsv("file", source, {
      badLine() {
        told += 1;
      },
    });
    expect(report).toMatchObject({
      status: "refused",
      lineCount: total + 1,
      badCounts: { ENTRY_INVALID: total },
    });
    expect(report.badLines).toHaveLength(BAD_LINES_KEPT);
    expect(report.badLines[0]).toMatchObject({
      line: 3,
      code: "ENTRY_INVALID",
      message: expect.stringContaining("the amount is not a whole number other than zero"),
    });
    expect(told).toBe(total);
    expect(await ledger.position()).toBe(0n);
  });
});

describe("lines of a CSV file", () => {
  it("are the same for any chunks", async () => {
    const text = fc.array(
      fc.string({ unit: "grapheme", maxLength: 12 }).filter((line) => !/[\n\r]/.test(line)),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const read: string[] = [];
        let end = 0;
        for await (const line of fileLines(fileOf(lines, size)(), 1_000, { offset: 0, number: 0 })) {
          read.push(line.text!);
          end = line.endOffset;
        }
        const whole = lines.join("\n");
        const expected = whole.endsWith("\n") || whole === "" ? lines.slice(0, -1) : lines;
        expect(read).toEqual(expected);
        expect(end).toBe(Buffer.byteLength(whole));
      }),
    );
  });

  it("survive quoting", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        const line = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",");
        expect(csvFields(line)).toEqual(fields);
      }),
    );
  });
});
