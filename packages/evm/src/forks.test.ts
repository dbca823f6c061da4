import { bytesToBigint, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256Hex, privateKeyToAddress } from "@trellis/crypto";
import {
  type Address,
  authorizationsOf,
  type BlockInput,
  type BlockResult,
  type CallRequest,
  type CallResult,
  EMPTY_CODE_HASH,
  type ForkName,
  HISTORY_STORAGE_ADDRESS,
  KEY_REGISTRY_ADDRESS,
  keyRegistrySlot,
  type StateReader,
  signAuthorization,
  TRANSACTION_TYPES,
  type UnsignedTransaction,
} from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEvm } from "./createEvm.ts";
import {
  ALICE,
  blockInput,
  CHAIN_ID,
  COIN,
  CONTEXT,
  CONTRACT,
  callInput,
  code,
  contractState,
  OTHER,
  push32,
  RETURN_TOP,
  random,
  stateOf,
  type TestAccount,
  transaction,
} from "./testing/testState.ts";

const compiled = { gasPerByte: 0, moduleBytesMax: 1 << 20, bytesMax: 1 << 23 };
const evms = {
  interpreted: createEvm({ random, compile: false }),
  compiled: createEvm({ random, compile: compiled }),
};
const evm = evms.interpreted;

function call(
  state: StateReader,
  fork: ForkName,
  request: Partial<CallRequest> = {},
  engine = evm,
): CallResult {
  return engine.call(callInput(state, request, { context: { ...CONTEXT, fork } })) as CallResult;
}

function runBlock(
  state: StateReader,
  fork: ForkName,
  fields: readonly Partial<UnsignedTransaction>[],
  block: Partial<BlockInput> = {},
): BlockResult {
  const input = blockInput(state, fields.map(transaction));
  return evm.runBlock({ ...input, context: { ...CONTEXT, fork }, ...block }) as BlockResult;
}

describe("EVM-22: CLZ (EIP-7939)", () => {
  const clz = contractState(code("5f35", "1e", RETURN_TOP));
  it.each(["interpreted", "compiled"] as const)("counts leading zeros, %s", (tier) => {
    const check = (value: bigint): void => {
      const data = hexToBytes(`0x${value.toString(16).padStart(64, "0")}`);
      const { output } = call(clz, "osaka", { data }, evms[tier]);
      const expected = value === 0n ? 256 : 256 - value.toString(2).length;
      expect(Number(bytesToBigint(output))).toBe(expected);
    };
    for (let bit = 0n; bit < 256n; bit++) for (const low of [0n, 1n]) check((1n << bit) | low);
    check(0n);
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), check), { numRuns: 100 });
  });

  it.each(["interpreted", "compiled"] as const)(
    "is undefined before Osaka, and after a change back, %s",
    (tier) => {
      const outcomes = (["prague", "osaka", "cancun", "osaka", "prague"] as const).map(
        (fork) => call(clz, fork, { data: new Uint8Array(32) }, evms[tier]).outcome,
      );
      expect(outcomes).toEqual(["invalid", "success", "invalid", "success", "invalid"]);
    },
  );
});

describe("EVM-22: precompiles by fork", () => {
  const sizeOf = (address: number, fork: ForkName): bigint => {
    const at = address.toString(16).padStart(4, "0");
    const asks = contractState(code(`5f5f6101005f5f61${at}5af13d01`, RETURN_TOP));
    return bytesToBigint(call(asks, fork).output);
  };
  it("BLS12-381 from Prague, P-256 in Osaka", () => {
    // Success flag plus output size; infinity plus infinity is 128 bytes.
    expect((["cancun", "prague", "osaka"] as const).map((fork) => sizeOf(0x0b, fork))).toEqual([
      1n,
      129n,
      129n,
    ]);
    const pays = (fork: ForkName): bigint => call(contractState(code("5f5f5f5f5f6101005af1")), fork).gasUsed;
    expect(pays("osaka") - pays("prague")).toBe(172_500n - 2_500n);
  });
});

