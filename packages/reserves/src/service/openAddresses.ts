import { type Clock, type Hex, isTrellisError, type Random } from "@trellis/base";
import type { SchemaDatabase } from "@trellis/platform/db";
import {
  type Challenge,
  type ClaimRegister,
  type ContractWallets,
  challengeToText,
  issueChallenge,
  normalizeChainAddress,
  type OwnershipClaim,
  type OwnershipExpectation,
  type OwnershipMethod,
  parseChainId,
  type ReserveAddress,
  type ReserveAddresses,
  registerClaim,
  textToChallenge,
} from "../assets/index.ts";
import { type Snapshots, snapshotsErrors } from "../snapshots/index.ts";
import type { ServiceTables } from "./schema.ts";

type Tables = SchemaDatabase<ServiceTables>;
type Transaction = Parameters<Parameters<Tables["transaction"]>[0]>[0];

interface AddressPorts {
  readonly tables: Tables;
  readonly snapshots: Pick<Snapshots, "list" | "record">;
  readonly clock: Clock;
  readonly random: Random;
  readonly wallets?: ContractWallets;
}

export function openAddresses(custodian: string, ports: AddressPorts): ReserveAddresses {
  const { tables, snapshots, clock, random, wallets } = ports;
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
      const register = challengesIn(tables);
      const request = { chain, address } as Parameters<typeof issueChallenge>[0];
      return issueChallenge(request, await expectation(snapshotId), { register, random });
    },
    async claim({ challenge, method, signature }) {
      const claimedAtMs = clock.nowMs();
      const { snapshotId } = textToChallenge(challenge);
      const claim = { challenge, method: method as OwnershipMethod, signature };
      const verification = {
        register: claimsIn(tables, { claim, claimedAtMs }),
        ...(wallets === undefined ? {} : { wallets }),
      };
      const { challenge: owned } = await registerClaim(claim, await expectation(snapshotId), verification);
      return { chain: owned.chain, address: owned.address, method, snapshotId, claimedAtMs };
    },
    async release(chain, given) {
      const address = inOneForm(chain, given);
      return address !== undefined && tables.transaction((tx) => giveUp(tx, { chain, address, custodian }));
    },
  } satisfies ReserveAddresses & { list(...given: never[]): Promise<readonly ReserveAddress[]> };
}

type Place = { readonly chain: string } & Pick<Challenge, "address" | "custodian">;

/** Keeps the proofs as evidence for past attestations. */
async function giveUp(tx: Transaction, { chain, address, custodian }: Place): Promise<boolean> {
  const released = await tx
    .deleteFrom("claims")
    .where("chain", "=", chain)
    .where("address", "=", address)
    .where("custodian", "=", custodian)
    .returning("address")
    .executeTakeFirst();
  if (released === undefined) return false;
  await tx
    .updateTable("claim_evidence")
    .set({ is_released: true })
    .where("chain", "=", chain)
    .where("address", "=", address)
    .execute();
  return true;
}

function inOneForm(chain: string, address: string): string | undefined {
  const parsed = parseChainId(chain);
  try {
    return parsed && normalizeChainAddress(address, parsed);
  } catch (error) {
    if (isTrellisError(error)) return undefined;
    throw error;
  }
}

async function expectationOf(
  snapshots: AddressPorts["snapshots"],
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

export async function findRecord(snapshots: AddressPorts["snapshots"], snapshotId: string) {
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

interface ReceivedClaim {
  readonly claim: OwnershipClaim;
  readonly claimedAtMs: number;
}

function challengesIn({ db }: Tables): Pick<ClaimRegister, "issue"> {
  return {
    async issue(challenge) {
      const row = { nonce: challenge.nonce, text: challengeToText(challenge), is_used: false };
      await db.insertInto("challenges").values(row).execute();
    },
  };
}

function claimsIn({ transaction }: Tables, received: ReceivedClaim): Pick<ClaimRegister, "claim"> {
  return {
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
        if (other !== undefined && other.custodian !== custodian) {
          const standing = { custodian: other.custodian, snapshotId: other.snapshot_id as Hex };
          return { standing, against: "another-custodian" };
        }
        if (!(await enterClaim(tx, challenge, received)))
          return { standing: { custodian, snapshotId }, against: "same-snapshot" };
        await tx.updateTable("challenges").set({ is_used: true }).where("nonce", "=", nonce).execute();
        return "claimed";
      }),
  };
}

async function enterClaim(
  tx: Transaction,
  { chain, address, custodian, snapshotId }: Challenge,
  { claim: { challenge, method, signature }, claimedAtMs }: ReceivedClaim,
): Promise<boolean> {
  const claimed = { method, claimed_at_ms: BigInt(claimedAtMs) };
  const evidence = { ...claimed, challenge, signature, is_released: false };
  const entered = await tx
    .insertInto("claim_evidence")
    .values({ snapshot_id: snapshotId, chain, address, ...evidence })
    .onConflict((conflict) =>
      conflict
        .columns(["snapshot_id", "chain", "address"])
        .doUpdateSet(evidence)
        .where("claim_evidence.is_released", "=", true),
    )
    .returning("address")
    .executeTakeFirst();
  if (entered === undefined) return false;
  const standing = { custodian, snapshot_id: snapshotId, ...claimed };
  await tx
    .insertInto("claims")
    .values({ chain, address, ...standing })
    .onConflict((conflict) => conflict.columns(["chain", "address"]).doUpdateSet(standing))
    .execute();
  return true;
}
