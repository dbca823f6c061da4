import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { createDedupeStore } from "@trellis/platform/notify";
import type { ServiceIo } from "@trellis/platform/service";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { enterUnchecked } from "../ledger/testing/enterUnchecked.ts";
import { createStatedChain, parseReservesPlan } from "../readings/index.ts";
import { notificationOf } from "./notificationOf.ts";
import { openIncidents } from "./openIncidents.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import { openStores, type Stores } from "./openStores.ts";
import { publishAnchorEvents } from "./publishAnchorEvents.ts";
import { publishAuditHead } from "./publishAuditHead.ts";
import { type ReconciliationRequest, reconcileAll } from "./reconcileAll.ts";
import { testKeys } from "./testing/testKeys.ts";

const CHAIN = "eip155:1";
const ADDRESS = `0x${"11".repeat(20)}`;
const KEYS = testKeys();

describeDatabases("reconciliation of the reserves service", (under) => {
  let stores: Stores;
  let held: bigint | undefined;
  let timeMs: number;
  const plan = parseReservesPlan(
    JSON.stringify({
      quote: "USD",
      chains: [{ chain: CHAIN, statement: { by: "treasury", from: "file:x" } }],
      assets: [{ asset: "ETH", counted: [{ chain: CHAIN }], tolerance: "2" }],
      prices: [],
    }),
  );
  const chain = createStatedChain(CHAIN, "treasury", async () => {
    const balances = held === undefined ? {} : { [ADDRESS]: String(held) };
    return JSON.stringify({ chain: CHAIN, height: 1, hash: `0x${"ab".repeat(32)}`, timeMs, balances });
  });
  const reserves = { plan, chains: new Map([[CHAIN, chain]]) } as unknown as ReserveChains;

  beforeAll(async () => {
    const io = { log: { child: () => SILENT.log } } as unknown as ServiceIo;
    stores = await openStores(under.database(), KEYS, io);
    await stores.ledger.addAsset({ symbol: "ETH", decimals: 18 });
    await stores.ledger.addCustomers([{ reference: "alice" }]);
    await book("deposit", 90n);
    const claim = { chain: CHAIN, address: ADDRESS, custodian: "c", method: "eip191" };
    await stores.tables.db
      .insertInto("claims")
      .values({ ...claim, snapshot_id: "0x01", claimed_at_ms: 1n })
      .execute();
  });
  beforeEach(() => {
    timeMs = SILENT.clock.nowMs();
  });

  let bookedCount = 0;
  function book(kind: "deposit" | "withdrawal", amount: bigint) {
    bookedCount += 1;
    const entry = { customer: "alice", asset: "ETH", reference: "tx", happenedAtMs: 1 };
    return stores.ledger.enter([{ ...entry, key: `entry-${bookedCount}`, kind, amount }]);
  }

  const incidentsOf = () => openIncidents({ ...stores, clock: SILENT.clock });

  async function reconciled(request: ReconciliationRequest = {}): Promise<string[]> {
    const incidents = incidentsOf();
    await reconcileAll(request, { ...stores, ...SILENT, incidents, reserves });
    const open = await incidents.list({ isOpen: true }, undefined, 10);
    return open.map(({ severity, key }) => `${severity} ${key}`).sort();
  }

  it("reports unbooked movements on the chain until they are booked or explained", async () => {
    held = 100n;
    expect(await reconciled()).toEqual([]);
    held = 98n;
    expect(await reconciled()).toEqual([]);
    held = 95n;
    expect(await reconciled()).toEqual(["critical CHAIN_MOVED_UNBOOKED:ETH"]);
    await book("withdrawal", -5n);
    expect(await reconciled()).toEqual([]);
    held = 120n;
    expect(await reconciled()).toEqual(["warning CHAIN_MOVED_UNBOOKED:ETH"]);
    expect(await reconciled({ isRebased: true })).toEqual([]);
    expect(await reconciled()).toEqual([]);
  });

  it("RESERVES_BELOW_LIABILITIES stays open while the chain cannot be read, and is reported once", async () => {
    held = 50n;
    await reconciled({ isRebased: true });
    const below = "critical RESERVES_BELOW_LIABILITIES:ETH";
    expect(await reconciled()).toEqual([below]);
    held = undefined;
    expect(await reconciled()).toEqual([below, `warning CHAIN_UNREADABLE:${CHAIN}`]);
    held = 50n;
    expect(await reconciled()).toEqual([below]);
    held = 200n;
    expect(await reconciled({ isRebased: true })).toEqual([]);
    const told = (await stores.events.read(0n, 100)).flatMap((event) => notificationOf(event) ?? []);
    const ofReserves = told.filter(({ subject }) => subject.endsWith("RESERVES_BELOW_LIABILITIES ETH"));
    expect(ofReserves.map(({ severity, kind }) => [severity, kind])).toEqual([
      ["critical", "incident.opened"],
      ["info", "incident.closed"],
    ]);
    expect(ofReserves[0]!.text).toContain("Expected 85, got 50");
  });

  it("READING_OLD", async () => {
    timeMs = SILENT.clock.nowMs() - 3_601_000;
    expect(await reconciled({ isRebased: true })).toEqual(["warning READING_OLD"]);
  });

  it("without chains compares the ledger only with itself", async () => {
    const ports = { ...stores, ...SILENT, incidents: incidentsOf() };
    expect(await reconcileAll({ isRebased: true }, ports)).toEqual({ openCount: 0, unreadCount: 0 });
  });

  it("customers receive balance events with the entries", async () => {
    const balances = (await stores.events.read(0n, 100)).filter(({ kind }) => kind === "balance.changed");
    expect(balances.map(({ data }) => data)).toEqual([
      { customerId: "alice", asset: "ETH", balance: "90", sequence: "1" },
      { customerId: "alice", asset: "ETH", balance: "85", sequence: "2" },
    ]);
  });

  it("LEDGER_TOTAL_OVERFLOW: opens without chains too, and closes when the total falls below the limit", async () => {
    const { schema } = stores.ledger;
    await stores.ledger.addAsset({ symbol: "OLD", decimals: 0 });
    await stores.ledger.addCustomers([{ reference: "bob" }]);
    const position = await stores.ledger.position();
    // Older versions without a total limit wrote such entries.
    await enterUnchecked(under.database(), { schema }, { assetId: 2, position }, stores.atRest);
    const incidents = incidentsOf();
    const open = async () => {
      await reconcileAll({ isRebased: true }, { ...stores, ...SILENT, incidents });
      return (await incidents.list({ isOpen: true }, undefined, 10)).map(
        ({ severity, key }) => `${severity} ${key}`,
      );
    };
    expect(await open()).toEqual(["critical LEDGER_TOTAL_OVERFLOW:OLD"]);
    const entry = { customer: "bob", asset: "OLD", reference: "correction", happenedAtMs: 1 };
    await stores.ledger.enter([{ ...entry, key: "correction", kind: "adjustment", amount: -1n }]);
    expect(await open()).toEqual([]);
  });

  it("one of several processes sends a notification, until its time expires", async () => {
    const dedupe = createDedupeStore(stores.tables.db.$pickTables<"told">());
    const tries = await Promise.all([1, 2, 3].map(() => dedupe.claim("news", 10, 100)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect(await dedupe.claim("news", 99, 200)).toBe(false);
    expect(await dedupe.claim("news", 100, 200)).toBe(true);
  });

  it("a final anchor is reported once and in order, and the audit log's head is in the transparency log", async () => {
    const final = new Set([1, 2]);
    const anchor = { chainId: 1, transactionHash: "0x01", blockNumber: 7 };
    const anchors = { of: async (number: number) => (final.has(number) ? anchor : undefined) };
    for (const _ of [1, 2]) await publishAnchorEvents({ ...stores, anchors });
    const events = (await stores.events.read(0n, 100)).filter(({ kind }) => kind === "snapshot.anchored");
    expect(events.map(({ data }) => data)).toEqual([
      { number: 1, ...anchor },
      { number: 2, ...anchor },
    ]);

    const appended: unknown[] = [];
    const publisher = { append: async (entry: unknown) => appended.push(entry) };
    const { store, log } = stores.audit;
    expect(await publishAuditHead("c", { store, publisher })).toBeUndefined();
    const event = {
      actor: "a",
      action: "b",
      subject: "",
      outcome: "done",
      correlationId: "",
      facts: {},
    } as const;
    const { hash } = await log.append(event);
    await publishAuditHead("c", { store, publisher });
    const body = { custodian: "c", sequence: 0, hash: `0x${Buffer.from(hash).toString("hex")}` };
    expect(appended).toEqual([{ type: "audit", body }]);
  });
});
