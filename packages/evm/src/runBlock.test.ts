import { bytesToHex, concatBytes } from "@trellis/base";
import { mlDsa44, mlDsa65 } from "@trellis/crypto";
import {
  type Address,
  type BlockResult,
  CHAIN_GAS_MAX,
  createTransaction,
  impersonatedSignature,
  KEY_ALGORITHMS,
  logsBloom,
  type Receipt,
  signKeyAgile,
  TRANSACTION_TYPES,
  type TransactionOutcome,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "./createEvm.ts";
import { DEFAULT_LIMITS } from "./engine/EngineLimits.ts";
import {
  ALICE,
  blockInput,
  COIN,
  CONTEXT,
  CONTRACT,
  callInput,
  code,
  contractState,
  KEY,
  MINER,
  OTHER,
  random,
  stateOf,
  transaction,
} from "./testing/testState.ts";

const evm = createEvm({ random });
const TREASURY: Address = `0x${"77".repeat(20)}`;
const MERGER: Address = `0x${"22".repeat(20)}`;
const BASE_FEE = CONTEXT.baseFee;

function run(...parameters: Parameters<typeof evm.runBlock>): BlockResult {
  return evm.runBlock(...parameters) as BlockResult;
}

function receiptsOf({ outcomes }: BlockResult): Receipt[] {
  return outcomes.flat().flatMap((outcome) => (outcome.kind === "accepted" ? [outcome.receipt] : []));
}

describe("EVM-2: skipped transactions change nothing", () => {
  const transfer = { to: OTHER, gasLimit: 21_000n };
  it.each([
    ["NONCE_TOO_LOW", {}, { nonce: 1n }],
    ["NONCE_TOO_HIGH", { nonce: 1n }, {}],
    ["FUNDS_INSUFFICIENT", { value: COIN }, {}],
    ["FEE_BELOW_BASE_FEE", { maxFeePerGas: BASE_FEE - 1n, maxPriorityFeePerGas: 0n }, {}],
    ["GAS_BUDGET_EXHAUSTED", { gasLimit: 10_000_001n }, {}],
    ["SENDER_HAS_CODE", {}, { code: code("00") }],
  ])("%s", (reason, fields, account) => {
    const state = stateOf({ [ALICE]: { balance: COIN, ...account } });
    const input = blockInput(state, [transaction({ ...transfer, ...fields })]);
    const carriers = [{ ...input.carriers[0]!, gasLimit: 10_000_000n }];
    const { outcomes, changes, gasUsed } = run({ ...input, carriers });
    expect(outcomes).toEqual([[{ kind: "skipped", reason }]]);
    expect(gasUsed).toBe(0n);
    expect(changes.accounts.size + changes.storage.size + changes.codes.size).toBe(0);
  });

  it("an impersonated sender may have code, but not another's signature [DEV-5]", () => {
    const state = stateOf({ [ALICE]: { balance: COIN, code: code("00") } });
    const signed = transaction(transfer);
    const by = (sender: Address) => ({
      sender: ALICE,
      transaction: createTransaction(signed.transaction, impersonatedSignature(sender)),
    });
    expect(run(blockInput(state, [by(ALICE)])).outcomes[0]).toMatchObject([{ kind: "accepted" }]);
    expect(run(blockInput(state, [by(OTHER)])).outcomes).toEqual([
      [{ kind: "skipped", reason: "SENDER_HAS_CODE" }],
    ]);
  });

  it("and the carrier's next transaction runs with the remaining budget", () => {
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const transactions = [
      transaction({ ...transfer, nonce: 7n }),
      transaction(transfer),
      transaction({ ...transfer, nonce: 1n, gasLimit: 21_001n }),
      transaction({ ...transfer, nonce: 1n }),
    ];
    const input = blockInput(state, []);
    const carriers = [{ ...input.carriers[0]!, gasLimit: 42_000n, transactions }];
    const { outcomes } = run({ ...input, carriers });
    expect(outcomes[0]!.map((outcome) => (outcome.kind === "skipped" ? outcome.reason : 1))).toEqual([
      "NONCE_TOO_HIGH",
      1,
      "GAS_BUDGET_EXHAUSTED",
      1,
    ]);
  });
});

describe("EXEC-8: the block's gas limit bounds all carriers together", () => {
  // Logs 64 KiB at a time while over 600,000 gas are left.
  const LOGGING = "5b620100005fa05a620927c0105f5700";
  const half = (nonce: number) => transaction({ nonce: BigInt(nonce), gasLimit: 15_000_000n });

  it("reserves the last carrier's budget, and skips transactions without sufficient gas", () => {
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const send = (nonce: bigint, gasLimit = 21_000n) => transaction({ to: OTHER, gasLimit, nonce });
    const [carrier] = blockInput(state, []).carriers;
    const carriers = [
      [send(0n)],
      [send(1n, 60_000n), send(1n, 59_000n)],
      [send(2n, 60_000n)],
      [send(2n, 80_000n)],
    ];
    const { outcomes } = run({
      ...blockInput(state, []),
      context: { ...CONTEXT, gasLimit: 160_000n },
      carriers: carriers.map((transactions) => ({ ...carrier!, gasLimit: 80_000n, transactions })),
    });
    expect(
      outcomes.map((of) => of.map((outcome) => (outcome.kind === "skipped" ? outcome.reason : 1))),
    ).toEqual([[1], ["GAS_BUDGET_EXHAUSTED", 1], ["GAS_BUDGET_EXHAUSTED"], [1]]);
  });

  it("EVM-8: so that the engine can process any number of carriers", () => {
    const state = contractState(code(LOGGING));
    const [carrier] = blockInput(state, []).carriers;
    const { outcomes, gasUsed } = run({
      ...blockInput(state, []),
      context: { ...CONTEXT, gasLimit: CHAIN_GAS_MAX },
      carriers: Array.from({ length: 24 }, (_, index) => ({
        ...carrier!,
        transactions: [0, 1].map((place) => half(2 * Math.min(index, 15) + place)),
      })),
    });
    expect(gasUsed).toBeGreaterThan((CHAIN_GAS_MAX * 95n) / 100n);
    expect(gasUsed).toBeLessThanOrEqual(CHAIN_GAS_MAX);
    expect(outcomes.flat().map(({ kind }) => kind)).toEqual([
      ...Array(30).fill("accepted"),
      ...Array(16).fill("skipped"),
      ...Array(2).fill("accepted"),
    ]);
  });
});

describe("EVM-8: skipped transactions use no capacity", () => {
  const sends = [0n, 1n].map((nonce) => transaction({ to: OTHER, gasLimit: 21_000n, nonce }).transaction);
  const address = (index: number): Address => `0xaa${index.toString(16).padStart(38, "0")}`;
  const kindOf = (outcome: TransactionOutcome) => (outcome.kind === "skipped" ? outcome.reason : "accepted");

  it("of more senders without funds than the engine's account limit", () => {
    const unfunded = Array.from({ length: DEFAULT_LIMITS.accounts + 1 }, (_, index) => ({
      transaction: sends[0]!,
      sender: address(index),
    }));
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const { outcomes, changes } = run(
      blockInput(state, [...unfunded, { transaction: sends[0]!, sender: ALICE }]),
    );
    expect(new Set(outcomes[0]!.slice(0, -1).map(kindOf))).toEqual(new Set(["FUNDS_INSUFFICIENT"]));
    expect(kindOf(outcomes[0]!.at(-1)!)).toBe("accepted");
    expect([...changes.accounts.keys()].sort()).toEqual([ALICE, MINER].sort());
  });

  it("and accounts between them stay known, also when the table grows", () => {
    const senders = Array.from({ length: 1_400 }, (_, index) => index);
    const isFunded = (index: number) => index % 2 === 1;
    const funded = senders.filter(isFunded).map((index) => [address(index), { balance: COIN }]);
    const rounds = sends.map((sent) =>
      senders.map((index) => ({ transaction: sent, sender: address(index) })),
    );
    const { outcomes } = run(blockInput(stateOf(Object.fromEntries(funded)), rounds.flat()));
    expect(outcomes[0]!.map(kindOf)).toEqual([
      ...senders.map((index) => (isFunded(index) ? "accepted" : "FUNDS_INSUFFICIENT")),
      ...senders.map((index) => (isFunded(index) ? "accepted" : "NONCE_TOO_HIGH")),
    ]);
  });
});

describe("EVM-3: distribution of fees", () => {
  it("credits tips to each carrier's recipient, and at the end a share of the base fee and the rewards", () => {
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const send = (nonce: bigint) =>
      transaction({ to: OTHER, value: 5n, gasLimit: 21_000n, nonce, maxPriorityFeePerGas: 100n });
    const result = run({
      ...blockInput(state, []),
      carriers: [
        { coinbase: MINER, tipRecipient: MINER, gasLimit: 30_000n, transactions: [send(0n)] },
        { coinbase: OTHER, tipRecipient: MERGER, gasLimit: 30_000n, transactions: [send(1n)] },
      ],
      baseFeeShare: { recipient: TREASURY, basisPoints: 1_234 },
      credits: [
        { address: MINER, amount: 9n },
        { address: ZERO_ADDRESS, amount: 0n },
      ],
    });
    const balances = Object.fromEntries(
      [...result.changes.accounts].map(([at, account]) => [at, account!.balance]),
    );
    expect(balances).toEqual({
      [ALICE]: COIN - 2n * (21_000n * (BASE_FEE + 100n) + 5n),
      [OTHER]: 10n,
      [MINER]: 2_100_000n + 9n,
      [MERGER]: 2_100_000n,
      [TREASURY]: (42_000n * BASE_FEE * 1_234n) / 10_000n,
    });
    expect(receiptsOf(result).map(({ cumulativeGasUsed }) => cumulativeGasUsed)).toEqual([21_000n, 42_000n]);
  });
});

describe("receipts and changes", () => {
  it("contain logs, blooms and their union, without those of failed frames", () => {
    const logs = contractState(code("602a60205fa1", "36600a57", "005b5f5ffd"));
    const result = run(
      blockInput(logs, [
        transaction({ nonce: 0n }),
        transaction({ nonce: 1n, data: new Uint8Array(1) }),
        transaction({ nonce: 2n }),
      ]),
    );
    const receipts = receiptsOf(result);
    expect(receipts.map(({ status }) => status)).toEqual([1, 0, 1]);
    const log = { address: CONTRACT, topics: [`0x${"2a".padStart(64, "0")}`], data: new Uint8Array(32) };
    expect(receipts.map((receipt) => receipt.logs)).toEqual([[log], [], [log]]);
    for (const receipt of receipts) expect(receipt.logsBloom).toEqual(logsBloom(receipt.logs));
    expect(result.logsBloom).toEqual(receipts[0]!.logsBloom);
  });

  it("a failed creation has an address, and pays", () => {
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const result = run(blockInput(state, [transaction({ to: null, data: code("fe"), gasLimit: 100_000n })]));
    expect(receiptsOf(result)[0]).toMatchObject({ status: 0, gasUsed: 100_000n });
    expect(receiptsOf(result)[0]!.contractAddress).toMatch(/^0x[0-9a-f]{40}$/);
    expect([...result.changes.accounts.keys()].sort()).toEqual([ALICE, MINER].sort());
  });

  it("omit unchanged accounts, and delete empty ones", () => {
    const slot = `0x${"00".repeat(32)}` as const;
    const program = code("60015f5560075f55", `5f5f5f5f5f73${OTHER.slice(2)}5af1`, "00");
    const state = stateOf({
      [ALICE]: { balance: COIN },
      [CONTRACT]: { nonce: 1n, code: program, slots: { [slot]: 7n } },
      [OTHER]: {},
    });
    const { changes } = run(blockInput(state, [transaction()]));
    expect(changes.storage.size).toBe(0);
    expect([...changes.accounts.keys()].sort()).toEqual([ALICE, MINER, OTHER].sort());
    expect(changes.accounts.get(OTHER)).toBeUndefined();
  });
});

describe("EVM-4: key-agile transactions", () => {
  it.each([
    [KEY_ALGORITHMS.secp256k1, 3_000n],
    [KEY_ALGORITHMS.mlDsa44, 4_500n],
    [KEY_ALGORITHMS.mlDsa65, 7_200n],
  ])("of algorithm %d pay for key, signature and verification", (algorithm, verification) => {
    const { transaction: plain } = transaction({ to: OTHER });
    const unsigned = { ...plain, type: TRANSACTION_TYPES.keyAgile };
    const agile = signKeyAgile(unsigned, { algorithm, secret: KEY });
    if (agile.signature.kind !== "keyAgile") throw new Error("not key-agile");
    const { from, publicKey, signature } = agile.signature;
    const bytes = concatBytes(publicKey, signature).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
    const result = run(
      blockInput(stateOf({ [from]: { balance: COIN } }), [{ transaction: agile, sender: from }]),
    );
    expect(result.gasUsed).toBe(21_000n + BigInt(bytes) + verification);
  });
});

describe("EVM-5: ML-DSA verification", () => {
  const message = new Uint8Array(32).fill(5);
  const asks = contractState(code("365f5f37", "60205f365f5f60125a", "f1", "5060205ff3"));
  const verify = async (input: Uint8Array): Promise<string> => {
    const { output } = await evm.call(callInput(asks, { data: input }));
    return bytesToHex(output);
  };
  it.each([mlDsa44, mlDsa65])("$name", async (scheme) => {
    const key = scheme.publicKeyFromSeed(KEY);
    const signature = scheme.sign(message, KEY);
    const right = concatBytes(message, signature, key);
    expect(await verify(right)).toBe(`0x${"1".padStart(64, "0")}`);
    const wrong = Uint8Array.from(right);
    wrong[0]! ^= 1;
    expect(await verify(wrong)).toBe(`0x${"0".repeat(64)}`);
    expect(await verify(concatBytes(right, new Uint8Array(1)))).toBe(`0x${"0".repeat(64)}`);
  });
});