describe("EVM-22: calldata floor (EIP-7623)", () => {
  const data = concatBytes(new Uint8Array(10), new Uint8Array(100).fill(1));
  it("is the least that a transaction uses", () => {
    const gas = (fork: ForkName, gasLimit: bigint) =>
      runBlock(stateOf({ [ALICE]: { balance: COIN } }), fork, [{ to: OTHER, data, gasLimit }]).gasUsed;
    expect(gas("cancun", 100_000n)).toBe(21_000n + 10n * 4n + 100n * 16n);
    expect(gas("prague", 100_000n)).toBe(21_000n + 10n * (10n + 400n));
    expect(gas("prague", 25_100n)).toBe(25_100n);
    expect(() => gas("prague", 25_099n)).toThrow(expect.objectContaining({ code: "TRANSACTION_INVALID" }));
  });
  it("CALL_GAS_TOO_LOW names the least gas of a call", () => {
    const state = stateOf({ [ALICE]: { balance: COIN } });
    const refused = (fork: ForkName, gasMin: bigint) =>
      expect(() => call(state, fork, { to: OTHER, data, gasLimit: gasMin - 1n })).toThrow(
        expect.objectContaining({ code: "CALL_GAS_TOO_LOW", facts: { got: gasMin - 1n, gasMin } }),
      );
    refused("cancun", 21_000n + 10n * 4n + 100n * 16n);
    refused("prague", 21_000n + 10n * (10n + 400n));
  });
  it("does not add to execution that uses more", () => {
    const loops = contractState(code("6103e8", "5b", "6001", "90", "03", "80", "6003", "57"));
    const [before, after] = (["cancun", "prague"] as const).map(
      (fork) => runBlock(loops, fork, [{ data }]).gasUsed,
    );
    expect(after).toBe(before);
  });
});

describe("EVM-22: gas limit of a transaction (EIP-7825)", () => {
  const state = stateOf({ [ALICE]: { balance: COIN } });
  const run = (fork: ForkName, gasLimit: bigint) => runBlock(state, fork, [{ to: OTHER, gasLimit }]).gasUsed;
  it("is at most 2^24 in Osaka", () => {
    expect(run("osaka", 1n << 24n)).toBe(21_000n);
    expect(() => run("osaka", (1n << 24n) + 1n)).toThrow(
      expect.objectContaining({ code: "TRANSACTION_INVALID" }),
    );
    expect(run("prague", (1n << 24n) + 1n)).toBe(21_000n);
  });
  it("does not limit calls", () => {
    expect(call(state, "osaka", { to: OTHER, gasLimit: 20_000_000n }).outcome).toBe("success");
  });
});

