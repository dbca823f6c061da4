import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { typedData } from "../signing/typedData.ts";
import { blockParameter } from "./blockParameter.ts";
import { arrayOf, type Decoder, text } from "./Decoder.ts";
import { address, bytes, bytesUpTo, count, hash, storageSlot, uint64, uint256 } from "./hex.ts";
import { logCriteria } from "./logCriteria.ts";
import { blockOverrides, stateOverrides } from "./overrides.ts";
import { simulationPayload } from "./simulation.ts";
import { storageRequests } from "./storageRequests.ts";
import { traceConfig } from "./traceConfig.ts";
import { bundles, simulationContext, traceFilter, traceTypes } from "./traceFilter.ts";
import { transactionArguments } from "./transactionArguments.ts";

const ADDRESS = `0x${"Ab".repeat(20)}`;
const HASH = `0x${"cd".repeat(32)}` as const;

function reasonOf<T>(decoder: Decoder<T>, value: unknown): unknown {
  try {
    return { decoded: decoder.decode(value) };
  } catch (error) {
    return (error as { facts?: { reason?: unknown } }).facts?.reason;
  }
}

describe("hexadecimal", () => {
  it("bytes", () => {
    expect(bytes.decode("0x")).toEqual(new Uint8Array(0));
    expect(bytes.decode("0xaB01")).toEqual(Uint8Array.of(0xab, 1));
    expect(["", "ab", "0xa", "0xzz", 5].map((value) => reasonOf(bytes, value))).toEqual([
      "empty hex string",
      "hex string without 0x prefix",
      "hex string of odd length",
      "invalid hex string",
      "non-string value",
    ]);
  });

  it("addresses and hashes, in lower case", () => {
    expect(address.decode(ADDRESS)).toBe(ADDRESS.toLowerCase());
    expect(hash.decode(HASH)).toBe(HASH);
    expect(reasonOf(hash, ADDRESS)).toBe("hex string has length 40, want 64 for common.Hash");
  });

  it("numbers without leading zeros, in range", () => {
    expect(uint64.decode("0x0")).toBe(0n);
    expect(uint64.decode("0xffffffffffffffff")).toBe(2n ** 64n - 1n);
    expect(uint256.decode(`0x${"f".repeat(64)}`)).toBe(2n ** 256n - 1n);
    expect(["0x", "0x00", "0x01", `0x1${"0".repeat(16)}`, "0x-1", 1].map((v) => reasonOf(uint64, v))).toEqual(
      [
        'hex string "0x"',
        "hex number with leading zero digits",
        "hex number with leading zero digits",
        "hex number > 64 bits",
        "invalid hex string",
        "non-string value",
      ],
    );
  });

  it("counts in any notation", () => {
    expect([count.decode("0xa"), count.decode("10"), count.decode(10)]).toEqual([10, 10, 10]);
    for (const wrong of [-1, 1.5, "1.5", "0xffffffffffffffff", null]) {
      expect(reasonOf(count, wrong)).toBeTypeOf("string");
    }
  });

  it("refuse long input before reading its digits [RPC-16]", () => {
    const long = `0x${"z".repeat(65)}`;
    expect(reasonOf(uint64, long)).toBe("hex number > 64 bits");
    expect(reasonOf(uint256, long)).toBe("hex number > 256 bits");
    expect(reasonOf(hash, long)).toBe("hex string has length 65, want 64 for common.Hash");
    expect(reasonOf(address, long)).toBe("hex string has length 65, want 40 for common.Address");
    expect(reasonOf(storageSlot, long)).toMatch(/hex string too long/);
    expect(reasonOf(bytesUpTo(32), long)).toBe("hex string has 65 digits, want at most 32 bytes");
  });

  it("storage slots of any length", () => {
    expect(storageSlot.decode("0x1")).toBe(`0x${"1".padStart(64, "0")}`);
    expect(storageSlot.decode(HASH)).toBe(HASH);
    expect(reasonOf(storageSlot, `${HASH}0`)).toMatch(/^unable to decode storage key/);
  });

  it("lists up to a length", () => {
    expect(arrayOf(text, 2).decode(["a", "b"])).toEqual(["a", "b"]);
    expect(reasonOf(arrayOf(text, 2), ["a", "b", "c"])).toBe("too many values: have 3, want at most 2");
  });
});

