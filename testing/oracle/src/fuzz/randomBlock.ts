import { bigintToBytes, bytesToHex } from "@trellis/base";
import { privateKeyToAddress } from "@trellis/crypto";
import {
  type Address,
  type Authorization,
  type BlockContext,
  type BlockInput,
  createTransaction,
  FORK_NAMES,
  FORKS,
  type ForkName,
  type OpeningCall,
  type SignedBy,
  type StateReader,
  SYSTEM_ADDRESS,
  type SystemCall,
  signAuthorization,
  TRANSACTION_TYPES,
  type UnsignedTransaction,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { creationAddress } from "../message/creationAddress.ts";
import {
  ALICE,
  ALICE_KEY,
  addressOfNumber,
  BOB,
  BOB_KEY,
  blockInput,
  CHAIN_ID,
  COIN,
  CONTEXT,
  carrier,
  stateOf,
  type TestAccount,
} from "../testState.ts";
import { type Book, generateProgram, generateRecursion, type NextRandom } from "./generateProgram.ts";
import { wellFormedInputs } from "./wellFormedInputs.ts";

export interface RandomBlock {
  readonly state: StateReader;
  /** Of the transaction. */
  readonly gasMost: bigint;
  readonly gasLeast: bigint;
  withGas(gasLimit: bigint): BlockInput;
}

const CONTRACTS = [0xc0de, 0xc1de, 0xc2de, 0xc3de].map(addressOfNumber);
const PRECOMPILES = [...Array.from({ length: 0x13 }, (_, index) => index + 1), 0x100].map(addressOfNumber);
const [DELEGATED_KEY, ABSENT_KEY] = [new Uint8Array(32).fill(3), new Uint8Array(32).fill(4)];
const AUTHORITY_KEYS = [ALICE_KEY, BOB_KEY, DELEGATED_KEY, ABSENT_KEY];
/** Delegated accounts (EIP-7702). */
const DELEGATED = [addressOfKey(DELEGATED_KEY), addressOfNumber(0xde2e)];
/** Has no account, unless it delegates. */
const ABSENT = addressOfKey(ABSENT_KEY);
const TARGETS = [
  ...CONTRACTS,
  ...CONTRACTS,
  ...PRECOMPILES,
  ...DELEGATED,
  ALICE,
  BOB,
  ABSENT,
  SYSTEM_ADDRESS,
  addressOfNumber(0xdead),
];
/** EIP-7702. */
const AUTHORIZATION_GAS = 25_000n;
const RECURSION = addressOfNumber(0xd1e9);
const GAS_LIMITS = [100_000n, 300_000n, 1_000_000n, 3_000_000n];
/** Enough for 1,024 nested calls: each spends about 160 gas and retains 1/64 of the rest. */
const RECURSION_GAS = 200_000_000_000n;
/** One takes the oracle as long as 50 other programs. */
const RECURSION_EVERY = 256;
/** In about every eighth state, the first creation address has an account. */
const OBSTACLE_EVERY = 8;
const OBSTACLES: readonly TestAccount[] = [{ balance: 1n }, { nonce: 1n }, { code: "00" }];
const SYSTEM_CALLS_MAX = 3;
/** The oracle takes two milliseconds to recover an authority. */
const SET_CODE_EVERY = 24;
const OPENING_EVERY = 4;
const AUTHORIZATIONS_MAX = 3;
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const BOOK_ADDRESS = addressOfNumber(0xb00c);
const INPUTS = wellFormedInputs();
const BOOK: Book = { address: BOOK_ADDRESS, entries: bookEntries() };
const BOOK_STATE = stateOf({
  [BOOK_ADDRESS]: { nonce: 1n, code: Buffer.concat([Buffer.of(0), ...INPUTS.map(({ input }) => input)]) },
});
/** Shared, because oracles keep the header of a context. */
const CONTEXTS = new Map<ForkName, BlockContext>(FORK_NAMES.map((fork) => [fork, { ...CONTEXT, fork }]));

function bookEntries(): Book["entries"] {
  let offset = 1;
  return INPUTS.map(({ precompile, input, outputSize }) => {
    const entry = { precompile, offset, size: input.length, outputSize };
    offset += input.length;
    return entry;
  });
}

export function randomBlock(random: NextRandom, fork: ForkName): RandomBlock {
  const state = randomState(random);
  const isRecursion = Math.floor(random() * RECURSION_EVERY) === 0;
  const depth = bigintToBytes(BigInt(Math.floor(random() * 1_100)), 32);
  const data = isRecursion ? depth : randomBytes(random, Math.floor(random() * 70));
  const { transactionGasMax = RECURSION_GAS, hasCalldataFloor, hasSetCode } = FORKS[fork];
  const gasMost = isRecursion ? transactionGasMax : pick(random, GAS_LIMITS);
  const isSetCode = hasSetCode && !isRecursion && Math.floor(random() * SET_CODE_EVERY) === 0;
  const authorizationList = isSetCode ? randomAuthorizations(random) : [];
  const top = isSetCode ? pick(random, [CONTRACTS[0]!, ...DELEGATED, ALICE, BOB, ABSENT]) : CONTRACTS[0]!;
  const to = isRecursion ? RECURSION : top;
  const systemCalls = randomSystemCalls(random);
  // EIP-7825 does not limit calls of the block.
  if (gasMost === FORKS[fork].transactionGasMax) {
    systemCalls.push({ to, value: 0n, data, gasLimit: RECURSION_GAS });
  }
  const context = CONTEXTS.get(fork)!;
  const intrinsic = intrinsicGas(data) + AUTHORIZATION_GAS * BigInt(authorizationList.length);
  const floor = hasCalldataFloor ? floorGas(data) : 0n;
  const gasLeast = intrinsic > floor ? intrinsic : floor;
  const openingCalls = Math.floor(random() * OPENING_EVERY) === 0 ? openingOf(systemCalls) : [];
  const reserved = openingCalls.reduce((sum, call) => sum + (call.isDelivery ? call.gasLimit : 0n), 0n);
  const fields = { to, data, ...(isSetCode && { type: TRANSACTION_TYPES.setCode, authorizationList }) };
  return {
    state,
    gasMost: gasMost < gasLeast ? gasLeast : gasMost,
    gasLeast,
    withGas: (gasLimit) =>
      blockInput(
        state,
        [carrier([transactionOf({ ...fields, gasLimit })], { gasLimit: gasLimit + reserved })],
        {
          systemCalls,
          openingCalls,
          context,
        },
      ),
  };
}

/** No engine verifies a block's signatures, so it is a constant. */
function transactionOf(
  fields: Pick<UnsignedTransaction, "to" | "data" | "gasLimit"> & Partial<UnsignedTransaction>,
): SignedBy {
  const transaction = createTransaction(
    {
      type: TRANSACTION_TYPES.dynamicFee,
      chainId: CHAIN_ID,
      nonce: 0n,
      value: 1n,
      accessList: [],
      maxFeePerGas: 2_000n,
      maxPriorityFeePerGas: 100n,
      ...fields,
    },
    { kind: "ecdsa", r: 1n, s: 1n, yParity: 0 },
  );
  return { transaction, sender: ALICE };
}

/** EIP-7702: some have a wrong chain, nonce or signature. */
function randomAuthorizations(random: NextRandom): Authorization[] {
  return Array.from({ length: 1 + Math.floor(random() * AUTHORIZATIONS_MAX) }, () => {
    const signed = signAuthorization(
      {
        chainId: pick(random, [0n, CHAIN_ID, CHAIN_ID, CHAIN_ID, CHAIN_ID + 1n]),
        address: pick(random, [...TARGETS, ZERO_ADDRESS]),
        nonce: pick(random, [0n, 0n, 1n, 1n, 2n, 2n ** 64n - 1n]),
      },
      pick(random, AUTHORITY_KEYS),
    );
    return pick(random, [
      ...Array<Authorization>(5).fill(signed),
      { ...signed, s: SECP256K1_ORDER - signed.s, yParity: 1 - signed.yParity },
      { ...signed, yParity: signed.yParity + 2 },
      { ...signed, r: 0n },
    ]);
  });
}

function randomState(random: NextRandom): StateReader {
  const accounts: Record<Address, TestAccount> = { [ALICE]: { balance: COIN }, [BOB]: { balance: 5n } };
  for (const [index, address] of CONTRACTS.entries()) {
    const code = generateProgram(random, { targets: TARGETS, depth: 2, book: BOOK });
    const slots = { 0: BigInt(Math.floor(random() * 3)), 1: 1n, 2: 0n };
    accounts[address] = { nonce: 1n, balance: BigInt(index * 3), code, slots };
  }
  for (const address of DELEGATED) {
    accounts[address] = { nonce: 1n, balance: 3n, code: `ef0100${pick(random, TARGETS).slice(2)}` };
  }
  const bottom = pick(random, CONTRACTS);
  accounts[RECURSION] = { nonce: 1n, balance: 7n, code: generateRecursion(random, RECURSION, bottom) };
  if (Math.floor(random() * OBSTACLE_EVERY) === 0) {
    accounts[creationAddress(CONTRACTS[0]!, 1n)] = pick(random, OBSTACLES);
  }
  return stateOf(accounts, BOOK_STATE);
}

function addressOfKey(key: Uint8Array): Address {
  return bytesToHex(privateKeyToAddress(key));
}

function randomBytes(random: NextRandom, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => (random() < 0.5 ? 0 : Math.floor(random() * 256)));
}

function randomSystemCalls(random: NextRandom): SystemCall[] {
  const count = Math.max(0, Math.floor(random() * 2 * SYSTEM_CALLS_MAX) - SYSTEM_CALLS_MAX + 1);
  return Array.from({ length: count }, () => ({
    to: pick(random, TARGETS),
    value: pick(random, [0n, 1n, COIN]),
    data: randomBytes(random, Math.floor(random() * 70)),
    gasLimit: BigInt(Math.floor(random() * Number(pick(random, GAS_LIMITS)))),
  }));
}

function openingOf(calls: readonly SystemCall[]): OpeningCall[] {
  return calls.map((call, index) => ({ ...call, isDelivery: index % 2 === 0 }));
}

function pick<T>(random: NextRandom, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

function intrinsicGas(data: Uint8Array): bigint {
  return 21_000n + BigInt(data.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0));
}

/** EIP-7623. */
function floorGas(data: Uint8Array): bigint {
  return 21_000n + BigInt(data.reduce((sum, byte) => sum + (byte === 0 ? 10 : 40), 0));
}
