import type { CoreExports } from "./CoreExports.ts";

/** Compiles code for the core to call. [EVM-21] */
export interface Compiler {
  /** Call when the core is configured. */
  start(core: CoreExports): void;
  /** @returns the position of the function in the table, or 0 to interpret the code */
  compile(entry: number): number;
  /** Call between messages. Drops all code if there was no room for more. */
  trim(): void;
  /** Call between messages. */
  drop(): void;
}
