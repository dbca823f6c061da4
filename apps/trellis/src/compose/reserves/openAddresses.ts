import type { Clock, Hex, Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { ReserveAddress, ReserveAddresses } from "@trellis/reserves/api";
import {
  type Challenge,
  type ClaimRegister,
  type ContractWallets,
  challengeToText,
  issueChallenge,
  type OwnershipClaim,
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
  /** Absent where no chain is read. */
  readonly wallets?: ContractWallets;
}

/** Addresses whose holders have signed, and the challenges that were given out. */
export function openAddresses(custodian: string, parts: AddressParts): ReserveAddresses {
  const { tables, snapshots, clock, random, wallets } = parts;
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
      const register = registerIn(tables);
      const request = { chain, address } as Parameters<typeof issueChallenge>[0];
      return issueChallenge(request, await expectation(snapshotId), { register, random });
    },
    async claim({ challenge, method, signature }) {
      const claimedAtMs = clock.nowMs();
      const { snapshotId } = textToChallenge(challenge);
      const claim = { challenge, method: method as OwnershipMethod, signature };
      const ports = {
        register: registerIn(tables, { claim, claimedAtMs }),
        ...(wallets === undefined ? {} : { wallets }),
      };
      const { challenge: owned } = await registerClaim(claim, await expectation(snapshotId), ports);
      return { chain: owned.chain, address: owned.address, method, snapshotId, claimedAtMs };
    },
    release: (chain, address) =>
      tables.transaction(async (tx) => {
        const released = await tx
          .deleteFrom("claims")
          .where("chain", "=", chain)
          .where("address", "=", address)
          .where("custodian", "=", custodian)
          .returning("snapshot_id")
          .executeTakeFirst();
        if (released === undefined) return false;
        // What was signed stays: an attestation that counted it is shown to have been right to.
        await tx
          .updateTable("claim_evidence")
          .set({ is_released: true })
          .where("snapshot_id", "=", released.snapshot_id)
          .where("chain", "=", chain)
          .where("address", "=", address)
          .execute();
        return true;
      }),
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

/** What a holder handed in, and when. */
interface ReceivedClaim {
  readonly claim: OwnershipClaim;
  readonly claimedAtMs: number;
}

/** The register in the database; with what was received, for claims. */
function registerIn({ db, transaction }: Tables, received?: ReceivedClaim): ClaimRegister {
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
        if (received !== undefined) await enterClaim(tx, challenge, received);
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

/** The claim stands from now on; what was signed is kept with the snapshot. */
async function enterClaim(
  tx: Parameters<Parameters<Tables["transaction"]>[0]>[0],
  { chain, address, custodian, snapshotId }: Challenge,
  { claim: { challenge, method, signature }, claimedAtMs }: ReceivedClaim,
): Promise<void> {
  const claimed = { method, claimed_at_ms: BigInt(claimedAtMs) };
  const standing = { custodian, snapshot_id: snapshotId, ...claimed };
  await tx
    .insertInto("claims")
    .values({ chain, address, ...standing })
    .onConflict((conflict) => conflict.columns(["chain", "address"]).doUpdateSet(standing))
    .execute();
  const evidence = { ...claimed, challenge, signature, is_released: false };
  await tx
    .insertInto("claim_evidence")
    .values({ snapshot_id: snapshotId, chain, address, ...evidence })
    .onConflict((conflict) => conflict.columns(["snapshot_id", "chain", "address"]).doUpdateSet(evidence))
    .execute();
}
