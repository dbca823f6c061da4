import type { ErrorEntry } from "@trellis/base";
import { chainErrors, mempoolErrors, ruleErrors, stateErrors, storeErrors } from "@trellis/chain";
import { cryptoErrors } from "@trellis/crypto";
import { evmErrors } from "@trellis/evm";
import { networkErrors } from "@trellis/network";
import { authErrors } from "@trellis/platform";
import { protocolErrors } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { rpcErrors } from "../errors.ts";
import { ERROR_TABLE, type JsonRpcError, toJsonRpcError } from "./errorTable.ts";

const PACKAGES = [
  rpcErrors,
  protocolErrors,
  cryptoErrors,
  mempoolErrors,
  chainErrors,
  storeErrors,
  stateErrors,
  ruleErrors,
  evmErrors,
  networkErrors,
  authErrors,
];
const CODES = new Map<string, ErrorEntry>(PACKAGES.flatMap(({ table }) => Object.entries(table)));
const ROWS = Object.entries(ERROR_TABLE) as [string, (facts: Record<string, unknown>) => JsonRpcError][];
const SENDER = `0x${"70".repeat(20)}`;

describe("error table", () => {
  it("contains existing codes", () => {
    expect(Object.keys(ERROR_TABLE).filter((code) => !CODES.has(code))).toEqual([]);
  });

  it("has a message for every row, for any facts", () => {
    for (const [, row] of ROWS) {
      const { code, message } = row({});
      expect(Number.isInteger(code) && message.length > 0).toBe(true);
    }
  });

  it("reads only facts that the code declares", () => {
    for (const [code, row] of ROWS) {
      const declared = CODES.get(code)?.facts ?? {};
      const read = new Set<string>();
      row(new Proxy({}, { get: (_, name) => void read.add(String(name)) }));
      expect([code, [...read].filter((name) => !Object.hasOwn(declared, name))]).toEqual([code, []]);
    }
  });

  it("sends an error without a counterpart with its code, hint and facts", () => {
    const error = cryptoErrors.WORKER_UNAVAILABLE({ reason: "queue full", waiting: 5n });
    expect(toJsonRpcError(error)).toEqual({
      code: -32000,
      message: error.message,
      data: { code: "WORKER_UNAVAILABLE", hint: error.hint, facts: { reason: "queue full", waiting: "5" } },
    });
  });

  it("describes invalid operator input like any argument", () => {
    expect(
      toJsonRpcError(
        networkErrors.ADDRESS_INVALID({ address: "x y", reason: "neither a peer's id nor an IP address" }),
      ),
    ).toEqual({
      code: -32602,
      message: "invalid argument 0: neither a peer's id nor an IP address: x y",
    });
    expect(toJsonRpcError(networkErrors.ADDRESS_INVALID({ address: "nowhere" })).code).toBe(-32602);
  });

  it("does not reveal fatal errors", () => {
    expect(toJsonRpcError(chainErrors.GENESIS_MISMATCH({ path: "/secret" }))).toEqual({
      code: -32603,
      message: "internal error",
    });
  });
});

