import { describeDatabases, SILENT } from "@trellis/kit/databases";
import type { JobRun } from "@trellis/platform/jobs";
import type { ServiceIo } from "@trellis/platform/service";
import { privateKeyToAccount } from "viem/accounts";
import { beforeAll, expect, it } from "vitest";
import { verifyAttestation, verifyEvidence } from "../attestation/index.ts";
import { createHeadSigner, decodeEntry } from "../log/index.ts";
import { createStatedChain, parseReservesPlan, type ReserveChain } from "../readings/index.ts";
import { refusal } from "../testing/refusal.ts";
import { attest } from "./attest.ts";
import { openAddresses } from "./openAddresses.ts";
import { claimsOf, openAttestations } from "./openAttestations.ts";
import { openPublisher, type Publisher } from "./openPublisher.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import { openStores, type Stores } from "./openStores.ts";
import { takeSnapshot } from "./takeSnapshot.ts";
import { testKeys } from "./testing/testKeys.ts";

const CUSTODIAN = "exchange.example";
const CHAIN = "eip155:1";
const HEIGHT = 100;
const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
const seed = (byte: number) => new Uint8Array(32).fill(byte);
const signer = createHeadSigner(CUSTODIAN, "ed25519", seed(3));

const plan = parseReservesPlan(
  JSON.stringify({
    quote: "USD",
    chains: [{ chain: CHAIN, statement: { by: "treasury", from: "file:x" } }],
    assets: [{ asset: "ETH", counted: [{ chain: CHAIN }], haircutBasisPoints: 1_000 }],
    prices: [],
  }),
);

function reservesOf(held: () => bigint): ReserveChains {
  const chain: ReserveChain = createStatedChain(CHAIN, "treasury", async () => {
    const balances = { [account.address]: String(held()) };
    return JSON.stringify({
      chain: CHAIN,
      height: HEIGHT,
      hash: `0x${"ab".repeat(32)}`,
      timeMs: 1,
      balances,
    });
  });
  return {
    plan,
    chains: new Map([[CHAIN, chain]]),
    wallets: { isValidSignature: async () => false },
    heights: async () => ({ [CHAIN]: HEIGHT }),
    prices: async (assets) => ({
      quote: "USD",
      prices: assets.map((asset) => ({ asset, sources: [{ name: "desk", price: "3000", timeMs: 1 }] })),
    }),
  };
}

function jobOf<Data>(id: string, data: Data): JobRun<Data> {
  return { id, data, attempt: 1, signal: new AbortController().signal, progress: async () => {} };
}

