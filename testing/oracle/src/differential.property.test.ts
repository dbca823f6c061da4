import { isTrellisError } from "@trellis/base";
import { createEvm, ethereumPricedPrecompiles } from "@trellis/evm";
import {
  type Address,
  type Authorization,
  type Json,
  KEY_ALGORITHMS,
  KEY_SCHEMES,
  keyAddress,
  type StateReader,
  signAuthorization,
  signKeyAgile,
  TRANSACTION_TYPES,
  type TracerRequest,
} from "@trellis/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOracleEvm, type OracleEvm } from "./createOracleEvm.ts";
import { OracleRefusal } from "./OracleRefusal.ts";
import {
  ALICE,
  addressOfNumber,
  BOB,
  BOB_KEY,
  blockInput,
  CHAIN_ID,
  COIN,
  CONTEXT,
  CONTRACT,
  callInput,
  carrier,
  MERGER,
  OTHER,
  push,
  slotOfNumber,
  stateOf,
  TREASURY,
  transfer,
} from "./testState.ts";

const engine = createEvm({
  precompiles: ethereumPricedPrecompiles,
  random: { bytes: (count) => new Uint8Array(count).fill(3) },
});
const oracle = createOracleEvm();

/** Fixed, so that only code changes can cause a failure. */
const SEED = 20_240_313;
const THIRD = addressOfNumber(0x3d3d);
const SECRET = new Uint8Array(32).fill(9);
const AGILE = keyAddress(KEY_ALGORITHMS.secp256k1, KEY_SCHEMES[KEY_ALGORITHMS.secp256k1].publicKeyOf(SECRET));

const byte = (value: number): string => value.toString(16).padStart(2, "0");
const PUSH_SMALL = fc.integer({ min: 0, max: 40 }).map((value) => `60${byte(value)}`);
const PUSH_ADDRESS = fc
  .constantFrom(ALICE, BOB, CONTRACT, OTHER, THIRD, addressOfNumber(4), addressOfNumber(0x12))
  .map(push);
const PUSH_WORD = fc
  .bigInt({ min: 0n, max: 2n ** 256n - 1n })
  .map((value) => `7f${slotOfNumber(value).slice(2)}`);
const OPCODE = fc.integer({ min: 0, max: 255 }).map(byte);
/** Sequences that random opcodes rarely produce. */
const PIECE = fc.constantFrom(
  "60015f55",
  "5f600155",
  "5f54",
  "60055f5fa1",
  "6020600052",
  "5f5f5f5f6003",
  "5f5f5f5f5f",
  `5f5f5f5f6003${push(OTHER)}5af1`,
  `5f5f5f5f${push(OTHER)}5af4`,
  `60205f60205f${push(THIRD)}5afa`,
  `5f5f5f5f5f${push(THIRD)}6109c4f1`,
  "6c60015f55600a5f526001601ff35f52600d60136005f0",
  "7f60005160205260406000f35f5f5f5f00000000000000000000000000000000005f5260205f6001f0",
  "60125f60205f5ff5",
  "60025f5d5f5c600255",
  `${push(OTHER)}ff`,
  "3d5f5f3e",
  "5f5ffd",
  "60205ff3",
  "5b",
  "5a",
);
const PROGRAM = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: PUSH_SMALL },
      { weight: 1, arbitrary: PUSH_ADDRESS },
      { weight: 1, arbitrary: PUSH_WORD },
      { weight: 4, arbitrary: OPCODE },
      { weight: 4, arbitrary: PIECE },
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(""));
const DATA = fc.uint8Array({ maxLength: 40 });
const GAS = fc.bigInt({ min: 21_000n, max: 300_000n });

function stateWith(codes: readonly string[]): StateReader {
  const [first, second, third] = codes;
  return stateOf({
    [ALICE]: { balance: COIN },
    [AGILE]: { balance: COIN },
    [CONTRACT]: { code: first!, balance: 5n, nonce: 1n, slots: { 0: 3n, 1: 7n } },
    [OTHER]: { code: second!, balance: 1n, nonce: 1n, slots: { 1: 7n } },
    [THIRD]: { code: third!, nonce: 1n },
  });
}

const PROGRAMS = fc.tuple(PROGRAM, PROGRAM, PROGRAM);

async function outcomeOf<T>(run: () => T | Promise<T>): Promise<T | string> {
  try {
    return await run();
  } catch (error) {
    if (isTrellisError(error) || error instanceof OracleRefusal) return error.code;
    throw error;
  }
}

async function expectEqual<T>(
  run: (evm: OracleEvm) => T | Promise<T>,
  comparable: (result: T | string) => unknown = (result) => result,
): Promise<void> {
  const [got, expected] = [await outcomeOf(() => run(engine)), await outcomeOf(() => run(oracle))];
  expect(comparable(got)).toEqual(comparable(expected));
}

const CALLS = new Set(["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"]);

/** ethereumjs does not report the cost of a call with too little gas. */
function withoutCostOfUnpaidCalls(result: Json): unknown {
  const { structLogs, ...rest } = result as { readonly structLogs?: readonly StructLog[] };
  const isUnpaid = ({ op, error }: StructLog): boolean => CALLS.has(op) && error === "out of gas";
  return { ...rest, steps: structLogs?.map((step) => (isUnpaid(step) ? { ...step, gasCost: "" } : step)) };
}