describe("messages of geth", () => {
  const says = (error: Parameters<typeof toJsonRpcError>[0]) => toJsonRpcError(error).message;

  it("for nonces", () => {
    expect(says(mempoolErrors.NONCE_TOO_LOW({ sender: SENDER, nonce: 1n, accountNonce: 5n }))).toBe(
      "nonce too low: next nonce 5, tx nonce 1",
    );
    expect(
      says(mempoolErrors.NONCE_TOO_FAR({ sender: SENDER, nonce: 90n, nonceMax: 64n, accountNonce: 0n })),
    ).toMatch(/^nonce too high: tx nonce 90/);
    expect(says(protocolErrors.TX_NONCE_MAX())).toBe("nonce has max value");
  });

  it("for funds", () => {
    const facts = { sender: SENDER, balance: 10n, cost: 15n, pendingCost: 0n, missing: 5n };
    const start = "insufficient funds for gas * price + value: balance 10";
    expect(says(mempoolErrors.FUNDS_INSUFFICIENT(facts))).toBe(`${start}, tx cost 15, overshot 5`);
    expect(says(mempoolErrors.FUNDS_INSUFFICIENT({ ...facts, pendingCost: 4n, missing: 9n }))).toBe(
      `${start}, queued cost 4, tx cost 15, overshot 9`,
    );
  });

  it("for fees", () => {
    expect(says(mempoolErrors.REPLACEMENT_UNDERPRICED())).toBe("replacement transaction underpriced");
    const fees = { baseFee: 30_887n, feeCapMin: 7n, floor: 0n };
    const low = mempoolErrors.FEE_CAP_BELOW_FLOOR({ ...fees, maxFeePerGas: 1n });
    expect(says(low)).toBe("max fee per gas less than block base fee: maxFeePerGas: 1, baseFee: 30887");
    const floor = mempoolErrors.FEE_CAP_BELOW_FLOOR({
      maxFeePerGas: 8n,
      baseFee: 7n,
      feeCapMin: 7n,
      floor: 2n,
    });
    expect(says(floor)).toBe("transaction underpriced: gas fee cap 8, minimum needed 9");
    expect(says(mempoolErrors.TIP_BELOW_FLOOR({ maxPriorityFeePerGas: 1n, floor: 2n }))).toBe(
      "transaction underpriced: gas tip cap 1, minimum needed 2",
    );
    expect(says(protocolErrors.TX_TIP_ABOVE_FEE_CAP())).toBe(
      "max priority fee per gas higher than max fee per gas",
    );
    expect(says(protocolErrors.TX_FEE_OVERFLOW())).toBe("max fee per gas higher than 2^256-1");
  });

  it("for the mempool", () => {
    expect(says(mempoolErrors.ALREADY_KNOWN())).toBe("already known");
    expect(says(mempoolErrors.POOL_FULL())).toBe("txpool is full");
    expect(
      says(mempoolErrors.SENDER_LIMIT_REACHED({ sender: SENDER, limit: "senderCountMax", got: 17, max: 16 })),
    ).toBe("account limit exceeded: pooled 16 txs");
    const contract = mempoolErrors.SENDER_HAS_CODE({ sender: SENDER, codeHash: "0xc0" });
    expect(says(contract)).toBe(`sender not an eoa: address ${SENDER}, codehash: 0xc0`);
  });

  it("for format and signature", () => {
    expect(says(protocolErrors.TX_TYPE_UNSUPPORTED())).toBe("transaction type not supported");
    expect(says(protocolErrors.TX_BLOBS_UNSUPPORTED())).toBe("blob transactions not supported");
    expect(says(protocolErrors.TX_UNPROTECTED())).toBe(
      "only replay-protected (EIP-155) transactions allowed over RPC",
    );
    expect(says(protocolErrors.TX_SIGNATURE_INVALID())).toBe("invalid sender");
    expect(says(protocolErrors.TX_CHAIN_ID_MISMATCH({ got: 1n, expected: 31_337n }))).toBe(
      "invalid sender: invalid chain id for signer: have 1 want 31337",
    );
    expect(says(protocolErrors.TX_GAS_LIMIT_TOO_HIGH({ got: 9n, gasMax: 8n, of: "block" }))).toBe(
      "exceeds block gas limit",
    );
    expect(says(protocolErrors.TX_GAS_LIMIT_TOO_HIGH({ got: 9n, gasMax: 8n, of: "transaction" }))).toBe(
      "transaction gas limit too high (cap: 8, tx: 9)",
    );
    expect(says(protocolErrors.TX_INTRINSIC_GAS_TOO_LOW({ got: 1n, gasMin: 21_000n }))).toBe(
      "intrinsic gas too low: gas 1, minimum needed 21000",
    );
    expect(says(protocolErrors.TX_TOO_LARGE({ got: 9, bytesMax: 8 }))).toBe(
      "oversized data: transaction size 9, limit 8",
    );
    expect(says(protocolErrors.TX_INITCODE_TOO_LARGE({ got: 9, bytesMax: 8 }))).toBe(
      "max initcode size exceeded: code size 9 limit 8",
    );
    expect(says(protocolErrors.TX_TYPE_UNSUPPORTED({ algorithm: 9 }))).toBe(
      "signature algorithm 9 not supported",
    );
    for (const [reason, words] of [
      ["truncated", "value size exceeds available input length"],
      ["not canonical", "non-canonical size information"],
      ["trailing bytes", "input contains more than one value"],
      ["unexpected kind", "expected List"],
      ["missing field", "too few elements"],
      ["extra field", "input list has too many elements"],
      ["integer too great", "input string too long"],
      ["unexpected length", "input string has the wrong length"],
    ] as const)
      expect(says(protocolErrors.RLP_INVALID({ reason }))).toBe(`rlp: ${words}`);
  });

  it("for calls refused by the engine", () => {
    const { CALL_REVERTED, CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW, CALL_FAILED, CALL_INVALID } = evmErrors;
    expect(toJsonRpcError(CALL_REVERTED({ data: "0x" }))).toEqual({
      code: 3,
      message: "execution reverted",
      data: "0x",
    });
    expect(says(CALL_FUNDS_INSUFFICIENT({ sender: SENDER, balance: 1n, cost: 2n }))).toBe(
      `insufficient funds for gas * price + value: address ${SENDER} have 1 want 2`,
    );
    expect(says(CALL_FUNDS_INSUFFICIENT({ sender: SENDER, balance: 1n, value: 2n }))).toBe(
      "insufficient funds for transfer",
    );
    expect(says(CALL_GAS_TOO_LOW({ got: 1n, gasMin: 21_000n }))).toBe(
      "intrinsic gas too low: have 1, want 21000",
    );
    expect(says(CALL_INVALID({ verdict: "FEE_BELOW_BASE_FEE" }))).toBe(
      "max fee per gas less than block base fee",
    );
    expect(says(CALL_FAILED({ reason: "out of gas" }))).toBe("out of gas");
  });

  it("for an unavailable state", () =>
    expect(says(stateErrors.STATE_UNAVAILABLE({ block: "0xab" }))).toBe(
      "missing trie node 0xab (path ) state 0xab is not available",
    ));

  it("for proofs of a fork", () =>
    expect(says(stateErrors.STATE_INCOMPLETE({ block: "0xab", forkedNumber: 7 }))).toBe(
      "no proofs and lists of slots after forked block 7: tries of a fork contain only what its own blocks wrote; use block 7 or an earlier one",
    ));
});
