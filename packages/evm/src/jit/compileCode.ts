import { MAP } from "../engine/memoryMap.ts";
import { CORE_FUNCTION_NAMES, CORE_FUNCTIONS, CORE_INDEX } from "./coreFunctions.ts";
import { PARAMETER_COUNT } from "./FrameEmitter.ts";
import { FunctionBody } from "./FunctionBody.ts";
import { emitFunction, HALT } from "./FunctionEmitter.ts";
import { type OpcodeTable, Program } from "./Program.ts";
import { Bytes, I, TYPE, type ValueType } from "./wasm.ts";

/** After this much gas, a frame yields. */
const GAS_PER_RUN = 50_000n;

interface CompileOptions {
  readonly opcodes: OpcodeTable;
  /** Address for two bytes per byte of code: the table position of each jump destination, or 0. */
  readonly destinations: number;
  /** Functions beyond this size are left to the interpreter. */
  readonly bytesMax: number;
  /** True for jump destinations that the interpreter has reached. They are compiled first. */
  readonly isReached: (pc: number) => boolean;
}

export interface CompiledCode {
  readonly module: Uint8Array;
  /** To be stored at `destinations`. */
  readonly entries: Uint16Array;
}

const { i32, i64 } = TYPE;
const BLOCK: Signature = { parameters: [i32, i64, i32, i32, i32], results: [i32] };
const LEAVE: Signature = { parameters: [i32, i32, i32, i32, i64], results: [i32] };
const RUN: Signature = { parameters: [i32], results: [i32] };
const [RUN_INDEX, LEAVE_INDEX, INTERPRET_INDEX, FIRST_INDEX] = [0, 1, 2, 3].map(
  (i) => CORE_FUNCTION_NAMES.length + i,
) as [number, number, number, number];

interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/**
 * Compiles a contract to a module. Each function starts at the code's start, at a jump destination, after a call, or
 * where another function stops. Jumps are tail calls. [EVM-21]
 */
export function compileCode(
  code: Uint8Array,
  { opcodes, destinations, bytesMax, isReached }: CompileOptions,
): CompiledCode {
  const program = new Program(code, opcodes);
  const types = new Types();
  const starts = new Map<number, number>();
  const [hot, cold]: [number[], number[]] = [[], []];
  let isHot = true;
  const positionOf = (pc: number): number => {
    let position = starts.get(pc);
    if (position === undefined) {
      position = starts.size;
      starts.set(pc, position);
      const isCold = pc !== 0 && program.destinations.has(pc) && !isReached(pc);
      (isHot && !isCold ? hot : cold).push(pc);
    }
    return position;
  };
  const linker = {
    functionAt: (pc: number) => FIRST_INDEX + positionOf(pc),
    // Position 0 of the table is the code's start, so that no destination has the number 0.
    entryAt: (pc: number) => 1 + positionOf(pc),
    leave: LEAVE_INDEX,
    interpret: INTERPRET_INDEX,
    functionType: types.indexOf(BLOCK),
    destinations,
  };
  positionOf(0);
  for (const pc of program.destinations) positionOf(pc);
  const functions = [run(types), leave(), interpret()];
  const first = functions.length;
  let [size, hotDone, coldDone] = [0, 0, 0];
  while (hotDone + coldDone < starts.size) {
    isHot = hotDone < hot.length;
    const pc = isHot ? hot[hotDone++]! : cold[coldDone++]!;
    const body = size < bytesMax ? emitFunction(program, linker, pc) : leftOut(linker, pc);
    size += body.length;
    functions[first + starts.get(pc)!] = body;
  }
  const entries = new Uint16Array(code.length);
  for (const pc of program.destinations) entries[pc] = linker.entryAt(pc);
  return { module: assemble(types, functions), entries };
}

/** Starts or resumes the frame. */
function run(types: Types): Uint8Array {
  const self = 0;
  const body = new FunctionBody(1);
  const floor = body.local(TYPE.i64);
  const load = (opcode: number, offset: number): void => {
    body.get(self);
    body.access(opcode, offset);
  };
  load(I.i64Load, MAP.F_GAS);
  body.i64(GAS_PER_RUN);
  body.op(I.i64Sub);
  body.set(floor);
  body.get(self);
  body.get(floor);
  body.i64(0n);
  body.get(floor);
  body.i64(0n);
  body.op(I.i64GtS, I.select);
  body.access(I.i64Store, MAP.F_FLOOR);
  load(I.i32Load, MAP.F_TOP);
  load(I.i64Load, MAP.F_GAS);
  load(I.i32Load, MAP.F_MEMORY_SIZE);
  body.get(self);
  load(I.i32Load, MAP.F_MEMORY);
  load(I.i32Load, MAP.F_ENTRY);
  body.op(I.returnCallIndirect);
  body.code.unsigned(types.indexOf(BLOCK));
  body.op(0);
  return body.toBytes();
}