describe("EVM-23: set-code transactions (EIP-7702)", () => {
  const BOB_KEY = new Uint8Array(32).fill(7);
  const BOB = `0x${Buffer.from(privateKeyToAddress(BOB_KEY)).toString("hex")}` as Address;
  const STORES_ONE = code("60015f55");
  const designator = (address: Address): Uint8Array => hexToBytes(`0xef0100${address.slice(2)}`);
  const sign = (fields: { address?: Address; nonce?: bigint; chainId?: bigint } = {}, key = BOB_KEY) =>
    signAuthorization({ chainId: CHAIN_ID, address: CONTRACT, nonce: 0n, ...fields }, key);
  const setCode = { type: TRANSACTION_TYPES.setCode, to: BOB, gasLimit: 500_000n } as const;
  const stateWith = (bob?: TestAccount, others: Readonly<Record<Address, TestAccount>> = {}): StateReader =>
    contractState(STORES_ONE, { ...(bob && { [BOB]: bob }), ...others });
  const codeOf = ({ changes }: BlockResult, address = BOB): Uint8Array | undefined => {
    const account = changes.accounts.get(address);
    return account && changes.codes.get(account.codeHash);
  };

  it("delegates, and runs the delegate's code on the account", () => {
    const result = runBlock(stateWith({}), "prague", [{ ...setCode, authorizationList: [sign()] }]);
    expect(codeOf(result)).toEqual(designator(CONTRACT));
    expect(result.changes.accounts.get(BOB)!.nonce).toBe(1n);
    expect([...result.changes.storage.get(BOB)!.values()]).toEqual([1n]);
    expect(result.changes.storage.has(CONTRACT)).toBe(false);
  });

  it("keeps the delegation of a transaction that reverts", () => {
    const state = contractState(code("5f5ffd"), { [BOB]: {} });
    const result = runBlock(state, "prague", [{ ...setCode, authorizationList: [sign()] }]);
    expect(result.outcomes.flat()[0]).toMatchObject({ receipt: { status: 0 } });
    expect(codeOf(result)).toEqual(designator(CONTRACT));
  });

  it("costs 25,000 gas per authorization, of which existing accounts get 12,500 back", () => {
    const gas = (bob?: TestAccount): bigint =>
      runBlock(stateWith(bob), "prague", [{ ...setCode, to: OTHER, authorizationList: [sign()] }]).gasUsed;
    expect(gas()).toBe(46_000n);
    // A fifth of the gas limits the refund (EIP-3529).
    expect(gas({ balance: 1n })).toBe(46_000n - 46_000n / 5n);
  });

  it.each([
    ["another chain", { chainId: CHAIN_ID + 1n }, {}],
    ["a used nonce", { nonce: 0n }, { nonce: 1n }],
    ["the last nonce", { nonce: 2n ** 64n - 1n }, { nonce: 2n ** 64n - 1n }],
    ["an account with other code", {}, { code: code("00") }],
  ] as const)("skips an authorization for %s", (_name, fields, bob) => {
    const result = runBlock(stateWith(bob), "prague", [
      { ...setCode, to: OTHER, authorizationList: [sign(fields)] },
    ]);
    expect(result.outcomes.flat()[0]).toMatchObject({ kind: "accepted", receipt: { status: 1 } });
    expect(result.changes.accounts.has(BOB)).toBe(false);
  });

  it("skips an authorization with an invalid signature", () => {
    const { r, s, ...rest } = sign();
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    for (const wrong of [{ yParity: 2 }, { r: 0n }, { s: order - s }, { r: order }]) {
      const authorizationList = [{ ...rest, r, s, ...wrong }];
      const result = runBlock(stateWith({}), "prague", [{ ...setCode, to: OTHER, authorizationList }]);
      expect(result.changes.accounts.has(BOB)).toBe(false);
    }
  });

  it("chain id 0 is valid on every chain", () => {
    const result = runBlock(stateWith({}), "prague", [
      { ...setCode, authorizationList: [sign({ chainId: 0n })] },
    ]);
    expect(codeOf(result)).toEqual(designator(CONTRACT));
  });

  it("address zero ends the delegation", () => {
    const state = stateWith({ nonce: 4n, code: designator(CONTRACT) });
    const authorizationList = [sign({ address: `0x${"00".repeat(20)}`, nonce: 4n })];
    const { changes } = runBlock(state, "prague", [{ ...setCode, authorizationList }]);
    expect(changes.accounts.get(BOB)).toMatchObject({ nonce: 5n, codeHash: EMPTY_CODE_HASH });
    expect(changes.storage.size).toBe(0);
  });

  it("a later authorization of the same account applies after the first", () => {
    const authorizationList = [
      sign(),
      sign({ address: OTHER, nonce: 1n }),
      sign({ address: CONTRACT, nonce: 1n }),
    ];
    const result = runBlock(stateWith({}), "prague", [{ ...setCode, authorizationList }]);
    expect(codeOf(result)).toEqual(designator(OTHER));
    expect(result.changes.accounts.get(BOB)!.nonce).toBe(2n);
  });

  it("delegations are not followed twice, so loops end", () => {
    for (const target of [BOB, OTHER]) {
      const state = stateWith({ code: designator(target) }, { [OTHER]: { code: designator(BOB) } });
      const { outcome } = call(state, "prague", { to: BOB });
      expect(outcome).toBe("invalid");
    }
  });

  it("a delegation to a precompile runs nothing", () => {
    const state = stateWith({ code: designator(`0x${"04".padStart(40, "0")}`) });
    const { outcome, output } = call(state, "prague", { to: BOB, data: new Uint8Array(3) });
    expect([outcome, output.length]).toEqual(["success", 0]);
  });

  it("EXTCODESIZE and EXTCODEHASH read the designator", () => {
    const asks = (opcode: string): StateReader =>
      contractState(code(`73${BOB.slice(2)}`, opcode, RETURN_TOP), { [BOB]: { code: designator(OTHER) } });
    expect(bytesToBigint(call(asks("3b"), "prague").output)).toBe(23n);
    expect(bytesToBigint(call(asks("3f"), "prague").output)).toBe(BigInt(keccak256Hex(designator(OTHER))));
  });

  it("a call of a delegated account pays for the delegate's access", () => {
    const gas = (fork: ForkName, bob: TestAccount, request: Partial<CallRequest> = {}): bigint =>
      call(contractState(code(`5f5f5f5f5f73${BOB.slice(2)}5af1`), { [BOB]: bob }), fork, request).gasUsed;
    const plain = gas("prague", {});
    expect(gas("prague", { code: designator(OTHER) })).toBe(plain + 2_600n);
    const warm = { accessList: [{ address: OTHER, storageKeys: [] }] };
    expect(gas("prague", { code: designator(OTHER) }, warm)).toBe(gas("prague", {}, warm) + 100n);
  });

  it("a delegated account can send transactions", () => {
    const state = contractState(code("00"), { [ALICE]: { balance: COIN, code: designator(OTHER) } });
    const outcome = (fork: ForkName) => runBlock(state, fork, [{ to: OTHER }]).outcomes.flat()[0];
    expect(outcome("prague")).toMatchObject({ kind: "accepted" });
    expect(outcome("cancun")).toEqual({ kind: "skipped", reason: "SENDER_HAS_CODE" });
  });

  it("EVM-23.1: only a rotated account's registered key can authorize", () => {
    const registry = { nonce: 1n, code: code("00") };
    const slots = (id: bigint): StateReader => {
      const state = stateWith({}, { [KEY_REGISTRY_ADDRESS]: registry });
      const slot = keyRegistrySlot(BOB);
      return {
        ...state,
        storage: (at, key) => (at === KEY_REGISTRY_ADDRESS && key === slot ? id : state.storage(at, key)),
      };
    };
    const isDelegated = (id: bigint): boolean =>
      codeOf(runBlock(slots(id), "prague", [{ ...setCode, authorizationList: [sign()] }])) !== undefined;
    expect(isDelegated(0n)).toBe(true);
    expect(isDelegated(1n)).toBe(false);
  });

  it("is invalid before Prague", () => {
    const fields = { ...setCode, authorizationList: [sign()] };
    expect(() => runBlock(stateWith({}), "cancun", [fields])).toThrow(
      expect.objectContaining({ code: "TRANSACTION_INVALID" }),
    );
  });

  it("EVM-23: only a transaction that pays has its authorities recovered", () => {
    const isRecovered = (fields: Partial<UnsignedTransaction>): boolean => {
      const counted = { ...sign(), count: 0 };
      Object.defineProperty(counted, "yParity", {
        enumerable: true,
        get: () => {
          counted.count++;
          return 0;
        },
      });
      const signed = transaction({ ...setCode, ...fields, authorizationList: [counted] });
      authorizationsOf(signed.transaction);
      counted.count = 0;
      const input = blockInput(stateWith({}), [signed]);
      evm.runBlock({ ...input, context: { ...CONTEXT, fork: "prague" } });
      return counted.count > 0;
    };
    expect(isRecovered({})).toBe(true);
    for (const skipped of [
      { nonce: 1n },
      { gasLimit: 40_000_000n },
      { value: 2n * COIN },
      { maxFeePerGas: 1n },
    ])
      expect(isRecovered({ maxPriorityFeePerGas: 0n, ...skipped })).toBe(false);
  });

  it("CALL_INVALID for authorizations before Prague", () => {
    const request = { to: BOB, authorizationList: [sign()] };
    expect(() => call(stateWith(), "cancun", request)).toThrow(
      expect.objectContaining({ code: "CALL_INVALID" }),
    );
  });

  it("CALL_STOPPED between recoveries of a call", () => {
    let looks = 0;
    const cancellation = { signal: new AbortController().signal, isOver: () => ++looks > 2 };
    const authorizationList = [1n, 2n, 3n, 4n, 5n].map((nonce) => sign({ nonce }));
    const input = callInput(
      stateWith(),
      { to: BOB, authorizationList },
      { cancellation, context: { ...CONTEXT, fork: "prague" } },
    );
    expect(() => evm.call(input)).toThrow(expect.objectContaining({ code: "CALL_STOPPED" }));
    expect(looks).toBe(3);
  });

  it("calls and estimates accept authorizations", () => {
    const request = { to: BOB, authorizationList: [sign()] };
    const { outcome, gasUsed } = call(stateWith(), "prague", request);
    expect([outcome, gasUsed]).toEqual(["success", 46_000n + 22_105n]);
    expect(call(stateWith(), "prague", { to: BOB }).gasUsed).toBe(21_000n);
  });
});

