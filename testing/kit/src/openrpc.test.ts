import { describe, expect, it } from "vitest";
import { createOpenRpcValidator, OPENRPC_FILE, type OpenRpcValidator } from "./openrpc.ts";
import { vectorsDirectory } from "./vectorsDirectory.ts";

const vectors = vectorsDirectory(OPENRPC_FILE);
if (vectors === undefined) console.warn("skipped: no ethereum/openrpc.json; set TRELLIS_VECTORS");

const HASH = `0x${"ab".repeat(32)}`;
const ADDRESS = `0x${"cd".repeat(20)}`;
const LOG = { transactionHash: HASH, address: ADDRESS, topics: [HASH], data: "0x", removed: false };
const TRANSACTION = {
  blockHash: HASH,
  blockNumber: "0x1",
  blockTimestamp: "0x1",
  transactionIndex: "0x0",
  hash: HASH,
  from: ADDRESS,
  to: ADDRESS,
  type: "0x2",
  nonce: "0x0",
  gas: "0x5208",
  gasPrice: "0x7",
  value: "0x0",
  maxFeePerGas: "0x7",
  maxPriorityFeePerGas: "0x0",
  accessList: [],
  chainId: "0x7a69",
  input: "0x",
  r: "0x1",
  s: "0x1",
  v: "0x0",
  yParity: "0x0",
};

describe.skipIf(vectors === undefined)("OpenRPC validator", () => {
  const validator = vectors === undefined ? undefined : createOpenRpcValidator(vectors);
  const check: OpenRpcValidator["check"] = (method, result) => validator!.check(method, result);

  it("accepts what the document describes, and names the problem of anything else", () => {
    expect(check("eth_chainId", "0x7a69")).toEqual([]);
    expect(check("eth_chainId", "0x07a69")?.join()).toMatch(/must match pattern/);
    expect(check("eth_getLogs", [LOG])).toEqual([]);
    expect(check("eth_getLogs", [{ ...LOG, colour: "blue" }])?.join()).toMatch(/additional properties/);
    expect(check("eth_getTransactionByHash", null)).toEqual([]);
    expect(check("eth_getTransactionByHash", { ...TRANSACTION, nonce: 0 })).not.toEqual([]);
  });

  it("does not know methods missing from the document", () => {
    expect(check("trellis_getTips", [])).toBeUndefined();
    expect(validator!.methods.has("eth_getProof")).toBe(true);
  });

  it("accepts an empty list, which fits two alternatives", () => {
    expect(check("eth_getLogs", [])).toEqual([]);
  });

  it("accepts a pending transaction, and one of type 0x50", () => {
    const nowhere = { blockHash: null, blockNumber: null, blockTimestamp: null, transactionIndex: null };
    for (const changed of [{}, nowhere, { type: "0x50" }]) {
      expect(check("eth_getTransactionByHash", { ...TRANSACTION, ...changed })).toEqual([]);
    }
    expect(check("eth_getTransactionByHash", { ...TRANSACTION, type: "0x51" })).not.toEqual([]);
  });

  it("validates struct logs, and ignores the output of named tracers", () => {
    const trace = { gas: 21000, failed: false, returnValue: "0x", structLogs: [] };
    expect(check("debug_traceTransaction", trace)).toEqual([]);
    expect(check("debug_traceTransaction", { ...trace, returnValue: "" })).not.toEqual([]);
    expect(check("debug_traceTransaction", { type: "CALL" })).toEqual([]);
  });
});
