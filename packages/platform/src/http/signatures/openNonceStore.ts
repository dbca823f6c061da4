import type { Clock } from "@trellis/base";
import type { Database, SchemaStep } from "../../db/index.ts";
import type { NonceStore } from "./createSignatureVerifier.ts";

interface NonceTables {
  nonces: { key_id: string; nonce: string; until_ms: bigint };
}

const STEPS: readonly SchemaStep[] = [
  {
    name: "nonces-001",
    sql: (schema) => `
CREATE TABLE ${schema}.nonces (
  key_id text COLLATE "C" NOT NULL,
  nonce text COLLATE "C" NOT NULL,
  until_ms bigint NOT NULL,
  PRIMARY KEY (key_id, nonce)
);
CREATE INDEX nonces_until ON ${schema}.nonces (until_ms);`,
  },
];

interface DatabaseNonceStore extends NonceStore {
  sweep(): Promise<void>;
}

export async function openNonceStore(
  database: Database,
  schema: string,
  { clock }: { readonly clock: Clock },
): Promise<DatabaseNonceStore> {
  const { db } = await database.openSchema<NonceTables>(schema, STEPS);
  return {
    async use(keyId, nonce, untilMs) {
      const taken = await db
        .insertInto("nonces")
        .values({ key_id: keyId, nonce, until_ms: BigInt(untilMs) })
        .onConflict((conflict) =>
          conflict
            .columns(["key_id", "nonce"])
            .doUpdateSet({ until_ms: BigInt(untilMs) })
            .where("nonces.until_ms", "<=", BigInt(clock.nowMs())),
        )
        .returning("key_id")
        .executeTakeFirst();
      return taken !== undefined;
    },
    async sweep() {
      await db.deleteFrom("nonces").where("until_ms", "<=", BigInt(clock.nowMs())).execute();
    },
  };
}
