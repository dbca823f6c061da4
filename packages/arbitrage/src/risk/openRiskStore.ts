import type { Hex } from "@trellis/base";
import { type AtRest, sealedTexts } from "@trellis/platform/atRest";
import type { Database, SchemaStep } from "@trellis/platform/db";
import type { Reservation, RiskState, Settled, Settlement } from "./RiskState.ts";
import type { RiskStore } from "./RiskStore.ts";

interface RiskTables {
  risk: { chain: string; version: bigint; state: string };
}

const SCHEMA = "arbitrage_risk";
const STEPS: readonly SchemaStep[] = [
  {
    name: "risk-001-tables",
    sql: (schema) => `
CREATE TABLE ${schema}.risk (
  chain text PRIMARY KEY,
  version bigint NOT NULL,
  state text NOT NULL
);`,
  },
];

/** Binds a ciphertext to its version: an older one cannot replace it. */
const ROW = "chain || ' ' || version";
const rowOf = (chain: string, version: number): string => `${chain} ${version}`;

export async function openRiskStore(
  { database, atRest }: { readonly database: Database; readonly atRest?: AtRest | undefined },
  chain: string,
  schema = SCHEMA,
): Promise<RiskStore> {
  const tables = await database.openSchema<RiskTables>(schema, STEPS);
  const { db } = tables;
  // Encrypted, because the state includes who stopped trading, and why.
  const cipher = (await sealedTexts(atRest, tables, { state: { table: "risk", row: ROW } })).state;
  return {
    async load() {
      const row = await db.selectFrom("risk").selectAll().where("chain", "=", chain).executeTakeFirst();
      if (row === undefined) return undefined;
      const version = Number(row.version);
      return { state: readState(cipher.open(rowOf(chain, version), row.state)), version };
    },
    async save(state, over) {
      const next = (over ?? 0) + 1;
      const text = cipher.seal(rowOf(chain, next), writeState(state));
      const row =
        over === undefined
          ? await db
              .insertInto("risk")
              .values({ chain, version: BigInt(next), state: text })
              .onConflict((conflict) => conflict.column("chain").doNothing())
              .returning("version")
              .executeTakeFirst()
          : await db
              .updateTable("risk")
              .set({ version: BigInt(next), state: text })
              .where("chain", "=", chain)
              .where("version", "=", BigInt(over))
              .returning("version")
              .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function writeState(state: RiskState): string {
  return JSON.stringify(state, (_, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    return value instanceof Map ? [...value] : value;
  });
}

type Text<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] };
type SettledText = Text<Omit<Settled, "settlement">> & { readonly settlement: Text<Settlement> };

function readState(text: string): RiskState {
  const read = JSON.parse(text) as Text<Omit<RiskState, "tokenWei" | "reserved" | "settled">> & {
    readonly tokenWei: readonly (readonly [Hex, string])[];
    readonly reserved: readonly (readonly [string, Text<Reservation>])[];
    /** Missing in older data. */
    readonly settled?: readonly (readonly [string, SettledText])[];
  };
  return {
    day: read.day,
    failuresInARow: read.failuresInARow,
    chainWei: BigInt(read.chainWei),
    gasWei: BigInt(read.gasWei),
    resultWei: BigInt(read.resultWei),
    tokenWei: new Map(read.tokenWei.map(([token, wei]) => [token, BigInt(wei)])),
    reserved: new Map(read.reserved.map(([id, reservation]) => [id, readReservation(reservation)])),
    settled: new Map((read.settled ?? []).map(([id, settled]) => [id, readSettled(settled)])),
    killed: read.killed,
    breaker: read.breaker,
  };
}

function readReservation(read: Text<Reservation>): Reservation {
  const { token, notionalWei, gasWeiMax, day, pools = [], lastBlock = 0, nonce } = read;
  return {
    token,
    notionalWei: BigInt(notionalWei),
    gasWeiMax: BigInt(gasWeiMax),
    day,
    pools,
    lastBlock,
    ...(nonce !== undefined && { nonce }),
  };
}

function readSettled({ settlement: { outcome, profitWei, gasWei }, ...reservation }: SettledText): Settled {
  const settlement = { outcome, profitWei: BigInt(profitWei), gasWei: BigInt(gasWei) };
  return { ...readReservation(reservation), settlement };
}
