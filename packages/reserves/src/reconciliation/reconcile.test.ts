import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EntryKindName } from "../ledger/index.ts";
import {
  compareIncidents,
  type Movements,
  movementsBetween,
  type ReconciliationInput,
  reconcile,
} from "./index.ts";

const totals = (amounts: Readonly<Record<string, bigint>>) => new Map(Object.entries(amounts));
const NONE = totals({});
const limits = { marginBasisPoints: 100, readingAgeMsMax: 1000, chainTolerance: totals({ ETH: 5n }) };
const good: ReconciliationInput = {
  ledger: totals({ ETH: 1000n }),
  tree: totals({ ETH: 1000n }),
  chain: totals({ ETH: 1010n }),
  nowMs: 5000,
  chainTimeMs: 4000,
  dissentCount: 0,
};

function kindsOf(change: Partial<ReconciliationInput>): string[] {
  return reconcile({ ...good, ...change }, limits).map(({ severity, key }) => `${severity} ${key}`);
}

describe("reconciliation", () => {
  it("finds nothing if everything agrees", () => {
    expect(kindsOf({})).toEqual([]);
  });

  it("CHAIN_UNREADABLE: reports nothing about assets on that chain", () => {
    const unread = { chains: new Map([["eip155:1", "QUORUM_NOT_REACHED"]]), assets: new Set(["ETH"]) };
    expect(reconcile({ ...good, chain: NONE, unread }, limits)).toEqual([
      {
        key: "CHAIN_UNREADABLE:eip155:1",
        kind: "CHAIN_UNREADABLE",
        severity: "warning",
        expected: "eip155:1",
        got: "QUORUM_NOT_REACHED",
        difference: "0",
      },
    ]);
  });

  it("movements are the differences of flows of customers and of reserves", () => {
    const kinds = (amounts: Partial<Record<EntryKindName, bigint>>) =>
      new Map(Object.entries(amounts) as [EntryKindName, bigint][]);
    const before = new Map([["ETH", kinds({ deposit: 5n, fee: -1n })]]);
    const now = new Map([
      ["ETH", kinds({ deposit: 9n, withdrawal: -3n, fee: -2n, adjustment: 7n })],
      ["BTC", kinds({ deposit: 1n })],
    ]);
    const since = movementsBetween(before, now);
    expect(since.deposits).toEqual(totals({ ETH: 4n, BTC: 1n }));
    expect(since.withdrawals).toEqual(totals({ ETH: 3n, BTC: 0n }));
    expect(since.booked).toEqual(totals({ ETH: 6n, BTC: 0n }));
  });

  it("LEDGER_TOTAL_OVERFLOW: total balances or debts exceed what a snapshot can represent", () => {
    const most = 2n ** 128n - 1n;
    const kinds = (owned: bigint, owed: bigint) =>
      kindsOf({
        ledger: totals({ ETH: owned }),
        tree: totals({ ETH: owned }),
        chain: totals({ ETH: 2n * owned }),
        debts: totals({ ETH: owed }),
      });
    expect(kinds(most, most)).toEqual([]);
    expect(kinds(most + 1n, 1n)).toEqual(["critical LEDGER_TOTAL_OVERFLOW:ETH"]);
    expect(kinds(1n, most + 1n)).toEqual(["critical LEDGER_TOTAL_OVERFLOW:ETH:debt"]);
  });

  it("TREE_DIFFERS_FROM_LEDGER", () => {
    const [incident] = reconcile({ ...good, tree: totals({ ETH: 999n }) }, limits);
    expect(incident).toEqual({
      key: "TREE_DIFFERS_FROM_LEDGER:ETH",
      kind: "TREE_DIFFERS_FROM_LEDGER",
      severity: "critical",
      asset: "ETH",
      expected: "1000",
      got: "999",
      difference: "-1",
    });
  });

  it("RESERVES_BELOW_LIABILITIES, by the greater of ledger and tree; RESERVES_NEAR_LIABILITIES above", () => {
    expect(kindsOf({ chain: totals({ ETH: 999n }) })).toEqual(["critical RESERVES_BELOW_LIABILITIES:ETH"]);
    expect(kindsOf({ chain: totals({ ETH: 1009n }) })).toEqual(["warning RESERVES_NEAR_LIABILITIES:ETH"]);
    expect(kindsOf({ tree: totals({ ETH: 1200n }) })).toEqual([
      "critical TREE_DIFFERS_FROM_LEDGER:ETH",
      "critical RESERVES_BELOW_LIABILITIES:ETH",
    ]);
  });

  it("ASSET_MISSING: liabilities without reserves, reserves without liabilities", () => {
    const both = totals({ ETH: 1000n, XYZ: 5n });
    expect(kindsOf({ ledger: both, tree: both })).toEqual(["critical ASSET_MISSING:XYZ"]);
    expect(kindsOf({ chain: totals({ ETH: 1010n, XYZ: 5n }) })).toEqual(["notice ASSET_MISSING:XYZ"]);
    expect(kindsOf({ ledger: totals({ ETH: 1000n, XYZ: 0n }) })).toEqual(["notice ASSET_MISSING:XYZ"]);
  });

  const since: Movements = {
    deposits: totals({ ETH: 30n }),
    withdrawals: totals({ ETH: 20n }),
    booked: totals({ ETH: -1n }),
    own: totals({ ETH: -2n }),
  };
  const before = { ledger: totals({ ETH: 991n }), chain: totals({ ETH: 1002n }), since };

  it("LEDGER_NOT_CONSERVED: Δ total = deposits − withdrawals ± booked items", () => {
    expect(kindsOf({ before })).toEqual([]);
    expect(kindsOf({ before: { ...before, ledger: totals({ ETH: 990n }) } })).toEqual([
      "critical LEDGER_NOT_CONSERVED:ETH",
    ]);
    expect(kindsOf({ before: { ...before, since: { ...since, booked: NONE } } })).toEqual([
      "critical LEDGER_NOT_CONSERVED:ETH",
    ]);
  });

  it("CHAIN_MOVED_UNBOOKED: beyond the tolerance; outflows are more severe than inflows", () => {
    const moved = (chain: bigint) => ({ before: { ...before, chain: totals({ ETH: chain }) } });
    expect(kindsOf(moved(1007n))).toEqual([]);
    expect(kindsOf(moved(1008n))).toEqual(["critical CHAIN_MOVED_UNBOOKED:ETH"]);
    expect(kindsOf(moved(996n))).toEqual(["warning CHAIN_MOVED_UNBOOKED:ETH"]);
  });

  it("READING_OLD and NODES_DISSENTED come after more severe incidents", () => {
    expect(kindsOf({ chainTimeMs: 3999, dissentCount: 2, chain: totals({ ETH: 1n }) })).toEqual([
      "critical RESERVES_BELOW_LIABILITIES:ETH",
      "warning READING_OLD",
      "notice NODES_DISSENTED",
    ]);
  });

  it("is the same for the same input, in any order of assets", () => {
    const amounts = fc.dictionary(fc.constantFrom("A", "B", "C"), fc.bigInt({ min: 0n, max: 5n }));
    fc.assert(
      fc.property(amounts, amounts, amounts, (ledger, tree, chain) => {
        const forwards = kindsOf({ ledger: totals(ledger), tree: totals(tree), chain: totals(chain) });
        const reversed = (record: Readonly<Record<string, bigint>>) =>
          new Map(Object.entries(record).reverse());
        expect(kindsOf({ ledger: reversed(ledger), tree: reversed(tree), chain: reversed(chain) })).toEqual(
          forwards,
        );
        const isShort = Object.entries(ledger).some(([asset, owed]) => owed > (chain[asset] ?? 0n));
        expect(forwards.some((line) => line.startsWith("critical")) || !isShort).toBe(true);
        expect(new Set(forwards).size).toBe(forwards.length);
      }),
    );
  });
});

describe("incidents over time", () => {
  it("are opened once, stay open, and are resolved", () => {
    const low = reconcile({ ...good, chain: totals({ ETH: 999n }) }, limits);
    const lower = reconcile({ ...good, chain: totals({ ETH: 1n }), dissentCount: 1 }, limits);
    expect(compareIncidents([], low)).toEqual({ opened: low, continued: [], resolved: [] });
    const changes = compareIncidents(low, lower);
    expect(changes.opened.map(({ kind }) => kind)).toEqual(["NODES_DISSENTED"]);
    expect(changes.continued.map(({ got }) => got)).toEqual(["1"]);
    expect(compareIncidents(lower, [])).toEqual({ opened: [], continued: [], resolved: lower });
  });
});
