import type { Address } from "@trellis/protocol";

export type NextRandom = () => number;

/** The contract's code contains valid precompile inputs after the first byte. */
export interface Book {
  readonly address: Address;
  readonly entries: readonly {
    readonly precompile: Address;
    readonly offset: number;
    readonly size: number;
    readonly outputSize: number;
  }[];
}

interface ProgramSurroundings {
  readonly targets: readonly Address[];
  readonly depth: number;
  readonly book: Book;
}

const OP = {
  STOP: 0x00,
  KECCAK256: 0x20,
  CALLDATALOAD: 0x35,
  CALLDATACOPY: 0x37,
  CODECOPY: 0x39,
  BALANCE: 0x31,
  EXTCODESIZE: 0x3b,
  EXTCODECOPY: 0x3c,
  EXTCODEHASH: 0x3f,
  RETURNDATASIZE: 0x3d,
  RETURNDATACOPY: 0x3e,
  BLOCKHASH: 0x40,
  POP: 0x50,
  MLOAD: 0x51,
  MSTORE: 0x52,
  MSTORE8: 0x53,
  SLOAD: 0x54,
  SSTORE: 0x55,
  JUMP: 0x56,
  JUMPI: 0x57,
  GAS: 0x5a,
  JUMPDEST: 0x5b,
  TLOAD: 0x5c,
  TSTORE: 0x5d,
  MCOPY: 0x5e,
  PUSH0: 0x5f,
  PUSH1: 0x60,
  PUSH2: 0x61,
  DUP1: 0x80,
  SWAP1: 0x90,
  LOG0: 0xa0,
  CREATE: 0xf0,
  CALL: 0xf1,
  CALLCODE: 0xf2,
  RETURN: 0xf3,
  DELEGATECALL: 0xf4,
  CREATE2: 0xf5,
  STATICCALL: 0xfa,
  REVERT: 0xfd,
  SELFDESTRUCT: 0xff,
} as const;

const BINARY = [
  1, 2, 3, 4, 5, 6, 7, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d,
];
const UNARY = [0x15, 0x19, 0x1e, 0x35, 0x31, 0x3b, 0x3f, 0x40, 0x49];
const TERNARY = [0x08, 0x09];
const NULLARY = [
  0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x4a, 0x58,
  0x59, 0x5a,
];
const CALLS = [OP.CALL, OP.CALL, OP.CALLCODE, OP.DELEGATECALL, OP.STATICCALL];
const MEMORY_SPAN = 320;
const SLOTS = 4;
const STACK_KEPT = 12;

export function generateProgram(random: NextRandom, surroundings: ProgramSurroundings): Uint8Array {
  return new Uint8Array(new Generator(random, surroundings).program());
}

/**
 * Calls itself to the depth in the call data, then calls `target`. The result depends on the calls' success.
 */
export function generateRecursion(random: NextRandom, self: Address, target: Address): Uint8Array {
  const word = (address: Address): number[] => [0x73, ...Buffer.from(address.slice(2), "hex")];
  const kind = CALLS[Math.floor(random() * CALLS.length)]!;
  const value = kind === OP.CALL || kind === OP.CALLCODE ? [OP.PUSH0] : [];
  const down = [
    ...[OP.PUSH1, 1, OP.PUSH0, OP.CALLDATALOAD, 0x03, OP.PUSH0, OP.MSTORE],
    ...[OP.PUSH1, 32, OP.PUSH0, OP.PUSH1, 32, OP.PUSH0, ...value, ...word(self), OP.GAS, kind],
    ...[OP.PUSH0, OP.MLOAD, 0x01, OP.PUSH0, OP.MSTORE, OP.PUSH1, 32, OP.PUSH0, OP.RETURN],
  ];
  const bottom = [
    ...[OP.JUMPDEST, OP.PUSH1, 32, OP.PUSH0, OP.PUSH0, OP.PUSH0, OP.PUSH0, ...word(target)],
    ...[OP.PUSH2, 0xc3, 0x50, OP.CALL, OP.PUSH0, OP.MSTORE, OP.PUSH1, 32, OP.PUSH0, OP.RETURN],
  ];
  const head = [OP.PUSH0, OP.CALLDATALOAD, 0x15, OP.PUSH1, 0, OP.JUMPI];
  head[4] = head.length + down.length;
  return Uint8Array.from([...head, ...down, ...bottom]);
}

class Generator {
  readonly #random: NextRandom;
  readonly #surroundings: ProgramSurroundings;
  readonly #code: number[] = [];
  #height = 0;

