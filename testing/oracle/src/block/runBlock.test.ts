import { bytesToHex } from "@trellis/base";
import {
  type Address,
  type BlockResult,
  bloomBits,
  bloomContainsAny,
  EMPTY_CODE_HASH,
  KEY_ALGORITHMS,
  KEY_SCHEMES,
  keyAddress,
  type Receipt,
  type SignedBy,
  signKeyAgile,
  TRANSACTION_TYPES,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import {
  ALICE,
  BASE_FEE,
  BOB,
  BOB_KEY,
  blockInput,
  COIN,
  CONTEXT,
  CONTRACT,
  carrier,
  MERGER,
  MINER,
  OTHER,
  push,
  slotOfNumber,
  stateOf,
  TREASURY,
  transfer,
} from "../testState.ts";

const evm = createOracleEvm();
const RICH = { balance: COIN };
const TIP = 100n;

function receiptAt(result: BlockResult, carrierIndex: number, index: number): Receipt {
  const outcome = result.outcomes[carrierIndex]![index]!;
  if (outcome.kind !== "accepted") throw new Error(`skipped: ${outcome.reason}`);
  return outcome.receipt;
}

function balances(result: BlockResult): Record<Address, bigint | undefined> {
  return Object.fromEntries(
    [...result.changes.accounts].map(([address, account]) => [address, account?.balance]),
  );
}

describe("fees", () => {
  it("the sender pays base fee and tip, the carrier's tip recipient gets the tip, the rest is burned", async () => {
    const state = stateOf({ [ALICE]: RICH });
    const result = await evm.runBlock(
      blockInput(state, [carrier([transfer({ value: 7n })], { tipRecipient: MERGER })]),
    );
    expect(balances(result)).toEqual({
      [ALICE]: COIN - 7n - 21_000n * (BASE_FEE + TIP),
      [BOB]: 7n,
      [MERGER]: 21_000n * TIP,
    });
    expect(receiptAt(result, 0, 0).effectiveGasPrice).toBe(BASE_FEE + TIP);
  });

  it("the fee cap limits the tip", async () => {
    const state = stateOf({ [ALICE]: RICH });
    const signed = transfer({ maxFeePerGas: BASE_FEE + 5n });
    const result = await evm.runBlock(blockInput(state, [carrier([signed])]));
    expect(balances(result)[MINER]).toBe(21_000n * 5n);
    expect(receiptAt(result, 0, 0).effectiveGasPrice).toBe(BASE_FEE + 5n);
  });

  it("a legacy transaction pays its price", async () => {
    const state = stateOf({ [ALICE]: RICH });
    const price = { maxFeePerGas: 1_500n, maxPriorityFeePerGas: 1_500n };
    const signed = transfer({ type: TRANSACTION_TYPES.legacy, ...price });
    const result = await evm.runBlock(blockInput(state, [carrier([signed])]));
    expect(balances(result)[MINER]).toBe(21_000n * 500n);
    expect(receiptAt(result, 0, 0)).toMatchObject({ type: 0, effectiveGasPrice: 1_500n });
  });

  it("the share of the base fee is credited once, rounded down, and the rewards after it", async () => {
    const state = stateOf({ [ALICE]: RICH, [BOB]: RICH });
    const result = await evm.runBlock(
      blockInput(state, [carrier([transfer()]), carrier([transfer({ value: 0n, to: CONTRACT }, BOB_KEY)])], {
        context: { ...CONTEXT, baseFee: 333n },
        baseFeeShare: { recipient: TREASURY, basisPoints: 1_001 },
        credits: [
          { address: MINER, amount: COIN },
          { address: MERGER, amount: 3n },
          { address: OTHER, amount: 0n },
        ],
      }),
    );
    const after = balances(result);
    expect(result.gasUsed).toBe(42_000n);
    expect(after[TREASURY]).toBe((42_000n * 333n * 1_001n) / 10_000n);
    expect(after[MINER]).toBe(COIN + 42_000n * TIP);
    expect(after[MERGER]).toBe(3n);
    expect(result.changes.accounts.has(OTHER)).toBe(false);
  });
});

describe("skipped transactions", () => {
  it("the first reason applies, in geth's order", async () => {
    const state = stateOf({
      [ALICE]: { nonce: 5n, balance: 60_000_000n },
      [BOB]: { code: "00", balance: COIN },
    });
    const result = await evm.runBlock(
      blockInput(state, [
        carrier(
          [
            transfer({ nonce: 4n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }),
            transfer({ nonce: 6n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }),
            transfer({ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }, BOB_KEY),
            transfer({ nonce: 5n, maxFeePerGas: BASE_FEE - 1n, value: COIN }),
            transfer({ nonce: 5n, value: COIN, gasLimit: 50_000n }),
            transfer({ nonce: 5n, gasLimit: 29_001n }),
            transfer({ nonce: 5n }),
          ],
          { gasLimit: 29_000n },
        ),
      ]),
    );
    expect(
      result.outcomes[0]!.map((outcome) => (outcome.kind === "skipped" ? outcome.reason : "accepted")),
    ).toEqual([
      "NONCE_TOO_LOW",
      "NONCE_TOO_HIGH",
      "SENDER_HAS_CODE",
      "FEE_BELOW_BASE_FEE",
      "FUNDS_INSUFFICIENT",
      "GAS_BUDGET_EXHAUSTED",
      "accepted",
    ]);
  });

  it("FUNDS_INSUFFICIENT: by the fee cap, not the effective price", async () => {
    const cost = 21_000n * 2_000n + 1n;
    const outcomeWith = async (balance: bigint) =>
      (await evm.runBlock(blockInput(stateOf({ [ALICE]: { balance } }), [carrier([transfer()])])))
        .outcomes[0]![0];
    expect(await outcomeWith(cost - 1n)).toEqual({ kind: "skipped", reason: "FUNDS_INSUFFICIENT" });
    expect((await outcomeWith(cost))?.kind).toBe("accepted");
  });

  it("GAS_BUDGET_EXHAUSTED: a carrier's budget decreases by used gas, and each has its own", async () => {
    const state = stateOf({ [ALICE]: RICH, [BOB]: RICH });
    const first = [transfer({ gasLimit: 60_000n }), transfer({ nonce: 1n, gasLimit: 40_000n })];
    const result = await evm.runBlock(
      blockInput(state, [
        carrier(first, { gasLimit: 60_000n }),
        carrier([transfer({ gasLimit: 60_000n }, BOB_KEY)], { gasLimit: 60_000n }),
      ]),
    );
    expect(result.outcomes.flat().map(({ kind }) => kind)).toEqual(["accepted", "skipped", "accepted"]);
  });

  it("a skipped transaction changes nothing", async () => {
    const state = stateOf({ [ALICE]: RICH });
    const result = await evm.runBlock(blockInput(state, [carrier([transfer({ nonce: 1n })])]));
    expect(result).toMatchObject({ gasUsed: 0n, outcomes: [[{ kind: "skipped" }]] });
    expect(result.changes.accounts.size).toBe(0);
  });

  it("TRANSACTION_INVALID", async () => {
    const run = (signed: SignedBy) =>
      evm.runBlock(blockInput(stateOf({ [ALICE]: RICH }), [carrier([signed])]));
    await expect(run(transfer({ gasLimit: 20_999n }))).rejects.toThrow(
      expect.objectContaining({ code: "TRANSACTION_INVALID" }),
    );
    const initcode = transfer({ to: null, data: new Uint8Array(49_153), gasLimit: 5_000_000n });
    await expect(run(initcode)).rejects.toThrow(expect.objectContaining({ code: "TRANSACTION_INVALID" }));
  });
});

describe("receipts", () => {
  it("contain logs, bloom, cumulative gas over carriers, and the status", async () => {
    // LOG1 with topic 5. The other contract reverts.
    const state = stateOf({
      [ALICE]: RICH,
      [CONTRACT]: { code: "60055f5fa100" },
      [OTHER]: { code: "5f5ffd" },
    });
    const call = { gasLimit: 50_000n, value: 0n };
    const result = await evm.runBlock(
      blockInput(state, [
        carrier([transfer({ ...call, to: CONTRACT })]),
        carrier([transfer({ ...call, nonce: 1n, to: OTHER })]),
      ]),
    );
    const logged = receiptAt(result, 0, 0);
    const reverted = receiptAt(result, 1, 0);
    expect(logged.logs).toEqual([{ address: CONTRACT, topics: [slotOfNumber(5)], data: new Uint8Array(0) }]);
    expect(bloomContainsAny(logged.logsBloom, bloomBits([CONTRACT]))).toBe(true);
    expect(result.logsBloom).toEqual(logged.logsBloom);
    expect(reverted).toMatchObject({ status: 0, logs: [], contractAddress: null });
    expect(reverted.cumulativeGasUsed).toBe(logged.gasUsed + reverted.gasUsed);
  });

  it("a creation names its contract, also if it failed", async () => {
    // The first creation returns code STOP; the second reverts.
    const state = stateOf({ [ALICE]: RICH });
    const creation = { to: null, value: 0n, gasLimit: 100_000n };
    const result = await evm.runBlock(
      blockInput(state, [
        carrier([
          transfer({ ...creation, data: Uint8Array.of(0x60, 0x01, 0x5f, 0xf3) }),
          transfer({ ...creation, nonce: 1n, data: Uint8Array.of(0x5f, 0x5f, 0xfd) }),
        ]),
      ]),
    );
    const made = receiptAt(result, 0, 0).contractAddress!;
    expect(result.changes.accounts.get(made)).toMatchObject({ nonce: 1n, balance: 0n });
    expect([...result.changes.codes.values()]).toEqual([Uint8Array.of(0)]);
    const failed = receiptAt(result, 0, 1);
    expect(failed.status).toBe(0);
    expect(failed.contractAddress).toMatch(/^0x[0-9a-f]{40}$/);
    expect(result.changes.accounts.has(failed.contractAddress!)).toBe(false);
  });
});

describe("what contracts see", () => {
  it("COINBASE is the carrier's, also when another gets the tip; BLOCKHASH and the rest are the context's", async () => {
    // Stores COINBASE, BASEFEE, NUMBER, TIMESTAMP, PREVRANDAO, GASLIMIT, CHAINID, BLOCKHASH(99) in slots 0 to 7.
    const code = "415f55486001554360025542600355446004554560055546600655606340600755";
    const state = stateOf({ [ALICE]: RICH, [CONTRACT]: { code } });
    const signed = transfer({ to: CONTRACT, value: 0n, gasLimit: 300_000n });
    const result = await evm.runBlock(blockInput(state, [carrier([signed], { tipRecipient: MERGER })]));
    const slots = result.changes.storage.get(CONTRACT)!;
    const seen = Array.from({ length: 8 }, (_, slot) => slots.get(slotOfNumber(slot)));
    expect(seen).toEqual([
      BigInt(MINER),
      BASE_FEE,
      100n,
      1_700_000_000n,
      0xabcdefn,
      300_000_000n,
      31_337n,
      99n,
    ]);
    expect(result.changes.accounts.has(MINER)).toBe(false);
  });

  it("a later carrier sees the effects of an earlier one", async () => {
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const gift = COIN / 2n;
    const result = await evm.runBlock(
      blockInput(state, [
        carrier([transfer({ value: gift })]),
        carrier([transfer({ to: ALICE, value: 5n }, BOB_KEY)]),
      ]),
    );
    expect(result.outcomes.flat().map(({ kind }) => kind)).toEqual(["accepted", "accepted"]);
    expect(balances(result)[BOB]).toBe(gift - 5n - 21_000n * (BASE_FEE + TIP));
  });
});

describe("changes", () => {
  it("omit unchanged values", async () => {
    // SSTORE(0, 1) and SSTORE(0, 9) restore slot 0. SSTORE(1, 0) writes the old value.
    const state = stateOf({
      [ALICE]: RICH,
      [CONTRACT]: { code: "60015f5560095f555f600155", slots: { 0: 9n } },
    });
    const signed = transfer({ to: CONTRACT, value: 0n, gasLimit: 100_000n });
    const { changes } = await evm.runBlock(blockInput(state, [carrier([signed])]));
    expect([...changes.accounts.keys()].sort()).toEqual([MINER, ALICE].sort());
    expect([changes.storage.size, changes.storageCleared.size, changes.codes.size]).toEqual([0, 0, 0]);
  });

  it("a cleared slot is zero, and clearing is refunded (EIP-3529)", async () => {
    const state = stateOf({ [ALICE]: RICH, [CONTRACT]: { code: "5f5f55", slots: { 0: 9n } } });
    const signed = transfer({ to: CONTRACT, value: 0n, gasLimit: 100_000n });
    const result = await evm.runBlock(blockInput(state, [carrier([signed])]));
    expect(result.changes.storage.get(CONTRACT)).toEqual(new Map([[slotOfNumber(0), 0n]]));
    expect(result.gasUsed).toBe(21_000n + 2n * 2n + 5_000n - 4_800n);
  });

  it("a contract that destroys itself stays unless the same transaction created it (EIP-6780)", async () => {
    // SELFDESTRUCT to OTHER.
    const code = `${push(OTHER)}ff`;
    const state = stateOf({ [ALICE]: RICH, [CONTRACT]: { code, balance: 9n } });
    const initcode = new Uint8Array(Buffer.from(code, "hex"));
    const result = await evm.runBlock(
      blockInput(state, [
        carrier([
          transfer({ to: CONTRACT, value: 0n, gasLimit: 100_000n }),
          transfer({ nonce: 1n, to: null, data: initcode, value: 4n, gasLimit: 100_000n }),
        ]),
      ]),
    );
    expect(balances(result)[OTHER]).toBe(13n);
    expect(result.changes.accounts.get(CONTRACT)).toMatchObject({ balance: 0n });
    expect(result.changes.accounts.has(receiptAt(result, 0, 1).contractAddress!)).toBe(false);
  });
});

describe("key-agile transactions", () => {
  const secret = new Uint8Array(32).fill(7);

  it.each(Object.values(KEY_ALGORITHMS))(
    "algorithm %s pays for its key and runs as a message",
    async (algorithm) => {
      const sender = keyAddress(algorithm, KEY_SCHEMES[algorithm].publicKeyOf(secret));
      const { transaction: like } = transfer({ to: CONTRACT, value: 3n, gasLimit: 200_000n });
      const transaction = signKeyAgile({ ...like, type: TRANSACTION_TYPES.keyAgile }, { algorithm, secret });
      const state = stateOf({ [sender]: RICH, [ALICE]: RICH, [CONTRACT]: { code: "335f5560055f5fa1" } });
      const agile = await evm.runBlock(
        blockInput(state, [carrier([{ transaction, sender }], { tipRecipient: MERGER })]),
      );
      const plain = await evm.runBlock(
        blockInput(state, [carrier([{ transaction: like, sender: ALICE }], { tipRecipient: MERGER })]),
      );
      const receipt = receiptAt(agile, 0, 0);
      const surcharge = receipt.gasUsed - plain.gasUsed;
      expect(surcharge).toBeGreaterThan(KEY_SCHEMES[algorithm].verificationGas);
      expect(receipt).toEqual({
        ...receiptAt(plain, 0, 0),
        type: TRANSACTION_TYPES.keyAgile,
        transactionHash: transaction.hash,
        gasUsed: plain.gasUsed + surcharge,
        cumulativeGasUsed: plain.gasUsed + surcharge,
      });
      expect(agile.changes.storage.get(CONTRACT)!.get(slotOfNumber(0))).toBe(BigInt(sender));
      expect(balances(agile)).toEqual({
        [sender]: COIN - 3n - receipt.gasUsed * (BASE_FEE + TIP),
        [CONTRACT]: 3n,
        [MERGER]: receipt.gasUsed * TIP,
      });
    },
  );
});

describe("machines", () => {
  it("overlapping runs are independent, and equal input gives equal output", async () => {
    const state = stateOf({ [ALICE]: RICH, [CONTRACT]: { code: "5f545f5260205ff3", slots: { 0: 5n } } });
    const input = blockInput(state, [
      carrier([transfer(), transfer({ nonce: 1n, to: CONTRACT, gasLimit: 60_000n })]),
    ]);
    const results = await Promise.all(Array.from({ length: 5 }, () => evm.runBlock(input)));
    for (const result of results) expect(result).toEqual(results[0]);
    expect(results[0]!.changes.accounts.get(BOB)).toEqual({
      nonce: 0n,
      balance: 1n,
      codeHash: EMPTY_CODE_HASH,
    });
    expect(bytesToHex(results[0]!.logsBloom)).toMatch(/^0x0{512}$/);
  });
});