describe("blocks (EIP-1898)", () => {
  it("by number, tag and hash", () => {
    const byHash = { blockHash: HASH, requireCanonical: false };
    expect(blockParameter.decode("0x10")).toBe(16);
    expect(blockParameter.decode("finalized")).toBe("finalized");
    expect(blockParameter.decode(HASH)).toEqual(byHash);
    expect(blockParameter.decode({ blockHash: HASH })).toEqual(byHash);
    expect(blockParameter.decode({ blockHash: HASH, requireCanonical: true })).toMatchObject({
      requireCanonical: true,
    });
    expect(blockParameter.decode({ blockNumber: "latest" })).toBe("latest");
  });

  it("not by both, nor by neither", () => {
    expect(reasonOf(blockParameter, { blockHash: HASH, blockNumber: "0x1" })).toMatch(
      /choose one or the other/,
    );
    expect(reasonOf(blockParameter, {})).toBe("neither blockHash nor blockNumber is given");
    expect(reasonOf(blockParameter, [])).toBe("non-object value for block");
  });
});

describe("transactions", () => {
  it("with data under either name", () => {
    expect(transactionArguments.decode({ data: "0x01" }).data).toEqual(Uint8Array.of(1));
    expect(transactionArguments.decode({ input: "0x01", data: "0x01" }).data).toEqual(Uint8Array.of(1));
    expect(reasonOf(transactionArguments, { input: "0x01", data: "0x02" })).toMatch(/set and not equal/);
  });

  it("not of types that the chain does not support", () =>
    expect(reasonOf(transactionArguments, { blobVersionedHashes: [] })).toMatch(
      /^transaction type not supported/,
    ));

  it("read only their own fields", () => {
    const sneaky: unknown = JSON.parse(`{"__proto__":{"from":"${ADDRESS}"},"constructor":1}`);
    expect(transactionArguments.decode(sneaky).from).toBeUndefined();
  });
});

describe("overrides", () => {
  it("of accounts", () => {
    const decoded = stateOverrides.decode({ [ADDRESS]: { balance: "0x5", stateDiff: { [HASH]: HASH } } });
    expect(decoded.get(address.decode(ADDRESS))).toEqual({
      balance: 5n,
      stateDiff: new Map([[HASH, BigInt(HASH)]]),
    });
    expect(reasonOf(stateOverrides, { [ADDRESS]: { state: {}, stateDiff: {} } })).toMatch(/both 'state' and/);
  });

  it("of blocks, under geth's names", () =>
    expect(blockOverrides.decode({ time: "0x1", feeRecipient: ADDRESS, baseFeePerGas: "0x2" })).toEqual({
      timestamp: 1n,
      coinbase: ADDRESS.toLowerCase(),
      baseFee: 2n,
    }));
});