  constructor(random: NextRandom, surroundings: ProgramSurroundings) {
    this.#random = random;
    this.#surroundings = surroundings;
  }

  program(): number[] {
    const pieces = 4 + this.#below(40);
    for (let i = 0; i < pieces; i++) this.#piece();
    this.#finish();
    return this.#code;
  }

  #piece(): void {
    const pick = this.#below(100);
    if (pick < 14 || this.#height < 3) this.#pushValue();
    else if (pick < 36) this.#operate(BINARY[this.#below(BINARY.length)]!, 2);
    else if (pick < 42) this.#operate(UNARY[this.#below(UNARY.length)]!, 1);
    else if (pick < 46) this.#operate(TERNARY[this.#below(TERNARY.length)]!, 3);
    else if (pick < 50) this.#emit(NULLARY[this.#below(NULLARY.length)]!, 1);
    else if (pick < 55) this.#duplicateOrSwap();
    else if (pick < 63) this.#memory();
    else if (pick < 74) this.#storage();
    else if (pick < 77) this.#log();
    else if (pick < 82) this.#jump();
    else if (pick < 91) this.#call();
    else if (pick < 93) this.#callPrecompile();
    else if (pick < 96) this.#create();
    else if (pick < 98) this.#copyReturnData();
    else this.#rarely();
    while (this.#height > STACK_KEPT) this.#emit(OP.POP, -1);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #emit(opcode: number, change: number): void {
    this.#code.push(opcode);
    this.#height += change;
  }

  #push(value: bigint): void {
    if (value === 0n && this.#below(4) > 0) {
      this.#emit(OP.PUSH0, 1);
      return;
    }
    const hex = value.toString(16);
    const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
    this.#emit(OP.PUSH0 + bytes.length, 1);
    this.#code.push(...bytes);
  }

  #pushValue(): void {
    const pick = this.#below(10);
    const bits = BigInt(this.#below(256));
    if (pick < 3) this.#push(BigInt(this.#below(300)));
    else if (pick < 5) this.#push(1n << bits);
    else if (pick < 6) this.#push((1n << bits) - 1n);
    else if (pick < 7) this.#push(2n ** 256n - 1n - BigInt(this.#below(100)));
    else if (pick < 8) this.#push(BigInt(this.#target()));
    else this.#push(this.#word() >> bits);
  }

  #word(): bigint {
    let word = 0n;
    for (let i = 0; i < 8; i++) word = (word << 32n) | BigInt(this.#below(2 ** 32));
    return word;
  }

  #target(): Address {
    const { targets } = this.#surroundings;
    return targets[this.#below(targets.length)]!;
  }

  #operate(opcode: number, operands: number): void {
    while (this.#height < operands) this.#pushValue();
    this.#emit(opcode, 1 - operands);
  }

  #duplicateOrSwap(): void {
    if (this.#below(2) === 0) this.#emit(OP.DUP1 + this.#below(Math.min(16, this.#height)), 1);
    else this.#emit(OP.SWAP1 + this.#below(Math.min(16, this.#height - 1)), 0);
  }

