import type { Compiler } from "../engine/Compiler.ts";
import type { CoreExports } from "../engine/CoreExports.ts";
import type { CoreMemory } from "../engine/CoreMemory.ts";
import { MULMOD_POSITION } from "../engine/createMulmod.ts";
import { MAP } from "../engine/memoryMap.ts";
import { compileCode } from "./compileCode.ts";
import { CORE_FUNCTION_NAMES, type CoreFunction } from "./coreFunctions.ts";

/** [EVM-21] */
export interface CompileLimits {
  /** Gas per byte of code that the interpreter uses before it compiles the code. */
  readonly gasPerByte: number;
  /** Of one module. The rest of the code is left to the interpreter. */
  readonly moduleBytesMax: number;
  /** Of all modules. If they are full, all are dropped before the next message. */
  readonly bytesMax: number;
  /** Told why code cannot be compiled. The interpreter runs the code. */
  readonly onFailure?: (error: unknown) => void;
}

export const DEFAULT_COMPILE_LIMITS: CompileLimits = {
  gasPerByte: 1_000,
  moduleBytesMax: 1 << 20,
  bytesMax: 1 << 23,
};

const OPCODES = 256;
/** Of the table. Position 0 means "none". */
const FIRST_POSITION = MULMOD_POSITION + 1;

/** Code that runs as WebAssembly. The core asks to compile hot code, and calls it through a table. */
export class CompiledCodes implements Compiler {
  readonly #memory: CoreMemory;
  readonly #table: WebAssembly.Table;
  readonly #limits: CompileLimits;
  #core: CoreExports | undefined;
  #functions: Record<string, unknown> = {};
  #opcodes = new Uint32Array(OPCODES);
  #next = FIRST_POSITION;
  #bytes = 0;
  #destinationBytes = 0;
  #isFull = false;

  constructor(memory: CoreMemory, table: WebAssembly.Table, limits: CompileLimits) {
    this.#memory = memory;
    this.#table = table;
    this.#limits = limits;
  }

  start(core: CoreExports): void {
    this.#core = core;
    this.#opcodes = Uint32Array.from({ length: OPCODES }, (_, opcode) =>
      this.#memory.u32(MAP.OPCODES + 4 * opcode),
    );
    const exports = core as unknown as Readonly<Record<CoreFunction, unknown>>;
    this.#functions = Object.fromEntries(CORE_FUNCTION_NAMES.map((name) => [name, exports[name]]));
    // Without the core's detour through the table.
    this.#functions.mulmodWords = this.#table.get(MULMOD_POSITION) ?? exports.mulmodWords;
    core.setGasPerByte(this.#limits.gasPerByte);
  }

  compile(entry: number): number {
    try {
      return this.#compile(entry, this.#core!);
    } catch (error) {
      // Other nodes might not compile the code, so it must not fail the transaction.
      this.#limits.onFailure?.(error);
      return 0;
    }
  }

  #compile(entry: number, core: CoreExports): number {
    const memory = this.#memory;
    const length = memory.u32(entry + MAP.C_LENGTH);
    const size = (2 * length + 7) & ~7;
    if (this.#bytes >= this.#limits.bytesMax || this.#destinationBytes + size > core.destinationsSize()) {
      this.#isFull = true;
      return 0;
    }
    const destinations = core.destinationsAt() + this.#destinationBytes;
    const code = memory.copy(memory.u32(entry + MAP.C_BYTES), length);
    const { module, entries } = compileCode(code, {
      opcodes: this.#opcodes,
      destinations,
      bytesMax: this.#limits.moduleBytesMax,
      isReached: (pc) => core.isReached(entry, pc) !== 0,
    });
    memory.bytes.set(new Uint8Array(entries.buffer), destinations);
    this.#destinationBytes += size;
    this.#bytes += module.length;
    return this.#link(module);
  }

  #link(module: Uint8Array): number {
    const imports = { core: this.#functions, env: { memory: this.#memory.memory } };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), imports);
    if (this.#next === this.#table.length) this.#table.grow(this.#table.length);
    this.#table.set(this.#next, exports.run);
    return this.#next++;
  }

  trim(): void {
    if (this.#isFull) this.drop();
  }

  drop(): void {
    this.#core?.forgetCompiled();
    for (let position = FIRST_POSITION; position < this.#next; position++) this.#table.set(position, null);
    this.#next = FIRST_POSITION;
    this.#bytes = 0;
    this.#destinationBytes = 0;
    this.#isFull = false;
  }
}
