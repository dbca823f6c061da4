import { createHmac, hkdfSync } from "node:crypto";
import type { Random } from "@trellis/base";
import { sql } from "kysely";
import type { Database, SchemaDatabase, SchemaStep } from "../db/index.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { type ColumnCipher, LiveColumnCipher } from "./ColumnCipher.ts";
import { type Resealed, type ResealOptions, resealColumn, type SealedColumn } from "./resealColumn.ts";
import { rewriteTable } from "./rewriteTable.ts";
import { PLAIN_TEXT, type TextCipher, textCipher } from "./TextCipher.ts";

type Resealing = (options: ResealOptions) => Promise<Resealed>;
type TextColumns<Name extends string> = Readonly<Record<Name, Pick<SealedColumn, "table" | "row">>>;
type Owner = Pick<SchemaDatabase<never>, "schema">;

/** [REST-1] */
export interface AtRest {
  /** @param name `SCHEMA.TABLE.COLUMN` */
  cipher(name: string): ColumnCipher;
  /**
   * Equal texts have equal 32-byte indexes. Computing them requires the key. [REST-2]
   * @throws ENVELOPE_KEY_UNKNOWN at the first use, if the database was encrypted under other keys
   */
  index(name: string): (text: string) => Buffer;
  /**
   * Also encrypts texts that earlier versions stored unencrypted. [REST-5]
   * @param columns table and SQL expression of the cipher's row text, by column name
   */
  texts<Name extends string>(
    tables: Owner,
    columns: TextColumns<Name>,
  ): Promise<Readonly<Record<Name, TextCipher>>>;
  /**
   * Runs `convert` until it succeeds once, then rewrites the table, because its files still contain replaced
   * values. [REST-5]
   */
  once(table: string, name: string, convert: () => Promise<unknown>): Promise<void>;
  add(part: Resealing): void;
  /** Resumable. [REST-4] @throws ENVELOPE_KEY_UNKNOWN at the end if any value cannot be decrypted */
  reseal(options?: ResealOptions): Promise<Resealed>;
  /** Runs `reseal` unless it has succeeded under the newest master key. */
  resealOnce(): Promise<void>;
}

interface AtRestPorts {
  readonly database: Database;
  /** 32 bytes each; the first encrypts. */
  readonly masterKeys: () => readonly Uint8Array[];
  readonly random: Random;
}

interface AtRestTables {
  index_keys: { name: string; sealed: Uint8Array };
  sealed_columns: { name: string };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "at-rest-001",
    sql: (schema) => `
CREATE TABLE ${schema}.index_keys (name text PRIMARY KEY, sealed bytea NOT NULL);
CREATE TABLE ${schema}.sealed_columns (name text PRIMARY KEY);`,
  },
];
const INDEX_KEY = "index";
const INDEX_COLUMN = "at_rest.index_keys.sealed";
const KEY_SIZE = 32;

export async function openAtRest(
  { schema }: { readonly schema: string },
  ports: AtRestPorts,
): Promise<AtRest> {
  const tables = await ports.database.openSchema<AtRestTables>(schema, STEPS);
  const cipher = new LiveColumnCipher(INDEX_COLUMN, ports.masterKeys, ports.random);
  const sealedIndexKey = await indexKeyOf(tables, cipher, ports.random);
  return new ColumnsAtRest(tables, ports, () => cipher.open(INDEX_KEY, sealedIndexKey));
}

/** The key never rotates, because all rows would need new indexes at once. */
async function indexKeyOf(
  { db }: SchemaDatabase<AtRestTables>,
  cipher: ColumnCipher,
  random: Random,
): Promise<Uint8Array> {
  const read = () =>
    db.selectFrom("index_keys").select("sealed").where("name", "=", INDEX_KEY).executeTakeFirst();
  const held = await read();
  if (held !== undefined) return held.sealed;
  const sealed = cipher.seal(INDEX_KEY, random.bytes(KEY_SIZE));
  await db
    .insertInto("index_keys")
    .values({ name: INDEX_KEY, sealed })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  return (await read())!.sealed;
}

