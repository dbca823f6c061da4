import { bigintToBytes, bytesToHex } from "@trellis/base";
import type { Address, BlockInput, Hash, StateReader } from "@trellis/protocol";
import { Assembler } from "./Assembler.ts";
import { blockOf, SENDER, type Sent, senderAccount } from "./blockOf.ts";
import { calleeCode } from "./calleeCode.ts";
import { type CalleeSet, type Genome, hashOf, usedSets } from "./genome.ts";
import { numberOf } from "./SegmentKind.ts";
import { SEGMENT_KINDS } from "./segments/index.ts";

/** EIP-170 and EIP-3860. */
const CODE_MAX = 24_576;
const INIT_CODE_MAX = 49_152;
const DRIVER: Address = `0x${"d0".repeat(20)}`;
const DATA_FIRST = 0xda_0000n << 136n;
const SET_FIRST = 0xca_0000n << 136n;
const SET_STRIDE = 1n << 32n;
const TRANSACTION_GAS_MIN = 100_000;
/** EIP-7825 */
const TRANSACTION_GAS_MAX = 2 ** 24;
const INTRINSIC_GAS = 21_000;
const ENVELOPE_BYTES_MAX = 400_000;

export interface Program {
  /** @param salt changes code hashes, so that caches do not help */
  blockInput(gas: number, salt: number): BlockInput;
}

export function buildProgram(genome: Genome): Program | undefined {
  const data: Uint8Array[] = [];
  const driver = assembleDriver(genome, (bytes) => {
    data.push(bytes);
    return addressAt(DATA_FIRST, data.length - 1);
  });
  const isCreation = genome.frame.isCreation === 1;
  if (driver.length > (isCreation ? INIT_CODE_MAX : CODE_MAX)) return undefined;
  const codes = new CodesByAddress(hashOf(genome));
  codes.add(DRIVER, driver);
  data.forEach((bytes, index) => {
    codes.add(addressAt(DATA_FIRST, index), bytes);
  });
  for (const set of usedSets(genome)) codes.addSet(setFirst(set), genome.sets[set]!);
  return {
    blockInput: (gas, salt) =>
      blockOf({ state: codes.state(salt), gas, transactions: transactionsOf(genome, gas, driver) }),
  };
}

function assembleDriver(genome: Genome, addData: (bytes: Uint8Array) => Address): Uint8Array {
  const assembler = new Assembler(addData);
  const context = {
    callees: (set: number) => ({
      first: setFirst(set % genome.sets.length),
      count: numberOf(genome.sets[set % genome.sets.length]!, "count"),
    }),
  };
  const loop = assembler.newLabel();
  assembler.op("GAS").place(loop);
  for (const { kind, values } of genome.segments) SEGMENT_KINDS[kind].emit(assembler, values, context);
  if (genome.frame.counter === "sequence") assembler.push(1).op("ADD");
  else {
    // Knuth's MMIX generator, modulo 2^64.
    assembler.push(6_364_136_223_846_793_005n).op("MUL").push(1_442_695_040_888_963_407n).op("ADD");
    assembler.push((1n << 64n) - 1n).op("AND");
  }
  assembler
    .op("GAS")
    .push(genome.frame.ending === "outOfGas" ? 0 : 60_000)
    .op("LT");
  assembler.pushLabel(loop).op("JUMPI");
  if (genome.frame.ending === "revert") assembler.op("PUSH0", "PUSH0", "REVERT");
  else assembler.op("STOP");
  return assembler.assemble();
}

function transactionsOf({ frame }: Genome, gas: number, driver: Uint8Array): Sent[] {
  const most = Math.min(numberOf(frame, "transactions"), Math.floor(gas / TRANSACTION_GAS_MIN));
  const count = Math.max(Math.ceil(gas / TRANSACTION_GAS_MAX), most);
  const each = Math.floor(gas / count);
  const intrinsic = Math.floor(((each - INTRINSIC_GAS) * numberOf(frame, "intrinsic")) / 100);
  const sent: Sent =
    frame.isCreation === 1
      ? { to: null, gas: each, data: driver }
      : { to: DRIVER, gas: each, ...paidBefore(String(frame.intrinsicKind), intrinsic) };
  return Array.from({ length: count }, () => sent);
}

function paidBefore(kind: string, gas: number) {
  if (kind === "addresses" || kind === "keys") {
    const isKeys = kind === "keys";
    const [each, size] = isKeys ? [1_900, 33] : [2_400, 22];
    const count = Math.min(Math.floor(gas / each), Math.floor(ENVELOPE_BYTES_MAX / size));
    const storageKeys = Array.from({ length: count }, (_, key) => bytesToHex(bigintToBytes(BigInt(key), 32)));
    if (isKeys)
      return { accessList: count > 2 ? [{ address: DRIVER, storageKeys: storageKeys.slice(2) }] : [] };
    const addresses = storageKeys.map((key): Address => `0xee${key.slice(28)}`);
    return { accessList: addresses.map((address) => ({ address, storageKeys: [] })) };
  }
  // EIP-7623
  const bytes = Math.min(Math.floor(gas / (kind === "zeros" ? 10 : 40)), ENVELOPE_BYTES_MAX);
  return { data: new Uint8Array(bytes).fill(kind === "zeros" ? 0 : 1) };
}

/** Invents code hashes, because the engine does not verify them. */
class CodesByAddress {
  readonly #indexes = new Map<Address, number>();
  readonly #codes: Uint8Array[] = [];
  readonly #program: string;

  constructor(program: Hash) {
    this.#program = program.slice(2, 26);
  }

  add(address: Address, code: Uint8Array): void {
    this.#indexes.set(address, this.#codes.length);
    this.#codes.push(code);
  }

  addSet(first: Address, set: CalleeSet): void {
    const size = numberOf(set, "size");
    const shared = calleeCode(String(set.shape), String(set.start), size, numberOf(set, "seed"));
    for (let index = 0; index < numberOf(set, "count"); index++) {
      this.#indexes.set(addressAt(BigInt(first), index), this.#codes.length);
      this.#codes.push(shared);
    }
  }

  state(salt: number): StateReader {
    return {
      account: (address) => {
        if (address === SENDER) return senderAccount;
        const index = this.#indexes.get(address);
        return index === undefined
          ? undefined
          : { nonce: 1n, balance: 10n ** 18n, codeHash: this.#codeHash(index, salt) };
      },
      storage: () => 0n,
      code: (hash) => this.#codes[Number.parseInt(hash.slice(2, 10), 16)]!,
    };
  }

  #codeHash(index: number, salt: number): Hash {
    const mixed = (BigInt(salt + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835n) & ((1n << 128n) - 1n);
    return `0x${index.toString(16).padStart(8, "0")}${this.#program}${mixed.toString(16).padStart(32, "0")}`;
  }
}

function setFirst(set: number): Address {
  return addressAt(SET_FIRST + BigInt(set) * SET_STRIDE, 0);
}

function addressAt(first: bigint, index: number): Address {
  return bytesToHex(bigintToBytes(first + BigInt(index), 20));
}