describe("refuses options of geth that this node does not support, and never ignores them [RPC-10]", () => {
  const tracing = (option: object) => ({ tracer: "prestateTracer", tracerConfig: option });
  it.each([
    [stateOverrides, { [ADDRESS]: { movePrecompileToAddress: ADDRESS } }, "movePrecompileToAddress"],
    [blockOverrides, { blobBaseFee: "0x5" }, "blobBaseFee"],
    [blockOverrides, { beaconRoot: HASH }, "beaconRoot"],
    [blockOverrides, { withdrawals: [] }, "withdrawals"],
    [traceConfig, { txIndex: "0x0" }, "txIndex"],
    [traceConfig, { overrides: { cancunTime: 1 } }, "overrides"],
    [traceConfig, tracing({ disableCode: true }), "disableCode"],
    [traceConfig, tracing({ disableStorage: true }), "disableStorage"],
    [traceConfig, tracing({ includeEmpty: true }), "includeEmpty"],
  ])("%# %j", (decoder, value, name) =>
    expect(reasonOf<unknown>(decoder, value)).toMatch(new RegExp(`"${name}" is not supported$`)),
  );

  it("except for values without an effect", () => {
    expect(traceConfig.decode(tracing({ disableCode: false })).tracer).toMatchObject({ kind: "prestate" });
    expect(traceConfig.decode({ timeout: "10s", reexec: 128 }).tracer).toMatchObject({ kind: "structLogs" });
    expect(blockOverrides.decode({ difficulty: "0x1", blobBaseFee: null })).toEqual({});
  });
});

describe("tracers", () => {
  it("by name with their options", () => {
    expect(traceConfig.decode({}).tracer).toMatchObject({ kind: "structLogs", limit: 0 });
    expect(traceConfig.decode({ tracer: "callTracer", tracerConfig: { withLog: true } }).tracer).toEqual({
      kind: "call",
      onlyTopCall: false,
      withLog: true,
    });
    expect(traceConfig.decode({ tracer: "prestateTracer" }).tracer).toEqual({
      kind: "prestate",
      diffMode: false,
    });
  });

  it("several at once", () => {
    const config = { "4byteTracer": null, flatCallTracer: { includePrecompiles: true }, noopTracer: {} };
    expect(traceConfig.decode({ tracer: "muxTracer", tracerConfig: config }).tracer).toEqual({
      kind: "mux",
      tracers: [
        ["4byteTracer", { kind: "fourByte" }],
        ["flatCallTracer", { kind: "flatCall", convertParityErrors: false, includePrecompiles: true }],
        ["noopTracer", { kind: "noop" }],
      ],
    });
  });

  it.each([
    [{ tracer: "someTracer" }, "tracer not found"],
    [{ tracer: "{step: function() {}}" }, "JavaScript tracers are not supported; use callTracer, "],
    [{ tracer: "muxTracer", tracerConfig: { muxTracer: {} } }, "tracer not found"],
    [{ tracer: "muxTracer", tracerConfig: { structLogger: {} } }, "tracer not found"],
  ])("RPC_NOT_FOUND: %j", (config, reason) =>
    expect(() => traceConfig.decode(config)).toThrow(
      expect.objectContaining({
        code: "RPC_NOT_FOUND",
        facts: expect.objectContaining({ reason: expect.stringContaining(reason) }),
      }),
    ),
  );
});

describe("every decoder", () => {
  const decoders = { address, bytes, count, hash, storageSlot, uint64, uint256, blockParameter, logCriteria };
  const traces = { traceFilter, traceTypes, bundles, simulationContext, simulationPayload, storageRequests };
  const objects = { blockOverrides, stateOverrides, traceConfig, transactionArguments, typedData, ...traces };

  it.each(Object.entries({ ...decoders, ...objects }))(
    "%s decodes or names the problem (10,000 values)",
    (_, decoder) => {
      const value = fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.string({ unit: fc.constantFrom(..."0x19afAFg"), maxLength: 70 }),
        fc.dictionary(
          fc.constantFrom(
            "from",
            "to",
            "data",
            "address",
            "topics",
            "blockHash",
            "tracer",
            "types",
            "domain",
            HASH,
            ADDRESS,
          ),
          fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(ADDRESS, HASH, "0x1", "latest")),
          { maxKeys: 5 },
        ),
      );
      fc.assert(
        fc.property(value, (given) => {
          try {
            decoder.decode(given);
          } catch (error) {
            expect(["RPC_PARAMETERS_INVALID", "RPC_NOT_FOUND"]).toContain((error as { code?: string }).code);
          }
        }),
        { numRuns: 10_000 },
      );
    },
  );
});
