import type { Clock, Hex, Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { ReserveAddress, ReserveAddresses } from "@trellis/reserves/api";
import {
  type ClaimRegister,
  challengeToText,
  issueChallenge,
  type OwnershipExpectation,
  type OwnershipMethod,
  registerClaim,
  textToChallenge,
} from "@trellis/reserves/assets";
import { type Snapshots, snapshotsErrors } from "@trellis/reserves/snapshots";
import type { ServiceTables } from "./schema.ts";

type Tables = SchemaDatabase<ServiceTables>;

export interface AddressParts {
  readonly tables: Tables;
  readonly snapshots: Pick<Snapshots, "list" | "record">;
  readonly clock: Clock;
  readonly random: Random;
}

/** Addresses whose holders have signed, and the challenges that were given out. */
export function openAddresses(custodian: string, parts: AddressParts): ReserveAddresses {
  const { tables, snapshots, clock, random } = parts;
  const { db } = tables;
  const expectation = (snapshotId: string) => expectationOf(snapshots, custodian, snapshotId);
  return {
    async list(after, limit) {
      const [chain = "", address = ""] = after?.split(" ") ?? [];
      const rows = await db
        .selectFrom("claims")
        .selectAll()
        .where(({ eb, or, and }) =>
          or([eb("chain", ">", chain), and([eb("chain", "=", chain), eb("address", ">", address)])]),
        )
        .orderBy("chain")
        .orderBy("address")
        .limit(limit)
        .execute();
      return rows.map(({ snapshot_id, claimed_at_ms, custodian: _, ...rest }) => ({
        ...rest,
        snapshotId: snapshot_id,
        claimedAtMs: Number(claimed_at_ms),
      }));
    },
    async challenge({ chain, address, snapshotId }) {
      const register = registerIn(tables, "eip191", 0);
      const request = { chain, address } as Parameters<typeof issueChallenge>[0];
      return issueChallenge(request, await expectation(snapshotId), { register, random });
    },
    async claim({ challenge, method, signature }) {
      const claimedAtMs = clock.nowMs();
      const register = registerIn(tables, method as OwnershipMethod, claimedAtMs);
      const { snapshotId } = textToChallenge(challenge);
      const claim = { challenge, method: method as OwnershipMethod, signature };
      const { challenge: owned } = await registerClaim(claim, await expectation(snapshotId), { register });
      return { chain: owned.chain, address: owned.address, method, snapshotId, claimedAtMs };
    },
    async release(chain, address) {
      const { numDeletedRows } = await db
        .deleteFrom("claims")
        .where("chain", "=", chain)
        .where("address", "=", address)
        .where("custodian", "=", custodian)
        .executeTakeFirst();
      return numDeletedRows === 1n;
    },
  } satisfies ReserveAddresses & { list(...given: never[]): Promise<readonly ReserveAddress[]> };
}

/** What a claim for this snapshot must say. @throws SNAPSHOT_UNKNOWN */
async function expectationOf(
  snapshots: AddressParts["snapshots"],
  custodian: string,
  snapshotId: string,
): Promise<OwnershipExpectation> {
  const record = await findRecord(snapshots, snapshotId);
  return {
    custodian,
    snapshotId: record.snapshotId,
    blockHeights: record.blockHeights,
    timeMs: record.timeMs,
  };
}

const PAGE = 50;

/** Newest first: claims are made for snapshots of late. @throws SNAPSHOT_UNKNOWN */
export async function findRecord(snapshots: AddressParts["snapshots"], snapshotId: string) {
  for (let before: number | undefined; ; ) {
    const page = await snapshots.list({ ...(before === undefined ? {} : { before }), limit: PAGE });
    for (const { number, state } of page) {
      if (state !== "signed") continue;
      const { record } = await snapshots.record(number);
      if (record.snapshotId === snapshotId) return record;
    }
    before = page.at(-1)?.number;
    if (before === undefined || page.length < PAGE) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ snapshotId });
  }
}

/** The register in the database; what is claimed with it is claimed by this method at this time. */
function registerIn(
  { db, transaction }: Tables,
  method: OwnershipMethod,
  claimedAtMs: number,
): ClaimRegister {
  return {
    async issue(challenge) {
      const row = { nonce: challenge.nonce, text: challengeToText(challenge), is_used: false };
      await db.insertInto("challenges").values(row).execute();
    },
    claim: (challenge) =>
      transaction(async (tx) => {
        const { chain, address, custodian, snapshotId, nonce } = challenge;
        const known = await tx
          .selectFrom("challenges")
          .selectAll()
          .where("nonce", "=", nonce)
          .forUpdate()
          .executeTakeFirst();
        if (known?.text !== challengeToText(challenge)) return "nonce-unknown";
        if (known.is_used) return "nonce-used";
        const other = await tx
          .selectFrom("claims")
          .selectAll()
          .where("chain", "=", chain)
          .where("address", "=", address)
          .forUpdate()
          .executeTakeFirst();
        if (other !== undefined) {
          const standing = { custodian: other.custodian, snapshotId: other.snapshot_id as Hex };
          if (other.custodian !== custodian) return { standing, against: "another-custodian" };
          if (other.snapshot_id === snapshotId) return { standing, against: "same-snapshot" };
        }
        await tx.updateTable("challenges").set({ is_used: true }).where("nonce", "=", nonce).execute();
        const claim = { custodian, snapshot_id: snapshotId, method, claimed_at_ms: BigInt(claimedAtMs) };
        await tx
          .insertInto("claims")
          .values({ chain, address, ...claim })
          .onConflict((conflict) => conflict.columns(["chain", "address"]).doUpdateSet(claim))
          .execute();
        return "claimed";
      }),
    async standing(chain, address) {
      const row = await db
        .selectFrom("claims")
        .selectAll()
        .where("chain", "=", chain)
        .where("address", "=", address)
        .executeTakeFirst();
      return row && { custodian: row.custodian, snapshotId: row.snapshot_id as Hex };
    },
    async release(chain, address, custodian) {
      await db
        .deleteFrom("claims")
        .where("chain", "=", chain)
        .where("address", "=", address)
        .where("custodian", "=", custodian)
        .execute();
    },
  };
}
