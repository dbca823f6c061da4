import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placeEmbeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { openAuditStore } from "@trellis/platform/audit";
import { openDatabase } from "@trellis/platform/db";
import { leafHash, nodeHash } from "@trellis/reserves/log";
import { afterEach, beforeEach, expect, it } from "vitest";
import { proveDatabase } from "./proveDatabase.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trellis-prove-"));
});
afterEach(() => rm(directory, { recursive: true }));

const ENTRIES = ["a", "b", "c"].map((text) => Buffer.from(text));
const LEAVES = ENTRIES.map((entry) => leafHash(entry));

async function make(change: string): Promise<void> {
  await placeEmbeddedDatabase(directory);
  const database = openDatabase({ url: `pglite:${directory}` }, SILENT);
  const audit = await openAuditStore(database, "test_audit");
  for (let sequence = 0; sequence < 3; sequence++)
    await audit.append((head) => ({
      ...{
        sequence,
        timeMs: 1,
        actor: "a",
        action: "b",
        subject: "c",
        outcome: "done",
        correlationId: "",
        facts: {},
      },
      previousHash: head?.hash ?? new Uint8Array(32),
      hash: new Uint8Array(createHash("sha256").update(String(sequence)).digest()),
    }));
  await database.script(`CREATE SCHEMA log; CREATE TABLE log.log_head (size bigint);
    CREATE TABLE log.log_entries (place bigint, bytes bytea);
    CREATE TABLE log.log_tiles (level int, place bigint, hashes bytea); INSERT INTO log.log_head VALUES (3)`);
  for (const [place, bytes] of ENTRIES.entries())
    await database.query("INSERT INTO log.log_entries VALUES ($1, $2)", [place, bytes]);
  await database.query("INSERT INTO log.log_tiles VALUES (0, 0, $1)", [Buffer.concat(LEAVES)]);
  await database.script(change);
  await database.close();
}

it("starts a restored database and recomputes its log", async () => {
  await make("");
  const root = nodeHash(nodeHash(LEAVES[0]!, LEAVES[1]!), LEAVES[2]!);
  expect(await proveDatabase(directory)).toMatch(
    new RegExp(
      `^\\d+ tables, \\d+ rows, log of 3 entries, root 0x${Buffer.from(root).toString("hex")}, test_audit of 3 entries$`,
    ),
  );
});

it.each([
  ["a changed entry", "UPDATE log.log_entries SET bytes = 'x' WHERE place = 1"],
  ["a missing entry", "DELETE FROM log.log_entries WHERE place = 2"],
  [
    "a changed tile",
    "UPDATE log.log_tiles SET hashes = set_byte(hashes, 40, 1 + get_byte(hashes, 40) % 200)",
  ],
  [
    "a missing audit entry",
    "ALTER TABLE test_audit.entries DISABLE TRIGGER ALL; DELETE FROM test_audit.entries WHERE sequence = 1",
  ],
])("STORE_CORRUPT: %s", async (_, change) => {
  await make(change);
  await expect(proveDatabase(directory)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
});
