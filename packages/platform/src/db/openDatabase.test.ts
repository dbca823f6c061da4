import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Labels, Metrics } from "@trellis/base";
import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { abortable, uninterruptible } from "../cancellation/index.ts";
import { type Database, openDatabase, type SchemaStep } from "./index.ts";

interface Tables {
  things: { name: string; amount: string; count: bigint; data: Uint8Array | null };
  parts: { thing: string };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "001-things",
    sql: (schema) => `
      CREATE TABLE ${schema}.things (
        name text PRIMARY KEY,
        amount numeric(39, 0) NOT NULL CONSTRAINT amount_range CHECK (amount >= 0),
        count bigint NOT NULL DEFAULT 0,
        data bytea
      );
      CREATE TABLE ${schema}.parts (thing text REFERENCES ${schema}.things);
      CREATE FUNCTION ${schema}.twice(x bigint) RETURNS bigint LANGUAGE plpgsql AS $$
      BEGIN
        RETURN x * 2;
      END $$;`,
  },
];

const schemaOf = (title: string): string =>
  `t_${createHash("sha256").update(title).digest("hex").slice(0, 12)}`;
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });

describeDatabases("database", (under) => {
  const open = (title: string) => under.database().openSchema<Tables>(schemaOf(title), STEPS);

  it("values survive a round trip: 64-bit integers as bigint, 128-bit as text, bytes", async () => {
    const { db, schema, database } = await open("values");
    const most = (2n ** 128n - 1n).toString();
    const written = { name: "a'; DROP TABLE things; --\\ é", amount: most, count: 2n ** 62n };
    await db
      .insertInto("things")
      .values({ ...written, data: Uint8Array.of(0, 1, 255) })
      .execute();
    const row = await db.selectFrom("things").selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject(written);
    expect([...row.data!]).toEqual([0, 1, 255]);
    const answer = await database.query(
      `SELECT ${schema}.twice($1) AS twice, count(*) FROM ${schema}.things`,
      [21n],
    );
    expect(answer.rows).toEqual([{ twice: 42n, count: 1n }]);
  });

  it("passes lists as one parameter", async () => {
    const { db } = await open("lists");
    const names = ["a", 'b"{}', "c\\,", "", "null"];
    const { rows } = await sql<{ name: string; amount: string }>`
      SELECT * FROM unnest(${names}::text[], ${[1n, 2n, 3n, 4n, 5n]}::numeric[]) AS t(name, amount)`.execute(
      db,
    );
    expect(rows.map(({ name }) => name)).toEqual(names);
    expect(rows.map(({ amount }) => amount)).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("DB_UNIQUE_VIOLATED, DB_CHECK_VIOLATED, DB_STATEMENT_REFUSED", async () => {
    const { db, database } = await open("errors");
    const insert = (name: string, amount: string) =>
      db.insertInto("things").values({ name, amount, count: 0n, data: null }).execute();
    await insert("a", "1");
    await expect(insert("a", "1")).rejects.toMatchObject({
      code: "DB_UNIQUE_VIOLATED",
      facts: { table: "things", constraint: "things_pkey" },
    });
    await expect(insert("b", "-1")).rejects.toMatchObject({
      code: "DB_CHECK_VIOLATED",
      facts: { constraint: "amount_range" },
    });
    await expect(db.insertInto("parts").values({ thing: "nobody" }).execute()).rejects.toMatchObject({
      code: "DB_CHECK_VIOLATED",
      facts: { sqlState: "23503" },
    });
    await expect(insert("c", "1e40")).rejects.toThrowError(
      code("DB_CHECK_VIOLATED", { sqlState: expect.stringMatching(/^22/) }),
    );
    await expect(insert("c\0", "1")).rejects.toThrowError(
      code("DB_CHECK_VIOLATED", { sqlState: expect.stringMatching(/^22/) }),
    );
    await expect(database.query("SELECT nothing FROM nowhere")).rejects.toMatchObject({
      code: "DB_STATEMENT_REFUSED",
      facts: { sqlState: "42P01" },
    });
  });

  it("facts and messages contain no values", async () => {
    const { db } = await open("silence");
    const row = { name: "a-secret-name", amount: "1", count: 0n, data: null };
    await db.insertInto("things").values(row).execute();
    const refused = await db
      .insertInto("things")
      .values(row)
      .execute()
      .catch((error: Error) => error);
    expect(`${JSON.stringify(refused)} ${(refused as Error).message}`).not.toContain("a-secret-name");
  });

  it("a transaction takes effect entirely or not at all", async () => {
    const { db, transaction } = await open("transaction");
    const failing = transaction(async (tx) => {
      await tx.insertInto("things").values({ name: "a", amount: "1", count: 0n, data: null }).execute();
      await tx.insertInto("things").values({ name: "a", amount: "1", count: 0n, data: null }).execute();
    });
    await expect(failing).rejects.toThrowError(code("DB_UNIQUE_VIOLATED"));
    expect(await db.selectFrom("things").selectAll().execute()).toEqual([]);
  });

  it("a failed script in a transaction does not affect the next", async () => {
    const database = under.database();
    await expect(database.script("BEGIN; SELECT 1/0;")).rejects.toThrowError(
      code("DB_CHECK_VIOLATED", { sqlState: expect.stringMatching(/^22/) }),
    );
    for (let session = 0; session < 4; session += 1) {
      expect((await database.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    }
  });

  it("DB_SERIALIZATION_FAILED is retried until it succeeds", async () => {
    const { db, transaction } = await open("serializable");
    await db.insertInto("things").values({ name: "a", amount: "0", count: 0n, data: null }).execute();
    const increments = Array.from({ length: 6 }, () =>
      transaction(
        async (tx) => {
          const { count } = await tx.selectFrom("things").select("count").executeTakeFirstOrThrow();
          await tx
            .updateTable("things")
            .set({ count: count + 1n })
            .execute();
        },
        { isolation: "serializable" },
      ),
    );
    await Promise.all(increments);
    expect((await db.selectFrom("things").select("count").executeTakeFirstOrThrow()).count).toBe(6n);
  });

  it("DB_SERIALIZATION_FAILED ends a transaction that never succeeds", async () => {
    const { transaction } = await open("never");
    let runCount = 0;
    const hopeless = transaction(async (tx) => {
      runCount += 1;
      await sql`DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '40001'; END $$`.execute(tx);
    });
    await expect(hopeless).rejects.toThrowError(code("DB_SERIALIZATION_FAILED"));
    expect(runCount).toBe(8);
  });

  const FULL = "DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$";

  it("DB_RESOURCES_EXHAUSTED: reports a full disk until space is available, also at startup", async () => {
    const database = under.database();
    const exhausted = { code: "DB_RESOURCES_EXHAUSTED", facts: { sqlState: "53100" } };
    expect(database.shortage()).toBeUndefined();
    await expect(database.query(FULL)).rejects.toMatchObject(exhausted);
    await database.query("SELECT 1");
    expect(database.shortage()).toMatchObject(exhausted);
    await database.tryRoom();
    expect(database.shortage()).toBeUndefined();
    await database.tryRoom();
    const step = { name: "001", sql: () => `${FULL};` };
    await expect(database.openSchema(schemaOf("full"), [step])).rejects.toMatchObject(exhausted);
    await database.tryRoom();
  });

  it("migrations run once, also with concurrent starts", async () => {
    const opened = await Promise.all([1, 2, 3].map(() => open("racing")));
    expect(await opened[0]!.db.selectFrom("things").selectAll().execute()).toEqual([]);
    const [again] = await Promise.all([open("racing")]);
    const noted = await under.database().query(`SELECT name FROM ${again.schema}.schema_steps`);
    expect(noted.rows).toEqual([{ name: "001-things" }]);
  });

  it("DB_MIGRATION_FAILED rolls back the failed migration", async () => {
    const schema = schemaOf("failing step");
    const broken = {
      name: "002-broken",
      sql: (name: string) => `CREATE TABLE ${name}.a (x int);\nSELECT 1/0;`,
    };
    await expect(under.database().openSchema(schema, [...STEPS, broken])).rejects.toThrowError(
      code("DB_MIGRATION_FAILED"),
    );
    const { rows } = await under
      .database()
      .query("SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'a'", [schema]);
    expect(rows).toEqual([]);
  });

  it("a program opens a schema that a later release has expanded, and that release opens it again", async () => {
    const added = { name: "002-note", sql: (s: string) => `ALTER TABLE ${s}.things ADD COLUMN note text;` };
    const openLater = () => under.database().openSchema<Tables>(schemaOf("expanded"), [...STEPS, added]);
    await openLater();
    const { db } = await open("expanded");
    await db.insertInto("things").values({ name: "a", amount: "1", count: 0n, data: null }).execute();
    const later = await openLater();
    expect(await later.db.selectFrom("things").select("name").execute()).toEqual([{ name: "a" }]);
  });

  it("DB_MIGRATION_FAILED", async () => {
    const contract = {
      name: "002-contract",
      sql: (s: string) => `DROP TABLE ${s}.parts;`,
      replacedIn: "0.0.1",
    };
    await under.database().openSchema(schemaOf("newer"), [...STEPS, contract]);
    await expect(open("newer")).rejects.toThrowError(
      code("DB_MIGRATION_FAILED", { reason: "schema newer than this program" }),
    );
  });

  it.each(["", "Upper", "a-b", 'a"b', "a;b", "1a", "a".repeat(60)])("ARGUMENT_INVALID: %j", async (name) => {
    const rule = "a database name is up to 48 lower-case letters, digits and underscores, a letter first";
    const refusal = expect.objectContaining({ code: "ARGUMENT_INVALID", facts: { rule, name } });
    await expect(under.database().openSchema(name, [])).rejects.toThrowError(refusal);
    await expect(under.database().listen(name, () => {})).rejects.toThrowError(refusal);
  });

  it("a listener is notified once the transaction has committed", async () => {
    const onNotification: (string | undefined)[] = [];
    const listening = await under.database().listen("news", (payload) => onNotification.push(payload));
    await under.database().script("BEGIN; NOTIFY news, 'never'; ROLLBACK;");
    await under.database().query("SELECT pg_notify('news', $1)", ["first"]);
    await expect.poll(() => onNotification).toEqual([undefined, "first"]);
    await listening.close();
  });

  it("aborted work starts no statement, and its transaction has no effect", async () => {
    const { db, transaction } = await open("given up");
    const thing = (name: string) => ({ name, amount: "1", count: 0n, data: null });
    const aborter = new AbortController();
    const working = abortable(aborter.signal, () =>
      transaction(async (tx) => {
        await tx.insertInto("things").values(thing("a")).execute();
        aborter.abort(new RangeError("nobody waits"));
        await tx.insertInto("things").values(thing("b")).execute();
      }),
    );
    await expect(working).rejects.toThrow("nobody waits");
    const asked = abortable(aborter.signal, () => db.selectFrom("things").selectAll().execute());
    await expect(asked).rejects.toThrow("nobody waits");
    const recorded = abortable(aborter.signal, () =>
      uninterruptible(() => db.insertInto("things").values(thing("c")).execute()),
    );
    await recorded;
    expect((await db.selectFrom("things").selectAll().execute()).map(({ name }) => name)).toEqual(["c"]);
  });

  if (under.kind === "postgres") {
    it("aborting cancels a running statement, and its session is not reused", async () => {
      const database = openDatabase({ url: under.url()!, connectionsMax: 1 }, SILENT);
      const aborter = new AbortController();
      const sleeping = abortable(aborter.signal, () => database.query("SELECT pg_sleep(60)"));
      const ended = expect(sleeping).rejects.toThrow("nobody waits");
      const asleep =
        "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(60)'";
      const count = async () => (await under.database().query(asleep)).rows.length;
      await expect.poll(count).toBe(1);
      aborter.abort(new RangeError("nobody waits"));
      await ended;
      expect(await count()).toBe(0);
      expect((await database.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      await database.close();
    });

    it("DB_TIMEOUT", async () => {
      const database = openDatabase({ url: under.url()!, statementMsMax: 50 }, SILENT);
      await expect(database.query("SELECT pg_sleep(10)")).rejects.toThrowError(
        code("DB_TIMEOUT", { reason: "statement timeout" }),
      );
      await database.close();
    });

    it("DB_CONNECTION_LOST: the server stops; pool and listeners recover with it", async () => {
      const database = under.database();
      const onNotification: (string | undefined)[] = [];
      const listening = await database.listen("revival", (payload) => onNotification.push(payload));
      const sleeping = database.query("SELECT pg_sleep(30)");
      const lost = expect(sleeping).rejects.toThrowError(code("DB_CONNECTION_LOST"));
      const asleep =
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'";
      await expect.poll(async () => (await database.query(asleep)).rows.length).toBe(1);
      await under.crash();
      await lost;
      await expect
        .poll(() => database.query("SELECT 1 AS one").catch(() => undefined))
        .toMatchObject({
          rows: [{ one: 1 }],
        });
      await expect.poll(() => onNotification.length).toBe(2);
      await database.query("NOTIFY revival, 'again'");
      await expect.poll(() => onNotification).toEqual([undefined, undefined, "again"]);
      await listening.close();
    });
  }

  it("DB_TIMEOUT: a transaction that uses the database outside itself does not wait forever", async () => {
    const url = under.url() ?? "pglite:";
    const gauges = new Map<string, number>();
    const metrics: Metrics = {
      ...SILENT.metrics,
      gauge: () => ({ set: (value, labels?: Labels) => gauges.set(labels!.state!, value) }),
    };
    const database = openDatabase({ url, connectionsMax: 1, acquireMsMax: 200 }, { ...SILENT, metrics });
    const { db, transaction } = await database.openSchema<Tables>(schemaOf("exhausted"), STEPS);
    const nested = transaction(async () => {
      const inner = db.selectFrom("things").selectAll().execute();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(database.counts()).toEqual({ open: 1, idle: 0, waiting: 1 });
      await inner;
    });
    await expect(nested).rejects.toThrowError(code("DB_TIMEOUT", { reason: "no free connection" }));
    expect(await db.selectFrom("things").selectAll().execute()).toEqual([]);
    expect(Object.fromEntries(gauges)).toEqual({ used: 0, idle: 1, "waited-for": 0 });
    await database.close();
  });
});

describe("database", () => {
  it.each(["", "mysql://root:secret@host/db", "postgres", "file:x"])("CONFIG_INVALID_VALUE: %j", (url) => {
    const opening = (): Database => openDatabase({ url }, SILENT);
    expect(opening).toThrowError(code("CONFIG_INVALID_VALUE", { reason: "not a database address" }));
    expect(opening).toThrowError(expect.not.objectContaining({ message: expect.stringContaining("secret") }));
  });

  it("DB_CONNECTION_LOST: connection refused", async () => {
    const database = openDatabase({ url: "postgres://nobody@127.0.0.1:1/none" }, SILENT);
    await expect(database.query("SELECT 1")).rejects.toThrowError(code("DB_CONNECTION_LOST"));
    await expect(database.openSchema("a", [])).rejects.toThrowError(code("DB_CONNECTION_LOST"));
    await database.close();
  });

  it("DB_CLOSED; the embedded database stores its data in a folder", async () => {
    const directory = mkdtempSync(join(tmpdir(), "trellis-db-"));
    const first = openDatabase({ url: `pglite:${join(directory, "a", "b")}` }, SILENT);
    await first.script("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7);");
    await first.close();
    await expect(async () => first.query("SELECT 1")).rejects.toThrowError(code("DB_CLOSED"));
    const second = openDatabase({ url: `pglite:${join(directory, "a", "b")}` }, SILENT);
    expect((await second.query("SELECT x FROM kept")).rows).toEqual([{ x: 7 }]);
    await second.close();
    rmSync(directory, { recursive: true });
  });

  it("the embedded database writes a checkpoint once its log has grown by 64 MB", async () => {
    const tasks: (() => void)[] = [];
    const scheduler = {
      after: (_: number, task: () => void) => ({ cancel: () => {}, at: tasks.push(task) }),
    };
    const database = openDatabase({ url: "pglite:" }, { ...SILENT, scheduler });
    const redo = async () => (await database.query("SELECT redo_lsn FROM pg_control_checkpoint()")).rows[0];
    const grow = (rows: number) =>
      database.script(
        `INSERT INTO filled SELECT repeat(md5(i::text), 30) FROM generate_series(1, ${rows}) i`,
      );
    await database.script("CREATE TABLE filled (x text)");
    const before = await redo();
    await grow(1_000);
    tasks.shift()!();
    expect(await redo()).toEqual(before);
    await grow(70_000);
    tasks.shift()!();
    await expect.poll(redo).not.toEqual(before);
    await database.close();
  });

  it("only the owner can enter the folder of the embedded database, also a folder that others could read", async () => {
    const directory = mkdtempSync(join(tmpdir(), "trellis-db-"));
    const [fresh, open] = [join(directory, "fresh"), join(directory, "open")];
    mkdirSync(open, { mode: 0o755 });
    chmodSync(open, 0o755);
    for (const folder of [fresh, open]) {
      const database = openDatabase({ url: `pglite:${folder}` }, SILENT);
      await database.query("SELECT 1");
      await database.close();
      expect(statSync(folder).mode & 0o777, folder).toBe(0o700);
    }
    rmSync(directory, { recursive: true });
  });
});