describe("EVM-24: history of block hashes (EIP-2935)", () => {
  const SET =
    "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
  const history = { nonce: 1n, code: hexToBytes(SET) };
  it("stores the parent's hash before the transactions", () => {
    // Asks the contract for the parent's hash.
    const asks = code(
      push32(CONTEXT.number - 1n),
      "5f52",
      `60205f60205f5f73${HISTORY_STORAGE_ADDRESS.slice(2)}5af1505f515f55`,
    );
    const state = contractState(asks, { [HISTORY_STORAGE_ADDRESS]: history });
    const { changes } = runBlock(state, "prague", [{}]);
    const expected = CONTEXT.number - 1n;
    expect([...changes.storage.get(HISTORY_STORAGE_ADDRESS)!]).toEqual([
      [`0x${(expected % 8_191n).toString(16).padStart(64, "0")}`, expected],
    ]);
    expect([...changes.storage.get(CONTRACT)!.values()]).toEqual([expected]);
    expect(runBlock(state, "cancun", []).changes.storage.size).toBe(0);
  });
  it("a deployment puts the contract into the state before the first call", () => {
    const deployments = [{ address: HISTORY_STORAGE_ADDRESS, code: history.code }];
    const state = stateOf({ [HISTORY_STORAGE_ADDRESS]: { balance: 7n } });
    const { changes } = runBlock(state, "prague", [], { deployments });
    const codeHash = keccak256Hex(history.code);
    expect(changes.accounts.get(HISTORY_STORAGE_ADDRESS)).toEqual({ nonce: 1n, balance: 7n, codeHash });
    expect(changes.codes.get(codeHash)).toEqual(history.code);
    expect([...changes.storage.get(HISTORY_STORAGE_ADDRESS)!.values()]).toEqual([CONTEXT.number - 1n]);
  });
  it("does nothing without the contract", () => {
    expect(runBlock(stateOf({}), "prague", []).changes.accounts.size).toBe(0);
  });
});
