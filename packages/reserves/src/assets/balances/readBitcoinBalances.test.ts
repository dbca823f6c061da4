import { bytesToHex, type Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { addressToScript } from "../bitcoin/address.ts";
import type { BitcoinView } from "./BitcoinView.ts";
import { createCoreBitcoinView } from "./createCoreBitcoinView.ts";
import { readBitcoinBalances } from "./readBitcoinBalances.ts";

const HEIGHT = 900_000;
const BEST = "ab".repeat(32);
const HASH: Hex = `0x${BEST}`;
const ADDRESSES = [
  "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l",
  "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
] as const;
const scriptOf = (address: string) => bytesToHex(addressToScript(address)).slice(2);
const COINS = [
  { scriptPubKey: scriptOf(ADDRESSES[0]), amount: 0.1 },
  { scriptPubKey: scriptOf(ADDRESSES[0]), amount: 20_999_999.97690001 },
  { scriptPubKey: scriptOf(ADDRESSES[1]), amount: 50 },
];
const SCAN = { success: true, bestblock: BEST, unspents: COINS };

/** A Bitcoin Core node that answers as a test says. */
function core(name: string, answers: Readonly<Record<string, unknown>> = {}): BitcoinView {
  const all: Readonly<Record<string, unknown>> = { getblockhash: BEST, scantxoutset: SCAN, ...answers };
  return createCoreBitcoinView(name, async (method, params) => {
    const answer = all[method];
    if (method === "scantxoutset")
      expect(params).toEqual(["start", ADDRESSES.map((address) => `raw(${scriptOf(address)})`)]);
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

const request = { network: "mainnet", addresses: ADDRESSES, block: { height: HEIGHT }, quorum: 2 } as const;
const refusal = (code: string) => expect.objectContaining({ code });

describe("balances of Bitcoin addresses", () => {
  it("to the satoshi, from nodes that agree; one that lies is named", async () => {
    const liar = core("c", { scantxoutset: { ...SCAN, unspents: COINS.slice(1) } });
    const report = await readBitcoinBalances([core("a"), core("b"), liar], request);
    expect(report.block).toEqual({ height: HEIGHT, hash: HASH });
    expect(report.balances).toEqual([
      { address: ADDRESSES[0], amountSat: 2_100_000_007_690_001n },
      { address: ADDRESSES[1], amountSat: 5_000_000_000n },
    ]);
    expect(report.dissent).toEqual([
      { node: "c", question: "balances of 2 addresses", answer: "2099999997690001,5000000000" },
    ]);
  });

  it("an address in capitals is the same address", async () => {
    const addresses = [ADDRESSES[0].toUpperCase(), ADDRESSES[1]];
    const { balances } = await readBitcoinBalances([core("a")], { ...request, addresses, quorum: 1 });
    expect(balances[0]?.address).toBe(ADDRESSES[0]);
  });

  it("NODES_TOO_FEW: a node that has gone on to the next block can't tell", async () => {
    const ahead = core("b", { scantxoutset: { ...SCAN, bestblock: "cd".repeat(32) } });
    await expect(readBitcoinBalances([core("a"), ahead], request)).rejects.toEqual(refusal("NODES_TOO_FEW"));
    const missing = core("b", { getblockhash: Object.assign(new TypeError("out of range"), { code: -8 }) });
    await expect(readBitcoinBalances([core("a"), missing], request)).rejects.toEqual(
      refusal("NODES_TOO_FEW"),
    );
  });

  it("NODES_DISAGREE", async () => {
    const other = core("b", { scantxoutset: { ...SCAN, unspents: [] } });
    await expect(readBitcoinBalances([core("a"), other], request)).rejects.toEqual(refusal("NODES_DISAGREE"));
  });

  it("BLOCK_REORGANISED: another block than the pinned one, or another afterwards", async () => {
    const pinned = { ...request, block: { height: HEIGHT, hash: `0x${"cd".repeat(32)}` as const } };
    await expect(readBitcoinBalances([core("a"), core("b")], pinned)).rejects.toEqual(
      refusal("BLOCK_REORGANISED"),
    );
    let asked = 0;
    const moving: BitcoinView = {
      ...core("a"),
      blockHash: async () => (asked++ === 0 ? HASH : `0x${"cd".repeat(32)}`),
    };
    await expect(readBitcoinBalances([moving], { ...request, quorum: 1 })).rejects.toEqual(
      refusal("BLOCK_REORGANISED"),
    );
  });

  it("QUORUM_INVALID and BITCOIN_ADDRESS_INVALID", async () => {
    await expect(readBitcoinBalances([core("a"), core("b")], { ...request, quorum: 1 })).rejects.toEqual(
      refusal("QUORUM_INVALID"),
    );
    await expect(
      readBitcoinBalances([core("a"), core("b")], { ...request, addresses: ["x"] }),
    ).rejects.toEqual(refusal("BITCOIN_ADDRESS_INVALID"));
  });

  it("NODE_ANSWER_INVALID: answers that are none", async () => {
    const block = { height: HEIGHT, hash: HASH };
    const scripts = ADDRESSES.map((address): Hex => `0x${scriptOf(address)}`);
    const invalid = refusal("NODE_ANSWER_INVALID");
    for (const answer of [
      null,
      {},
      { ...SCAN, success: false },
      { ...SCAN, unspents: [{ scriptPubKey: "", amount: -1 }] },
      { ...SCAN, unspents: [{ scriptPubKey: "", amount: "1" }] },
    ])
      await expect(core("a", { scantxoutset: answer }).balancesSat(scripts, block)).rejects.toEqual(invalid);
    for (const answer of [null, 5, "ab", {}])
      await expect(core("a", { getblockhash: answer }).blockHash(1)).rejects.toEqual(invalid);
    await expect(core("a", { getblockhash: new TypeError("timeout") }).blockHash(1)).rejects.toThrow(
      "timeout",
    );
    const short: BitcoinView = { ...core("a"), balancesSat: async () => [] };
    await expect(readBitcoinBalances([short], { ...request, quorum: 1 })).rejects.toEqual(
      refusal("NODES_TOO_FEW"),
    );
  });
});
