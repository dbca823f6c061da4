import type { SchemaDatabase } from "@trellis/platform/db";
import type { OwnershipClaim, OwnershipMethod } from "../assets/index.ts";
import { type Attestations, signedAttestationSchema } from "../attestation/index.ts";
import type { ClaimedAddress } from "../readings/index.ts";
import type { ServiceTables } from "./schema.ts";

type Tables = SchemaDatabase<ServiceTables>;
const NUMBER = /^[1-9][0-9]{0,15}$/;

export function openAttestations({ db }: Tables): Attestations {
  const find = (id: string) =>
    db
      .selectFrom("attestations")
      .selectAll()
      .where("number", "=", NUMBER.test(id) ? BigInt(id) : 0n)
      .executeTakeFirst();
  return {
    async list(beforeId, limit) {
      let query = db.selectFrom("attestations").selectAll().orderBy("number", "desc").limit(limit);
      if (beforeId !== undefined) query = query.where("number", "<", BigInt(beforeId));
      return (await query.execute()).map((row) => ({
        id: String(row.number),
        snapshotId: row.snapshot_id,
        timeMs: Number(row.time_ms),
        isCovered: row.is_covered,
        logIndex: row.log_index === null ? undefined : Number(row.log_index),
      }));
    },
    signed: async (id) => (await find(id))?.signed,
    async evidence(id) {
      const row = await find(id);
      if (row === undefined) return undefined;
      const { attestation } = signedAttestationSchema.parse(JSON.parse(row.signed));
      const counted = new Set(attestation.holdings.map(({ chain, address }) => `${chain} ${address}`));
      const claims = await db
        .selectFrom("claim_evidence")
        .selectAll()
        .where("snapshot_id", "=", row.snapshot_id)
        .orderBy("chain")
        .orderBy("address")
        .execute();
      return claims
        .filter(({ chain, address }) => counted.has(`${chain} ${address}`))
        .map(
          ({ challenge, method, signature }): OwnershipClaim => ({
            challenge,
            signature,
            method: method as OwnershipMethod,
          }),
        );
    },
  };
}

export async function claimsOf({ db }: Pick<Tables, "db">, snapshotId: string): Promise<ClaimedAddress[]> {
  const rows = await db
    .selectFrom("claim_evidence")
    .select(["chain", "address", "method"])
    .where("snapshot_id", "=", snapshotId)
    .where("is_released", "=", false)
    .orderBy("chain")
    .orderBy("address")
    .execute();
  return rows.map(({ chain, address, method }) => ({ chain, address, method: method as OwnershipMethod }));
}