  #offset(): void {
    this.#push(
      this.#below(80) === 0 ? this.#word() >> BigInt(this.#below(256)) : BigInt(this.#below(MEMORY_SPAN)),
    );
  }

  #size(): void {
    this.#push(this.#below(80) === 0 ? this.#word() >> BigInt(this.#below(256)) : BigInt(this.#below(100)));
  }

  #memory(): void {
    const pick = this.#below(8);
    if (pick < 3) {
      this.#offset();
      this.#emit(pick === 0 ? OP.MSTORE8 : OP.MSTORE, -2);
    } else if (pick < 5) {
      this.#offset();
      this.#emit(OP.MLOAD, 0);
    } else if (pick < 6) {
      this.#size();
      this.#offset();
      this.#emit(OP.KECCAK256, -1);
    } else {
      this.#size();
      this.#offset();
      this.#offset();
      this.#emit([OP.CALLDATACOPY, OP.CODECOPY, OP.MCOPY][this.#below(3)]!, -3);
    }
  }

  #storage(): void {
    this.#push(BigInt(this.#below(SLOTS)));
    const pick = this.#below(6);
    if (pick < 2) this.#emit(OP.SLOAD, 0);
    else if (pick < 3) this.#emit(OP.TLOAD, 0);
    else {
      if (pick < 5 && this.#below(2) === 0) {
        this.#emit(OP.POP, -1);
        this.#push(BigInt(this.#below(2)));
        this.#push(BigInt(this.#below(SLOTS)));
      }
      this.#emit(pick < 5 ? OP.SSTORE : OP.TSTORE, -2);
    }
  }

  #log(): void {
    const topics = Math.min(this.#below(5), this.#height);
    this.#size();
    this.#offset();
    this.#emit(OP.LOG0 + topics, -2 - topics);
  }

  #jump(): void {
    const pick = this.#below(10);
    if (pick === 0) {
      this.#push(BigInt(this.#below(this.#code.length + 20)));
      this.#emit(OP.JUMPI, -2);
      return;
    }
    const isConditional = this.#below(2) === 0;
    if (isConditional) this.#emit(OP.DUP1, 1);
    this.#emit(OP.PUSH2, 1);
    const targetAt = this.#code.length;
    this.#code.push(0, 0);
    this.#emit(isConditional ? OP.JUMPI : OP.JUMP, isConditional ? -2 : -1);
    const skipped = this.#below(6);
    for (let i = 0; i < skipped; i++) this.#code.push(OP.GAS, OP.POP);
    const target = this.#code.length;
    this.#code[targetAt] = target >> 8;
    this.#code[targetAt + 1] = target & 0xff;
    this.#emit(OP.JUMPDEST, 0);
    if (pick < 2) this.#loop();
  }

  #loop(): void {
    const counter = BigInt(1024 + 32 * this.#below(3));
    const top = this.#code.length;
    this.#emit(OP.JUMPDEST, 0);
    this.#push(counter);
    this.#emit(OP.MLOAD, 0);
    this.#push(1n);
    this.#emit(0x01, -1);
    this.#emit(OP.DUP1, 1);
    this.#push(counter);
    this.#emit(OP.MSTORE, -2);
    this.#push(BigInt(2 + this.#below(12)));
    this.#emit(0x11, -1);
    this.#push(BigInt(top));
    this.#emit(OP.JUMPI, -2);
  }

  #call(): void {
    const kind = CALLS[this.#below(CALLS.length)]!;
    const hasValue = kind === OP.CALL || kind === OP.CALLCODE;
    for (let i = 0; i < 2; i++) {
      this.#size();
      this.#offset();
    }
    if (hasValue) this.#push(this.#below(3) === 0 ? BigInt(this.#below(4)) : 0n);
    this.#push(BigInt(this.#target()));
    if (this.#below(3) === 0) this.#push(BigInt(this.#below(60_000)));
    else this.#emit(OP.GAS, 1);
    this.#emit(kind, hasValue ? -6 : -5);
  }

  #callPrecompile(): void {
    const { address, entries } = this.#surroundings.book;
    const entry = entries[this.#below(entries.length)]!;
    this.#push(BigInt(entry.size));
    this.#push(BigInt(entry.offset));
    this.#push(0n);
    this.#push(BigInt(address));
    this.#emit(OP.EXTCODECOPY, -4);
    if (this.#below(6) === 0) {
      this.#push(BigInt(this.#below(256)));
      this.#push(BigInt(this.#below(Math.max(entry.size, 1))));
      this.#emit(OP.MSTORE8, -2);
    }
    const kind = CALLS[this.#below(CALLS.length)]!;
    const hasValue = kind === OP.CALL || kind === OP.CALLCODE;
    const outputAt = (entry.size + 31) & ~31;
    this.#push(BigInt(this.#below(4) === 0 ? this.#below(100) : entry.outputSize));
    this.#push(BigInt(outputAt));
    this.#push(BigInt(this.#below(12) === 0 ? this.#below(entry.size + 40) : entry.size));
    this.#push(0n);
    if (hasValue) this.#push(this.#below(4) === 0 ? BigInt(this.#below(4)) : 0n);
    this.#push(BigInt(entry.precompile));
    if (this.#below(4) === 0) this.#push(BigInt(this.#below(120_000)));
    else this.#emit(OP.GAS, 1);
    this.#emit(kind, hasValue ? -6 : -5);
    this.#push(BigInt(outputAt));
    this.#emit(OP.MLOAD, 0);
  }

  #create(): void {
    const { depth } = this.#surroundings;
    const init = depth > 0 && this.#below(2) === 0 ? this.#smallProgram() : this.#returningCode();
    for (let at = 0; at < init.length; at += 32) {
      const word = Buffer.alloc(32);
      Buffer.from(init.slice(at, at + 32)).copy(word);
      this.#push(BigInt(`0x${word.toString("hex")}`));
      this.#push(BigInt(at));
      this.#emit(OP.MSTORE, -2);
    }
    const hasSalt = this.#below(2) === 0;
    if (hasSalt) this.#push(BigInt(this.#below(3)));
    this.#push(BigInt(init.length));
    this.#push(0n);
    this.#push(this.#below(4) === 0 ? BigInt(this.#below(3)) : 0n);
    this.#emit(hasSalt ? OP.CREATE2 : OP.CREATE, hasSalt ? -3 : -2);
    if (this.#below(3) > 0) this.#callCreated();
    if (this.#below(3) === 0) this.#lookAtCreated();
    // A second creation at an address fails, even after self-destruction.
    if (hasSalt && this.#below(3) === 0) {
      this.#push(BigInt(this.#below(3)));
      this.#push(BigInt(init.length));
      this.#push(0n);
      this.#push(0n);
      this.#emit(OP.CREATE2, -3);
      if (this.#below(2) === 0) this.#callCreated();
    }
  }

  #smallProgram(): number[] {
    const { depth } = this.#surroundings;
    const inner = new Generator(this.#random, { ...this.#surroundings, depth: depth - 1 });
    const pieces = 1 + this.#below(5);
    for (let i = 0; i < pieces; i++) inner.#piece();
    inner.#finish();
    return inner.#code.slice(0, 400);
  }

  #returningCode(): number[] {
    const code =
      this.#below(6) === 0
        ? [0xef, 0]
        : [[0x5f, 0x54, 0x60, 1, 0x01, 0x5f, 0x55], [0x33, 0xff], [0x30, 0xff], [0x5f, 0x5f, 0xfd], []][
            this.#below(5)
          ]!;
    if (this.#below(10) === 0) return [this.#below(2) === 0 ? 0x33 : 0x30, OP.SELFDESTRUCT];
    return [
      OP.PUSH0 + code.length,
      ...code,
      OP.PUSH0,
      OP.MSTORE,
      OP.PUSH1,
      code.length,
      OP.PUSH1,
      32 - code.length,
      OP.RETURN,
    ];
  }

  #callCreated(): void {
    for (let i = 0; i < 4; i++) this.#push(0n);
    this.#push(this.#below(3) === 0 ? BigInt(this.#below(3)) : 0n);
    this.#emit(OP.DUP1 + 5, 1);
    this.#emit(OP.GAS, 1);
    this.#emit(OP.CALL, -6);
    if (this.#below(3) > 0) return;
    // The destroyed contract exists until the transaction ends.
    this.#emit(OP.POP, -1);
    if (this.#below(2) === 0) this.#lookAtCreated();
    else this.#callCreated();
  }

  #lookAtCreated(): void {
    if (this.#height < 1) return;
    this.#emit(OP.DUP1, 1);
    this.#emit([OP.EXTCODEHASH, OP.EXTCODESIZE, OP.BALANCE][this.#below(3)]!, 0);
    this.#push(40n);
    this.#push(0n);
    this.#offset();
    this.#emit(OP.DUP1 + 4, 1);
    this.#emit(OP.EXTCODECOPY, -4);
  }

  #copyReturnData(): void {
    const isExact = this.#below(3) > 0;
    if (isExact) this.#emit(OP.RETURNDATASIZE, 1);
    else this.#size();
    this.#push(isExact ? 0n : BigInt(this.#below(40)));
    this.#offset();
    this.#emit(OP.RETURNDATACOPY, -3);
  }

  #rarely(): void {
    const pick = this.#below(6);
    if (pick < 2) this.#emit(this.#below(256), 0);
    else if (pick < 3) {
      this.#push(BigInt(this.#target()));
      this.#emit(OP.SELFDESTRUCT, -1);
    } else if (pick < 4) {
      this.#size();
      this.#offset();
      this.#offset();
      this.#push(BigInt(this.#target()));
      this.#emit(OP.EXTCODECOPY, -4);
    } else if (pick < 5) {
      this.#push(BigInt(this.#below(10)));
      this.#emit(OP.BLOCKHASH, 0);
    } else for (let i = 0; i < 3; i++) this.#emit(OP.POP, -1);
    if (this.#height < 0) this.#height = 0;
  }

  #finish(): void {
    let at = 0;
    while (this.#height > 0) {
      this.#push(BigInt(at));
      this.#emit(OP.MSTORE, -2);
      at += 32;
    }
    const pick = this.#below(12);
    if (pick === 0) this.#emit(OP.STOP, 0);
    else if (pick === 1) {
      this.#push(BigInt(this.#target()));
      this.#emit(OP.SELFDESTRUCT, -1);
    } else {
      this.#push(BigInt(at + this.#below(32)));
      this.#push(0n);
      this.#emit(pick < 4 ? OP.REVERT : OP.RETURN, -2);
    }
  }
}
