import { bytesToHex, hexToBytes } from "@trellis/base";
import { privateKeyToAddress } from "@trellis/crypto";
import {
  type AccessListResult,
  type Address,
  type Authorization,
  type Json,
  type StateReader,
  signAuthorization,
  TRANSACTION_TYPES,
  type TransactionTrace,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import {
  ALICE,
  blockInput,
  CHAIN_ID,
  COIN,
  CONTEXT,
  CONTRACT,
  callInput,
  code,
  MINER,
  OTHER,
  random,
  stateOf,
  type TestAccount,
  transaction,
} from "../testing/testState.ts";

const evm = createEvm({ random });
const context = { ...CONTEXT, fork: "prague" } as const;
const BOB_KEY = new Uint8Array(32).fill(7);
const BOB: Address = bytesToHex(privateKeyToAddress(BOB_KEY));
const callBob = code(`5f5f5f5f5f73${BOB.slice(2)}5af1`);

const designator = (address: Address): Uint8Array => hexToBytes(`0xef0100${address.slice(2)}`);
const sign = (chainId = CHAIN_ID, address = OTHER): Authorization =>
  signAuthorization({ chainId, address, nonce: 0n }, BOB_KEY);
const stateWith = (contract: Uint8Array, bob?: TestAccount): StateReader =>
  stateOf({
    [ALICE]: { balance: COIN },
    [CONTRACT]: { code: contract },
    [OTHER]: { code: code("60015f55") },
    ...(bob && { [BOB]: bob }),
  });

describe("prestateTracer and set-code transactions (EIP-7702)", () => {
  const trace = (state: StateReader, to: Address, authorizationList: Authorization[], diffMode = false) => {
    const fields = { to, gasLimit: 500_000n, ...(authorizationList.length > 0 && setCode) };
    const input = blockInput(state, [transaction({ ...fields, authorizationList })]);
    const traces = evm.traceBlock({ ...input, context }, { kind: "prestate", diffMode });
    return (traces as readonly TransactionTrace[])[0]!.result as { readonly [name: string]: Json };
  };
  const setCode = { type: TRANSACTION_TYPES.setCode };

  it("shows the authority before and after, though no code touches it", () => {
    const { pre, post } = trace(stateWith(code("00"), { balance: 3n }), CONTRACT, [sign()], true);
    expect(pre).toMatchObject({ [BOB]: { balance: "0x3" } });
    expect(post).toMatchObject({ [BOB]: { code: bytesToHex(designator(OTHER)), nonce: 1 } });
  });

  it("shows the delegate of the recipient, also if this transaction sets it", () => {
    const delegate = { [OTHER]: { code: "0x60015f55" } };
    expect(trace(stateWith(code("00"), { code: designator(OTHER) }), BOB, [])).toMatchObject(delegate);
    expect(trace(stateWith(code("00")), BOB, [sign()])).toMatchObject(delegate);
    expect(Object.keys(trace(stateWith(code("00")), BOB, []))).not.toContain(OTHER);
  });

  it("shows the delegate of an account that code calls", () => {
    const called = trace(stateWith(callBob, { code: designator(OTHER) }), CONTRACT, []);
    expect(called).toMatchObject({ [OTHER]: { code: "0x60015f55" } });
    const asked = trace(stateWith(code(`73${BOB.slice(2)}3b`), { code: designator(OTHER) }), CONTRACT, []);
    expect(Object.keys(asked)).toContain(BOB);
    expect(Object.keys(asked)).not.toContain(OTHER);
  });

  it("shows authorities of calls", () => {
    const input = callInput(stateWith(code("00")), { authorizationList: [sign()] }, { context });
    const { post } = evm.traceCall(input, { kind: "prestate", diffMode: true }) as { post: Json };
    expect(post).toMatchObject({ [BOB]: { nonce: 1 } });
  });
});

describe("createAccessList and authorizations (EIP-7702)", () => {
  it("does not list authorities, which are warm, unless of another chain", () => {
    const listed = (authorization?: Authorization) => {
      const authorizationList = authorization && { authorizationList: [authorization] };
      const input = callInput(stateWith(callBob, {}), authorizationList, { context });
      return (evm.createAccessList(input) as AccessListResult).accessList.map(({ address }) => address);
    };
    expect(listed()).toEqual([BOB]);
    expect(listed(sign(CHAIN_ID, MINER))).toEqual([]);
    expect(listed(sign(0n, MINER))).toEqual([]);
    expect(listed(sign(CHAIN_ID + 1n, MINER))).toEqual([BOB]);
  });
});