const LEAVE_PARAMETERS = [0, 1, 2, 3, 4];

/** Yields if the frame has more gas than this run may use. */
function leave(): Uint8Array {
  const body = new FunctionBody(LEAVE_PARAMETERS.length);
  for (const parameter of LEAVE_PARAMETERS) body.get(parameter);
  body.call(CORE_INDEX.leaveAt);
  body.i32(HALT.yield);
  body.i32(HALT.interpret);
  body.get(0);
  body.access(I.i64Load, MAP.F_FLOOR);
  body.op(I.i64Eqz, I.i32Eqz, I.select);
  return body.toBytes();
}

function interpret(): Uint8Array {
  const body = new FunctionBody(LEAVE_PARAMETERS.length);
  for (const parameter of LEAVE_PARAMETERS) body.get(parameter);
  body.call(CORE_INDEX.leaveAt);
  body.i32(HALT.interpret);
  return body.toBytes();
}

function leftOut({ interpret }: { readonly interpret: number }, pc: number): Uint8Array {
  const [sp, gas, , self] = [0, 1, 2, 3];
  const body = new FunctionBody(PARAMETER_COUNT);
  body.get(self);
  body.get(sp);
  body.i32(0);
  body.i32(pc);
  body.get(gas);
  body.op(I.returnCall);
  body.code.unsigned(interpret);
  return body.toBytes();
}

class Types {
  readonly #signatures: Signature[] = [];
  readonly #indexes = new Map<string, number>();

  constructor() {
    for (const signature of [...Object.values(CORE_FUNCTIONS), BLOCK, LEAVE, RUN]) this.indexOf(signature);
  }

  indexOf(signature: Signature): number {
    const key = JSON.stringify(signature);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#signatures.push(signature) - 1;
      this.#indexes.set(key, index);
    }
    return index;
  }

  write(section: Bytes): void {
    section.unsigned(this.#signatures.length);
    for (const { parameters, results } of this.#signatures) {
      section.byte(0x60);
      for (const list of [parameters, results]) {
        section.unsigned(list.length);
        for (const type of list) section.byte(type);
      }
    }
  }
}

const SECTION = { types: 1, imports: 2, functions: 3, table: 4, exports: 7, elements: 9, code: 10 } as const;
const KIND = { function: 0, memory: 2 } as const;

function assemble(types: Types, functions: readonly Uint8Array[]): Uint8Array {
  const blocks = functions.length - (FIRST_INDEX - RUN_INDEX);
  const module = new Bytes();
  for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) module.byte(byte);
  const section = (id: number, write: (section: Bytes) => void): void => {
    const content = new Bytes();
    write(content);
    module.byte(id);
    module.unsigned(content.length);
    module.append(content.toBytes());
  };
  section(SECTION.types, (s) => types.write(s));
  section(SECTION.imports, (s) => {
    s.unsigned(CORE_FUNCTION_NAMES.length + 1);
    for (const name of CORE_FUNCTION_NAMES) {
      s.name("core");
      s.name(name);
      s.byte(KIND.function);
      s.unsigned(types.indexOf(CORE_FUNCTIONS[name]));
    }
    s.name("env");
    s.name("memory");
    for (const byte of [KIND.memory, 0, 0]) s.byte(byte);
  });
  section(SECTION.functions, (s) => {
    s.unsigned(functions.length);
    for (const signature of [RUN, LEAVE, LEAVE]) s.unsigned(types.indexOf(signature));
    for (let i = 0; i < blocks; i++) s.unsigned(types.indexOf(BLOCK));
  });
  section(SECTION.table, (s) => {
    s.unsigned(1);
    s.byte(TYPE.funcref);
    s.byte(0);
    s.unsigned(blocks + 1);
  });
  section(SECTION.exports, (s) => {
    s.unsigned(1);
    s.name("run");
    s.byte(KIND.function);
    s.unsigned(RUN_INDEX);
  });
  section(SECTION.elements, (s) => {
    s.unsigned(1);
    for (const byte of [0, I.i32Const, 0, I.end]) s.byte(byte);
    s.unsigned(blocks + 1);
    s.unsigned(FIRST_INDEX);
    for (let i = 0; i < blocks; i++) s.unsigned(FIRST_INDEX + i);
  });
  section(SECTION.code, (s) => {
    s.unsigned(functions.length);
    for (const body of functions) s.append(body);
  });
  return module.toBytes();
}