class ColumnsAtRest implements AtRest {
  readonly #tables: SchemaDatabase<AtRestTables>;
  readonly #ports: AtRestPorts;
  readonly #openIndexKey: () => Uint8Array;
  readonly #parts: Resealing[] = [];
  #resealed: Uint8Array | undefined;

  constructor(tables: SchemaDatabase<AtRestTables>, ports: AtRestPorts, openIndexKey: () => Uint8Array) {
    this.#tables = tables;
    this.#ports = ports;
    this.#openIndexKey = openIndexKey;
    const column = {
      table: `${tables.schema}.index_keys`,
      column: "sealed",
      row: "name",
      form: "bytes",
    } as const;
    this.add(this.#resealing(column, this.cipher(INDEX_COLUMN)));
  }

  cipher(name: string): ColumnCipher {
    return new LiveColumnCipher(name, this.#ports.masterKeys, this.#ports.random);
  }

  index(name: string): (text: string) => Buffer {
    let key: Uint8Array | undefined;
    const derive = () => hkdfSync("sha256", this.#openIndexKey(), "", `trellis-index/${name}`, KEY_SIZE);
    return (text) => {
      key ??= new Uint8Array(derive());
      return createHmac("sha256", key).update(text).digest();
    };
  }

  async texts<Name extends string>(
    { schema }: Owner,
    columns: TextColumns<Name>,
  ): Promise<Readonly<Record<Name, TextCipher>>> {
    const opened = {} as Record<Name, TextCipher>;
    for (const column of Object.keys(columns) as Name[]) {
      const { table, row } = columns[column];
      const place = { table: `${schema}.${table}`, column, row, form: "text" } as const;
      const name = `${place.table}.${column}`;
      const cipher = this.cipher(name);
      const reseal = this.#resealing(place, cipher);
      await this.once(place.table, name, () => reseal({}));
      this.add(reseal);
      opened[column] = textCipher(cipher);
    }
    return opened;
  }

  async once(table: string, name: string, convert: () => Promise<unknown>): Promise<void> {
    const { db, database } = this.#tables;
    const known = await db
      .selectFrom("sealed_columns")
      .selectAll()
      .where("name", "=", name)
      .executeTakeFirst();
    if (known !== undefined) return;
    await convert();
    // Even without rows, the files can contain deleted values.
    const { rows } = await sql<{ size: string }>`
      SELECT coalesce(sum(pg_relation_size(relid)), 0)::text AS size FROM pg_partition_tree(${table}::regclass)`.execute(
      db,
    );
    if (rows[0]!.size !== "0") await rewriteTable(database, table);
    await db
      .insertInto("sealed_columns")
      .values({ name })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
  }

  add(part: Resealing): void {
    this.#parts.push(part);
  }

  async reseal({ signal, report }: ResealOptions = {}): Promise<Resealed> {
    let [count, unopenedCount] = [0, 0];
    for (const part of this.#parts) {
      const done = await part({ ...(signal && { signal }), report: (within) => report?.(count + within) });
      count += done.count;
      unopenedCount += done.unopenedCount;
    }
    if (unopenedCount === 0) return { count, unopenedCount };
    throw secretsErrors.ENVELOPE_KEY_UNKNOWN({ reason: "encrypted columns", unopenedCount, count });
  }

  async resealOnce(): Promise<void> {
    const { prefix } = this.cipher(INDEX_COLUMN);
    if (this.#resealed !== undefined && Buffer.compare(this.#resealed, prefix) === 0) return;
    await this.reseal();
    this.#resealed = prefix;
  }

  #resealing(column: SealedColumn, cipher: ColumnCipher): Resealing {
    return (options) => resealColumn(this.#tables.db, column, cipher, options);
  }
}

export async function sealedTexts<Name extends string>(
  atRest: AtRest | undefined,
  tables: Owner,
  columns: TextColumns<Name>,
): Promise<Readonly<Record<Name, TextCipher>>> {
  if (atRest !== undefined) return atRest.texts(tables, columns);
  const plain = Object.keys(columns).map((name) => [name, PLAIN_TEXT]);
  return Object.fromEntries(plain) as Record<Name, TextCipher>;
}