describeDatabases("attestations of the reserves service", (under) => {
  let stores: Stores;
  let publisher: Publisher;
  let held = 0n;
  const reserves = reservesOf(() => held);

  beforeAll(async () => {
    stores = await openStores(under.database(), testKeys(), {
      log: { child: () => SILENT.log },
    } as unknown as ServiceIo);
    const memory = { read: async () => undefined, replace: async () => true };
    publisher = openPublisher(CUSTODIAN, { ...stores, memory, signer, clock: SILENT.clock });
    await stores.ledger.addAsset({ symbol: "ETH", decimals: 18 });
    await stores.ledger.addCustomers([{ reference: "alice" }]);
    const entry = { customer: "alice", asset: "ETH", kind: "deposit", reference: "tx" } as const;
    await stores.ledger.enter([{ ...entry, key: "d", amount: 90n, happenedAtMs: 1 }]);
  });

  async function snapshotWith(isClaimed: boolean, given: ReserveChains | null = reserves): Promise<string> {
    const ports = { ...SILENT, ...stores, publisher, kick: async () => {} };
    const take = takeSnapshot({ ...ports, ...(given === null ? {} : { reserves: given }) });
    const [last] = await stores.snapshots.list({ limit: 1 });
    const request = { scheme: "sum" as const, blockHeights: {} };
    const { number } = await take(jobOf(`snapshot-${last?.number ?? 0}`, request));
    const { record } = await stores.snapshots.record(number);
    if (isClaimed) await claimFor(record.snapshotId);
    return record.snapshotId;
  }

  async function answerFor(snapshotId: string) {
    const addresses = openAddresses(CUSTODIAN, { ...SILENT, ...stores });
    const challenge = await addresses.challenge({ chain: CHAIN, address: account.address, snapshotId });
    return { challenge, method: "eip191", signature: await account.signMessage({ message: challenge }) };
  }

  async function claimFor(snapshotId: string) {
    const answer = await answerFor(snapshotId);
    return openAddresses(CUSTODIAN, { ...SILENT, ...stores }).claim(answer);
  }

  const attesting = (change: object = {}) =>
    attest({ ...stores, ...SILENT, custodian: CUSTODIAN, reserves, publisher, signer, ...change });

  it("reads, signs, and publishes once per job, also when repeated; anyone can verify the result", async () => {
    held = 100n;
    const snapshotId = await snapshotWith(true);
    const job = jobOf("job-1", { snapshotId });
    const broken = { ...publisher, append: async () => Promise.reject(new Error("killed")) };
    await expect(attesting({ publisher: broken })(job)).rejects.toThrowError("killed");
    held = 0n;
    const made = await attesting()(job);
    expect(await attesting()(job)).toEqual(made);
    expect(made).toMatchObject({ id: "1", isCovered: true, logIndex: 1 });

    const attestations = openAttestations(stores.tables);
    expect(await attestations.list(undefined, 5)).toMatchObject([{ ...made, snapshotId }]);
    expect(await attestations.list("1", 5)).toEqual([]);
    const text = (await attestations.signed("1"))!;
    const { record } = await stores.snapshots.record(1);
    const { attestation, notProved } = verifyAttestation(text, {
      custodian: CUSTODIAN,
      keys: [signer.key],
      record,
    });
    expect(attestation.assets).toMatchObject([{ liabilities: "90", reserves: "100", countedReserves: "90" }]);
    expect(attestation.readings).toEqual([{ chain: CHAIN, source: "statement", by: "treasury" }]);
    expect(notProved.map(({ statement }) => statement)).toContain("BALANCES_STATED");
    const evidence = (await attestations.evidence("1"))!;
    expect(await verifyEvidence(attestation, record, evidence)).toHaveLength(1);
    const [entry] = await publisher.log.entries(1, 2);
    expect(decodeEntry(entry!)).toMatchObject({ type: "attestation", body: { snapshotId, isCovered: true } });
    const events = await stores.events.read(0n, 10);
    const kinds = ["balance.changed", "snapshot.published", "attestation.published"];
    expect(events.map(({ kind }) => kind)).toEqual(kinds);
    expect([await attestations.signed("9"), await attestations.evidence("x")]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("excludes a withdrawn address, and reports the deficit", async () => {
    held = 1_000n;
    const snapshotId = await snapshotWith(true);
    const addresses = openAddresses(CUSTODIAN, { ...SILENT, ...stores });
    expect(await addresses.release(CHAIN, account.address)).toBe(true);
    expect(await attesting()(jobOf("job-2", { snapshotId }))).toMatchObject({ id: "2", isCovered: false });
    expect(await openAttestations(stores.tables).evidence("2")).toEqual([]);
    expect(await openAttestations(stores.tables).evidence("1")).toHaveLength(1);
  });

  it("OWN-5, ADDRESS_CLAIMED_TWICE: once per snapshot, also after a later one; a withdrawn address counts for neither", async () => {
    const snapshotIds = [await snapshotWith(true), await snapshotWith(true)];
    const evidence = await stores.tables.db.selectFrom("claim_evidence").selectAll().execute();
    await expect(claimFor(snapshotIds[0]!)).rejects.toThrowError(refusal("ADDRESS_CLAIMED_TWICE"));
    expect(await stores.tables.db.selectFrom("claim_evidence").selectAll().execute()).toEqual(evidence);

    const addresses = openAddresses(CUSTODIAN, { ...SILENT, ...stores });
    expect(await addresses.release(CHAIN, `0x${"AB".repeat(20)}`)).toBe(false);
    expect(await addresses.release("x", account.address)).toBe(false);
    expect(await addresses.release(CHAIN, account.address)).toBe(true);
    for (const snapshotId of snapshotIds) expect(await claimsOf(stores.tables, snapshotId)).toEqual([]);

    const answers = [await answerFor(snapshotIds[0]!), await answerFor(snapshotIds[0]!)];
    const settled = await Promise.allSettled(answers.map((answer) => addresses.claim(answer)));
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(settled).toContainEqual({ status: "rejected", reason: refusal("ADDRESS_CLAIMED_TWICE") });
  });

  it("RESERVES_PLAN_MISMATCH, SNAPSHOT_UNKNOWN", async () => {
    const snapshotId = await snapshotWith(false, null);
    await expect(attesting()(jobOf("job-3", { snapshotId }))).rejects.toThrowError(
      refusal("RESERVES_PLAN_MISMATCH: the snapshot does not commit to prices"),
    );
    const unknown = jobOf("job-4", { snapshotId: `0x${"00".repeat(32)}` });
    await expect(attesting()(unknown)).rejects.toThrowError(refusal("SNAPSHOT_UNKNOWN"));
  });
});