interface StructLog {
  readonly op: string;
  readonly error?: string;
  readonly gasCost: number;
}

describe("the engine and ethereumjs agree", () => {
  it("on blocks", async () => {
    const check = async (codes: readonly string[], data: Uint8Array, gasLimit: bigint) => {
      const gas = gasLimit + 60_000n;
      const agile = transfer({ to: CONTRACT, gasLimit: gas, value: 2n, data }).transaction;
      const unsigned = { ...agile, type: TRANSACTION_TYPES.keyAgile };
      const key = { algorithm: KEY_ALGORITHMS.secp256k1, secret: SECRET };
      const input = blockInput(
        stateWith(codes),
        [
          carrier([transfer({ to: CONTRACT, gasLimit: gas, data }), transfer({ nonce: 7n })]),
          carrier(
            [
              { transaction: signKeyAgile(unsigned, key), sender: AGILE },
              transfer({ nonce: 1n, to: null, gasLimit: gas, data: Buffer.from(codes[1]!, "hex") }),
              transfer({
                nonce: 2n,
                to: OTHER,
                gasLimit: gas,
                type: TRANSACTION_TYPES.accessList,
                maxPriorityFeePerGas: 2_000n,
                accessList: [{ address: THIRD, storageKeys: [slotOfNumber(1)] }],
              }),
            ],
            { tipRecipient: MERGER },
          ),
        ],
        {
          baseFeeShare: { recipient: TREASURY, basisPoints: 1_234 },
          systemCalls: [THIRD, OTHER, CONTRACT].map((to) => ({ to, value: 1n, data, gasLimit })),
          credits: [{ address: BOB, amount: 7n }],
        },
      );
      await expectEqual((evm) => evm.runBlock(input));
    };
    await fc.assert(fc.asyncProperty(PROGRAMS, DATA, GAS, check), { numRuns: 300, seed: SEED });
  });

  it("on calls, estimates and access lists", async () => {
    const check = async (
      codes: readonly string[],
      data: Uint8Array,
      gasLimit: bigint,
      isCreation: boolean,
    ) => {
      const request = isCreation ? { to: null, data: Buffer.from(codes[0]!, "hex") } : { data };
      const input = callInput(stateWith(codes), { ...request, gasLimit, value: 1n });
      await expectEqual((evm) => evm.call(input));
      await expectEqual((evm) => evm.createAccessList(input));
      await expectEqual((evm) => evm.estimateGas(input));
    };
    await fc.assert(fc.asyncProperty(PROGRAMS, DATA, GAS, fc.boolean(), check), { numRuns: 200, seed: SEED });
  });

  it.each<TracerRequest>([
    {
      kind: "structLogs",
      enableMemory: true,
      disableStack: false,
      disableStorage: false,
      enableReturnData: true,
      limit: 0,
    },
    { kind: "call", onlyTopCall: false, withLog: true },
    { kind: "prestate", diffMode: false },
    { kind: "prestate", diffMode: true },
    { kind: "flatCall", convertParityErrors: false, includePrecompiles: false },
    { kind: "flatCall", convertParityErrors: false, includePrecompiles: true },
    { kind: "fourByte" },
  ])("on the traces of %j", async (tracer) => {
    const check = async (
      codes: readonly string[],
      data: Uint8Array,
      gasLimit: bigint,
      isCreation: boolean,
    ) => {
      const request = isCreation ? { to: null, data: Buffer.from(codes[0]!, "hex") } : { data };
      const input = callInput(stateWith(codes), { ...request, gasLimit, value: 1n });
      await expectEqual<Json>((evm) => evm.traceCall(input, tracer), withoutCostOfUnpaidCalls);
    };
    await fc.assert(fc.asyncProperty(PROGRAMS, DATA, GAS, fc.boolean(), check), { numRuns: 200, seed: SEED });
  });

  // EIP-7702
  it.each([false, true])(
    "on the accounts that a set-code transaction touches, diffMode %s",
    async (diffMode) => {
      const authorize = (nonce: bigint, address: Address, key: Uint8Array): Authorization =>
        signAuthorization({ chainId: CHAIN_ID, nonce, address }, key);
      const check = async (codes: readonly string[], to: Address, delegate: Address) => {
        const fields = { to, gasLimit: 300_000n, type: TRANSACTION_TYPES.setCode };
        const authorizationList = [
          authorize(0n, delegate, BOB_KEY),
          authorize(9n, THIRD, SECRET),
          { ...authorize(0n, THIRD, BOB_KEY), yParity: 2 },
        ];
        const input = blockInput(
          stateWith([`5f5f5f5f5f${push(BOB)}5af15060015f55${codes[0]}`, ...codes.slice(1)]),
          [carrier([transfer({ ...fields, authorizationList })])],
          { context: { ...CONTEXT, fork: "prague" } },
        );
        await expectEqual((evm) => evm.traceBlock(input, { kind: "prestate", diffMode }));
      };
      const addresses = fc.constantFrom(BOB, CONTRACT, OTHER);
      await fc.assert(fc.asyncProperty(PROGRAMS, addresses, addresses, check), { numRuns: 30, seed: SEED });
    },
  );
});
