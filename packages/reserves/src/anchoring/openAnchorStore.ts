import { isTrellisError } from "@trellis/base";
import type { Database, SchemaDatabase } from "@trellis/platform/db";
import type { Anchor, AnchorContent, Attempt, Inclusion } from "./Anchor.ts";
import { type AnchorStore, checkFollows, checkSame } from "./AnchorStore.ts";
import { anchoringErrors } from "./errors.ts";
import { ANCHOR_STEPS, type AnchorTables } from "./schema.ts";

/** Several processes may share the store. @param target chain, registry and custodian */
export async function openAnchorStore(
  database: Database,
  target: string,
  schema = "reserves_anchoring",
): Promise<AnchorStore> {
  const tables = await database.openSchema<AnchorTables>(schema, ANCHOR_STEPS);
  return {
    add: (content) => add(tables, target, content),
    find: (sequence) => find(tables, target, sequence),
    async open(limit) {
      const rows = await tables.db
        .selectFrom("anchors")
        .selectAll()
        .where("target", "=", target)
        .where("state", "<>", "final")
        .orderBy("sequence")
        .limit(limit)
        .execute();
      return rows.map(rowToAnchor);
    },
    async change({ sequence, version }, { state, attempts, inclusion }) {
      try {
        const row = await tables.db
          .updateTable("anchors")
          .set({
            state,
            attempts: toJson(attempts),
            inclusion: inclusion === undefined ? null : toJson(inclusion),
            version: BigInt(version + 1),
          })
          .where("target", "=", target)
          .where("sequence", "=", BigInt(sequence))
          .where("version", "=", BigInt(version))
          .returningAll()
          .executeTakeFirst();
        return row && rowToAnchor(row);
      } catch (error) {
        if (!isTrellisError(error, "DB_CHECK_VIOLATED") || error.facts.constraint !== "anchor_final_for_ever")
          throw error;
        throw anchoringErrors.ANCHOR_SETTLED({ sequence }, error);
      }
    },
  };
}

async function add(
  tables: SchemaDatabase<AnchorTables>,
  target: string,
  content: AnchorContent,
): Promise<Anchor> {
  const { sequence } = content;
  const last = await tables.db
    .selectFrom("anchors")
    .selectAll()
    .where("target", "=", target)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const known = last && Number(last.sequence) >= sequence ? await find(tables, target, sequence) : undefined;
  if (known !== undefined) {
    checkSame(known, content);
    return known;
  }
  checkFollows(last && rowToAnchor(last), content);
  const row = await tables.db
    .insertInto("anchors")
    .values({
      target,
      sequence: BigInt(sequence),
      content: toJson(contentOf(content)),
      state: "pending",
      version: 0n,
      attempts: "[]",
      inclusion: null,
    })
    .onConflict((conflict) => conflict.columns(["target", "sequence"]).doNothing())
    .returningAll()
    .executeTakeFirst();
  // Another process added the row first; the retry finds it.
  return row === undefined ? add(tables, target, content) : rowToAnchor(row);
}

async function find(
  { db }: SchemaDatabase<AnchorTables>,
  target: string,
  sequence: number,
): Promise<Anchor | undefined> {
  const row = await db
    .selectFrom("anchors")
    .selectAll()
    .where("target", "=", target)
    .where("sequence", "=", BigInt(sequence))
    .executeTakeFirst();
  return row && rowToAnchor(row);
}

function contentOf(content: AnchorContent): AnchorContent {
  const { sequence, previousRecordHash, recordHash, totalsHash, logSize, logRoot, traceparent } = content;
  const kept = { sequence, previousRecordHash, recordHash, totalsHash, logSize, logRoot };
  return traceparent === undefined ? kept : { ...kept, traceparent };
}

function rowToAnchor({ content, state, version, attempts, inclusion }: AnchorTables["anchors"]): Anchor {
  return {
    ...(JSON.parse(content) as AnchorContent),
    state,
    version: Number(version),
    attempts: (JSON.parse(attempts) as Record<keyof Attempt, never>[]).map((attempt) => ({
      ...attempt,
      gasLimit: BigInt(attempt.gasLimit),
      maxFeeWei: BigInt(attempt.maxFeeWei),
      maxTipWei: BigInt(attempt.maxTipWei),
    })),
    inclusion: inclusion === null ? undefined : (JSON.parse(inclusion) as Inclusion),
  };
}

function toJson(value: object): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}
