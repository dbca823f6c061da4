/** Static gas, pops and pushes by opcode, as the core has them (core/opcodes.ts). */
export type OpcodeTable = Uint32Array;

const UNDEFINED = 0xffff_ffff;
const JUMPDEST = 0x5b;
const JUMP = 0x56;
const JUMPI = 0x57;
const PUSH0 = 0x5f;
const PUSH32 = 0x7f;
/** STOP, RETURN, REVERT. */
const ENDS = new Set([0x00, 0xf3, 0xfd]);
/** CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, STATICCALL. */
const CALLS = new Set([0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa]);
const REVERT = 0xfd;
const SELFDESTRUCT = 0xff;
const COLD_SEGMENTS_MAX = 3;

export interface Instruction {
  readonly pc: number;
  readonly opcode: number;
  /** Of a PUSH. */
  readonly constant: bigint;
}

/** Instructions up to the next jump, call, jump destination or instruction that only the interpreter runs. */
export interface Segment {
  readonly pc: number;
  readonly instructions: readonly Instruction[];
  readonly next: number;
  readonly end: "jump" | "branch" | "call" | "end" | "fallThrough" | "interpret";
  readonly gas: number;
  /** Words that the segment needs on the stack, and that it adds at most. */
  readonly need: number;
  readonly peak: number;
}

export class Program {
  readonly code: Uint8Array;
  readonly destinations: Set<number>;
  /** Destinations of backward jumps. */
  readonly loops: Set<number>;
  readonly #opcodes: OpcodeTable;
  readonly #segments = new Map<number, Segment>();

  constructor(code: Uint8Array, opcodes: OpcodeTable) {
    this.code = code;
    this.#opcodes = opcodes;
    const { destinations, jumps } = readJumps(code);
    this.destinations = destinations;
    this.loops = new Set(
      jumps.filter(([from, to]) => to <= from && destinations.has(to)).map(([, to]) => to),
    );
  }

  segment(pc: number): Segment {
    let segment = this.#segments.get(pc);
    if (segment === undefined) {
      segment = this.#read(pc);
      this.#segments.set(pc, segment);
    }
    return segment;
  }

  staticGas(opcode: number): number {
    return this.#opcodes[opcode]! & 0xffff;
  }

  /** True if the code soon reverts. */
  isCold(pc: number): boolean {
    let at = pc;
    for (let i = 0; i < COLD_SEGMENTS_MAX; i++) {
      const { end, next, instructions } = this.segment(at);
      if (end === "interpret" && next < this.code.length && this.code[next] !== SELFDESTRUCT) return true;
      if (end === "end") return instructions.at(-1)?.opcode === REVERT;
      if (end !== "fallThrough") return false;
      at = next;
    }
    return false;
  }

  #read(start: number): Segment {
    const instructions: Instruction[] = [];
    let [gas, height, need, peak] = [0, 0, 0, 0];
    const ended = (end: Segment["end"], next: number): Segment => ({
      ...{ pc: start, instructions, next, end, gas, need, peak },
    });
    let pc = start;
    while (pc < this.code.length) {
      const opcode = this.code[pc]!;
      if (opcode === JUMPDEST && pc !== start) return ended("fallThrough", pc);
      const info = this.#opcodes[opcode]!;
      if (info === UNDEFINED || opcode === SELFDESTRUCT) return ended("interpret", pc);
      gas += info & 0xffff;
      height -= (info >>> 16) & 0xff;
      need = Math.max(need, -height);
      height += info >>> 24;
      peak = Math.max(peak, height);
      const size = opcode >= PUSH0 && opcode <= PUSH32 ? opcode - PUSH0 : 0;
      const constant = opcode >= PUSH0 && opcode <= PUSH32 ? this.#constant(pc + 1, size) : 0n;
      instructions.push({ pc, opcode, constant });
      pc += 1 + size;
      if (opcode === JUMP) return ended("jump", pc);
      if (opcode === JUMPI) return ended("branch", pc);
      if (ENDS.has(opcode)) return ended("end", pc);
      if (CALLS.has(opcode)) return ended("call", pc);
    }
    return ended("end", pc);
  }

  /** Reads zeros after the end of the code. */
  #constant(at: number, size: number): bigint {
    if (size <= 6) {
      let small = 0;
      for (let i = 0; i < size; i++) small = small * 256 + (this.code[at + i] ?? 0);
      return BigInt(small);
    }
    const hex = Buffer.from(
      this.code.buffer,
      this.code.byteOffset + at,
      Math.min(size, Math.max(this.code.length - at, 0)),
    );
    return BigInt(`0x${hex.toString("hex").padEnd(2 * size, "0")}`);
  }
}

/** Constant jumps are a PUSH before a JUMP or JUMPI. */
function readJumps(code: Uint8Array): { destinations: Set<number>; jumps: [from: number, to: number][] } {
  const destinations = new Set<number>();
  const jumps: [number, number][] = [];
  let pushed = -1;
  for (let pc = 0; pc < code.length; pc++) {
    const opcode = code[pc]!;
    if (opcode === JUMPDEST) destinations.add(pc);
    if ((opcode === JUMP || opcode === JUMPI) && pushed >= 0) jumps.push([pc, pushed]);
    pushed = -1;
    if (opcode < PUSH0 || opcode > PUSH32) continue;
    const size = opcode - PUSH0;
    if (size <= 2)
      pushed =
        size === 0 ? 0 : size === 1 ? (code[pc + 1] ?? 0) : (code[pc + 1] ?? 0) * 256 + (code[pc + 2] ?? 0);
    pc += size;
  }
  return { destinations, jumps };
}
