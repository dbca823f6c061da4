import { describeDatabases, SILENT } from "@trellis/kit/databases";
import { openEvents } from "@trellis/platform/events";
import { expect, it } from "vitest";
import type { LedgerFlows } from "../ledger/index.ts";
import { parseReservesPlan, type ReserveChain } from "../readings/index.ts";
import { openIncidents } from "./openIncidents.ts";
import type { ReserveChains } from "./openReserveChains.ts";
import { type ReconciliationPorts, type ReconciliationRequest, reconcileAll } from "./reconcileAll.ts";
import { openServiceStore } from "./schema.ts";

const ETHEREUM = "eip155:1";
const BITCOIN = "bip122:000000000019d6689c085ae165831e93";
const MOVED = "critical CHAIN_MOVED_UNBOOKED:ETH";
const UNREADABLE = `warning CHAIN_UNREADABLE:${BITCOIN}`;

describeDatabases("what reconciliation compares with", (under) => {
  let madeCount = 0;

  async function custodian() {
    madeCount += 1;
    const database = under.database();
    const tables = await openServiceStore(database, `baseline_${madeCount}`);
    const events = await openEvents({ schema: `baseline_events_${madeCount}` }, { ...SILENT, database });
    const incidents = openIncidents({ tables, events, clock: SILENT.clock });
    const held = { ether: 100n, isBitcoinRead: true };
    const booked = { deposit: 40n, withdrawal: -10n };
    const chainOf = (chain: string, decimals: number, amount: () => bigint) =>
      ({
        chain,
        source: { kind: "statement", by: "treasury" },
        height: async () => {
          if (chain === BITCOIN && !held.isBitcoinRead) throw new Error("down");
          return 1;
        },
        decimals: async () => decimals,
        read: async (_, accounts) => ({
          blockHash: "0x",
          blockTimeMs: SILENT.clock.nowMs(),
          amounts: accounts.map(amount),
          dissent: [],
        }),
      }) as ReserveChain;
    const plan = parseReservesPlan(
      JSON.stringify({
        quote: "USD",
        chains: [
          { chain: ETHEREUM, nodes: ["http://a"] },
          { chain: BITCOIN, statement: { by: "treasury", from: "file:x" } },
        ],
        assets: [
          { asset: "ETH", counted: [{ chain: ETHEREUM }] },
          { asset: "BTC", counted: [{ chain: BITCOIN }] },
        ],
        prices: [],
      }),
    );
    const chains = new Map([
      [ETHEREUM, chainOf(ETHEREUM, 18, () => held.ether)],
      [BITCOIN, chainOf(BITCOIN, 8, () => 5n)],
    ]);
    const owed = () => new Map([["ETH", booked.deposit + booked.withdrawal]]);
    const ports = {
      tables,
      incidents,
      clock: SILENT.clock,
      ledger: {
        assets: async () => [
          { symbol: "ETH", decimals: 18 },
          { symbol: "BTC", decimals: 8 },
        ],
        totals: async () => owed(),
        debtTotals: async () => new Map(),
        flows: async (): Promise<LedgerFlows> => ({
          byKind: new Map([["ETH", new Map(Object.entries(booked) as ["deposit" | "withdrawal", bigint][])]]),
          balances: owed(),
          debts: new Map(),
        }),
      },
      snapshots: { list: async () => [], record: () => Promise.reject(new Error("none")) },
      reserves: { plan, chains } as unknown as ReserveChains,
    } satisfies ReconciliationPorts;

    async function claim(chain: string, address: string): Promise<void> {
      const row = {
        chain,
        address,
        custodian: "c",
        method: "eip191",
        snapshot_id: "0x01",
        claimed_at_ms: 1n,
      };
      await tables.db.insertInto("claims").values(row).execute();
    }
    async function open(): Promise<string[]> {
      const all = await incidents.list({ isOpen: true }, undefined, 20);
      return all
        .filter(({ severity }) => severity !== "notice")
        .map(({ severity, key }) => `${severity} ${key}`)
        .sort();
    }
    async function reconciled(
      request: ReconciliationRequest = {},
      change: Partial<ReconciliationPorts> = {},
    ) {
      await reconcileAll(request, { ...ports, ...change });
      return open();
    }
    await claim(ETHEREUM, "0xaa");
    await claim(BITCOIN, "bc1q");
    expect(await reconciled()).toEqual([]);
    return { held, booked, claim, open, reconciled, incidents };
  }

  it("REC-4: a tree without totals is not compared, and closes no incident", async () => {
    const { reconciled } = await custodian();
    const signed = (scheme: string, totals: object[]) => ({
      snapshots: {
        list: async () => [{ number: 1, state: "signed" as const, position: 1n, timeMs: 1 }],
        record: async () => ({ record: { scheme, totals } }),
      } as unknown as ReconciliationPorts["snapshots"],
    });
    expect(await reconciled({}, signed("plain", []))).toEqual([]);
    const less = [{ asset: "ETH", decimals: 18, amount: "29" }];
    const differs = ["critical TREE_DIFFERS_FROM_LEDGER:ETH"];
    expect(await reconciled({}, signed("sum", less))).toEqual(differs);
    expect(await reconciled({}, signed("plain", []))).toEqual(differs);
    expect(await reconciled({}, signed("sum", [{ ...less[0], amount: "30" }]))).toEqual([]);
  });

  it("RESERVES_SOURCE_UNREADABLE: a baseline covers all chains or none, and closes no incident", async () => {
    const { held, reconciled, open } = await custodian();
    held.ether = 40n;
    expect(await reconciled()).toEqual([MOVED]);
    held.isBitcoinRead = false;
    await expect(reconciled({ isRebased: true })).rejects.toMatchObject({
      code: "RESERVES_SOURCE_UNREADABLE",
      facts: { reason: "not all chains read, so nothing was rebased", unread: BITCOIN },
    });
    expect(await open()).toEqual([MOVED, UNREADABLE]);
    held.isBitcoinRead = true;
    expect(await reconciled()).toEqual([MOVED]);
    expect(await reconciled({ isRebased: true })).toEqual([]);
    expect(await reconciled()).toEqual([]);
  });

  it("REC-5: claiming another address does not explain a difference; booking does", async () => {
    const { held, booked, claim, reconciled, incidents } = await custodian();
    held.ether = 80n;
    expect(await reconciled()).toEqual([MOVED]);
    held.isBitcoinRead = false;
    await claim(ETHEREUM, "0xbb");
    expect(await reconciled()).toEqual([MOVED, UNREADABLE]);
    held.isBitcoinRead = true;
    expect(await reconciled()).toEqual([MOVED]);
    expect(await reconciled()).toEqual([MOVED]);
    const all = await incidents.list({ isOpen: true }, undefined, 20);
    const moved = all.find(({ key }) => MOVED.endsWith(key));
    expect(moved).toMatchObject({ expected: "180", got: "160", difference: "-20" });
    booked.withdrawal -= 20n;
    expect(await reconciled()).toEqual([]);
  });

  it("REC-5: an explanation covers the difference at its time, also with another address", async () => {
    const { held, claim, reconciled } = await custodian();
    held.ether = 40n;
    expect(await reconciled()).toEqual([MOVED]);
    await claim(ETHEREUM, "0xbb");
    expect(await reconciled({ isRebased: true })).toEqual([]);
    expect(await reconciled()).toEqual([]);
  });
});
