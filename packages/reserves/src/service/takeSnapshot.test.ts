import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { type JobRun, jobsErrors } from "@trellis/platform/jobs";
import type { ServiceIo } from "@trellis/platform/service";
import { beforeAll, expect, it } from "vitest";
import { createHeadSigner, decodeEntry } from "../log/index.ts";
import { endSnapshot } from "./endSnapshot.ts";
import { openPublisher, type Publisher } from "./openPublisher.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import { openStores, type Stores } from "./openStores.ts";
import { priceSetOf } from "./priceSets.ts";
import { type SnapshotRequest, takeSnapshot } from "./takeSnapshot.ts";
import { testKeys } from "./testing/testKeys.ts";

const code = (name: string) => expect.objectContaining({ code: name });
const CHAIN = "eip155:1";
const seed = (byte: number) => new Uint8Array(32).fill(byte);

function jobOf(id: string, blockHeights = {}): JobRun<SnapshotRequest> {
  const data: SnapshotRequest = { scheme: "sum", blockHeights };
  return { id, data, attempt: 1, signal: new AbortController().signal, progress: async () => {} };
}

function reservesWith(heights: ReserveChains["heights"]): ReserveChains {
  const sources = [{ name: "desk", price: "3000", timeMs: 1 }];
  const prices: ReserveChains["prices"] = async (assets) => ({
    quote: "USD",
    prices: assets.map((asset) => ({ asset, sources })),
  });
  return { heights, prices } as ReserveChains;
}

describeDatabases("snapshots of the reserves service", (under) => {
  let stores: Stores;
  let publisher: Publisher;
  beforeAll(async () => {
    const io = { log: { child: () => SILENT.log } } as unknown as ServiceIo;
    stores = await openStores(under.database(), testKeys(), io);
    const memory = { read: async () => undefined, replace: async () => true };
    const signer = createHeadSigner("exchange.example", "ed25519", seed(3));
    publisher = openPublisher("exchange.example", { ...stores, memory, signer, clock: SILENT.clock });
    await stores.ledger.addAsset({ symbol: "ETH", decimals: 18 });
    await stores.ledger.addCustomers([{ reference: "alice" }]);
    const entry = { customer: "alice", asset: "ETH", kind: "deposit", reference: "tx" } as const;
    await stores.ledger.enter([{ ...entry, key: "d", amount: 90n, happenedAtMs: 1 }]);
  });

  const take = (id: string, change: Partial<Publisher> = {}) =>
    takeSnapshot({
      ...SILENT,
      ...stores,
      publisher: { ...publisher, ...change },
      kick: async () => {},
    })(jobOf(id));
  const published = async () => {
    const entries = await publisher.log.entries(0, await publisher.log.size());
    return entries.map((bytes) => decodeEntry(bytes)).map(({ body }) => (body as { number: number }).number);
  };
  const told = async () =>
    (await stores.events.read(0n, 100))
      .filter(({ kind }) => kind === "snapshot.published")
      .map(({ data }) => (data as { number: number }).number);
  const takers = async () =>
    (
      await stores.tables.db.selectFrom("snapshot_jobs").selectAll().where("is_told", "=", false).execute()
    ).map(({ job_id }) => job_id);

  it("SNAP-13: a snapshot whose job ended between signing and publishing is published and reported before the next starts", async () => {
    const killed = async () => Promise.reject(new Error("killed"));
    await expect(take("first", { publish: killed })).rejects.toThrowError("killed");
    expect([await published(), await told()]).toEqual([[], []]);
    expect(await take("second")).toMatchObject({ number: 2, logIndex: 1 });
    expect([await published(), await told()]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(await take("first")).toMatchObject({ number: 1, logIndex: 0 });
    expect([await published(), await told()]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("SNAP-12, SNAPSHOT_SIGNED: the job continues for a snapshot signed while it is being ended", async () => {
    const number = await stores.snapshots.begin();
    const row = { number: BigInt(number), is_told: false };
    await stores.tables.db
      .insertInto("snapshot_jobs")
      .values({ job_id: "taker", ...row })
      .execute();
    const cancelled: string[] = [];
    const jobs = {
      async cancel(_: string, id: string) {
        cancelled.push(id);
        if (id === "gone") throw jobsErrors.JOB_UNKNOWN();
      },
    };
    const signing = {
      async end(ended: number) {
        await stores.snapshots.build(ended);
        await stores.snapshots.end(ended);
      },
    };
    await expect(endSnapshot({ ...stores, snapshots: signing, jobs })(number)).rejects.toThrowError(
      code("SNAPSHOT_SIGNED"),
    );
    expect([cancelled, await takers()]).toEqual([[], ["taker"]]);
    expect(await take("taker")).toMatchObject({ number });

    const next = await stores.snapshots.begin();
    for (const job_id of ["gone", "next"])
      await stores.tables.db
        .insertInto("snapshot_jobs")
        .values({ ...row, job_id, number: BigInt(next) })
        .execute();
    await endSnapshot({ ...stores, jobs })(next);
    expect([cancelled.toSorted(), await takers()]).toEqual([["gone", "next"], []]);
    expect(await take("another")).toMatchObject({ number: next });
  });

  it("ATT-12, SNAPSHOT_TERMS_INVALID: heights must be of the plan's chains", async () => {
    const taking = takeSnapshot({
      ...SILENT,
      ...stores,
      publisher,
      kick: async () => {},
      reserves: reservesWith(async () => ({ [CHAIN]: 7 })),
    });
    for (const given of [{ [CHAIN]: 5 }, { "eip155:5": 5 }])
      await expect(taking(jobOf("choosing", given))).rejects.toThrowError(code("SNAPSHOT_TERMS_INVALID"));
    const { number } = await taking(jobOf("asking"));
    const { record } = await stores.snapshots.record(number);
    expect(record.blockHeights).toEqual({ [CHAIN]: 7 });
  });

  it("ATT-12, SNAPSHOT_ASSET_UNPRICED: requests the price of an asset that is added while chains are read", async () => {
    const reserves = reservesWith(async () => {
      await stores.ledger.addAsset({ symbol: "XYZ", decimals: 2 });
      return { [CHAIN]: 8 };
    });
    const taking = takeSnapshot({ ...SILENT, ...stores, publisher, reserves, kick: async () => {} });
    const { number } = await taking(jobOf("adding"));
    const { record } = await stores.snapshots.record(number);
    expect(record.totals.map(({ asset }) => asset)).toContain("XYZ");
    const { prices } = await priceSetOf(stores.tables, record.priceSetHash);
    expect(prices.map(({ asset }) => asset)).toContain("XYZ");
    const old = { setHash: record.priceSetHash!, assets: ["ETH"] };
    await expect(stores.snapshots.begin({ prices: old })).rejects.toThrowError(
      code("SNAPSHOT_ASSET_UNPRICED"),
    );
  });
});
