import { describe, expect, it } from "vitest";
import { readyLine } from "./readyLine.ts";
import { type ReadyDevnet, readyTable } from "./readyTable.ts";

const DEVNET: ReadyDevnet = {
  rpc: "http://127.0.0.1:8545",
  ws: "ws://127.0.0.1:8545",
  http: "http://127.0.0.1:8080",
  chainId: 31337,
  dataDir: "/home/me/.trellis/devnet",
  blockTime: "instant",
  mnemonic: "test test junk",
  accounts: [
    { address: "0xAAAA", privateKey: "0x01", balance: 10_000n * 10n ** 18n },
    { address: "0xBBBB", privateKey: "0x02", balance: 9_999_500_000_000_000_000_000n },
    { address: "0xCCCC", privateKey: "0x03", balance: 1n },
  ],
};

describe("ready line", () => {
  it("is one line of JSON with exactly the promised fields", () => {
    expect(readyLine(DEVNET)).toBe(
      '{"event":"ready","rpc":"http://127.0.0.1:8545","ws":"ws://127.0.0.1:8545",' +
        '"http":"http://127.0.0.1:8080","chainId":31337,"dataDir":"/home/me/.trellis/devnet"}\n',
    );
  });

  it("an ephemeral network has no data directory", () => {
    expect(JSON.parse(readyLine({ ...DEVNET, dataDir: null })).dataDir).toBe(null);
  });
});

describe("ready table", () => {
  const table = readyTable(DEVNET);

  it("shows the RPC address, chain id, data directory and mnemonic", () => {
    for (const text of [
      DEVNET.rpc,
      DEVNET.ws,
      DEVNET.http,
      "31337",
      "/home/me/.trellis/devnet",
      "test test junk",
    ]) {
      expect(table).toContain(text);
    }
  });

  it("aligns the accounts with their balances and keys", () => {
    expect(table).toContain("  0  0xAAAA                10,000\n");
    expect(table).toContain("  1  0xBBBB               9,999.5\n");
    expect(table).toContain("  2  0xCCCC  0.000000000000000001\n");
    expect(table).toContain("  Private keys\n  0  0x01\n  1  0x02\n  2  0x03\n");
  });

  it("keeps account lines within 80 columns", () => {
    const account = {
      address: `0x${"a".repeat(40)}`,
      privateKey: `0x${"b".repeat(64)}`,
      balance: 10n ** 22n,
    };
    const lines = readyTable({ ...DEVNET, accounts: Array(20).fill(account) }).split("\n");
    const rows = lines.filter((line) => /^ +\d+ {2}0x/.test(line));
    expect(rows).toHaveLength(40);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(80);
  });

  it("shows the demo custodian's address, keys and a command to try, and nothing without a custodian", () => {
    const reserves = { url: `${DEVNET.http}/v1`, adminKey: "trk_a", customer: "c-7", customerKey: "trk_c" };
    const lines = readyTable({ ...DEVNET, reserves });
    for (const text of ["trk_a", "trk_c  (c-7)", "http://127.0.0.1:8080/v1/customers/c-7/snapshots/1/proof"])
      expect(lines).toContain(text);
    expect(table).not.toContain("custodian");
  });

  it("shows the demo market's address, key and settings, and how its price gaps close", () => {
    const market = { mode: "paper", url: `${DEVNET.http}/arbitrage/v1`, adminKey: "trk_m" } as const;
    const settingsFile = "/demo/arbitrage.yaml";
    const lines = readyTable({ ...DEVNET, arbitrage: { ...market, settingsFile } });
    for (const text of [market.url, "trk_m", `--config ${settingsFile}`, "--arbitrage live trades them"])
      expect(lines).toContain(text);
    const alone = { mode: "market", url: null, adminKey: null, settingsFile } as const;
    expect(readyTable({ ...DEVNET, arbitrage: alone })).toContain("no service closes price gaps");
    expect(JSON.parse(readyLine({ ...DEVNET, arbitrage: alone })).arbitrage).toEqual(alone);
    expect(table).not.toContain("rbitrage");
  });

  it("warns that the keys are public", () => {
    expect(table).toContain("These keys are public");
  });

  it("states how blocks are produced and whether they are kept", () => {
    expect(table).toContain("one per transaction, otherwise an empty one every 3 s");
    expect(readyTable({ ...DEVNET, blockTime: 2000 })).toContain("every 2000 ms");
    expect(readyTable({ ...DEVNET, blockTime: 1_000 / 3 })).toContain("every 333 ms\n");
    expect(table).toContain("resumes from here");
    const ephemeral = readyTable({ ...DEVNET, dataDir: null });
    expect(ephemeral).toContain("in memory only");
    expect(ephemeral).not.toContain("resumes from here");
    expect(ephemeral).toContain("the chain is forgotten");
  });

  it("shows at most twenty accounts and counts the rest", () => {
    const accounts = Array.from({ length: 25 }, () => DEVNET.accounts[0]!);
    const long = readyTable({ ...DEVNET, accounts });
    expect(long).toContain("and 5 more");
    expect(long).toContain("  19  0xAAAA");
    expect(long).not.toContain("  20  0xAAAA");
  });
});
