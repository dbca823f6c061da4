// What the TypeScript host answers. Addresses, slots and values cross at fixed places (layout.ts).

/** Reads HOST_ADDRESS; writes nonce (u64 at HOST_SLOT), balance (big-endian, HOST_VALUE) and the code hash (at `codeHash`). 0 when absent. */
@external("host", "loadAccount")
export declare function hostLoadAccount(codeHash: usize): u32;

/** Reads HOST_ADDRESS and HOST_SLOT, writes HOST_VALUE. */
@external("host", "loadSlot")
export declare function hostLoadSlot(): void;

/** Whether the account at HOST_ADDRESS has any storage. */
@external("host", "hasStorage")
export declare function hostHasStorage(): u32;

/** Length of the code with that hash. */
@external("host", "codeLength")
export declare function hostCodeLength(hash: usize): u32;

/** Writes the code with that hash. */
@external("host", "loadCode")
export declare function hostLoadCode(hash: usize, to: usize): void;

/** Keeps a created contract's code. */
@external("host", "storeCode")
export declare function hostStoreCode(hash: usize, from: usize, length: u32): void;

/** Reads a block number (u64 at HOST_SLOT), writes its hash to HOST_VALUE. */
@external("host", "blockHash")
export declare function hostBlockHash(): void;

/**
 * Runs a precompile on `length` bytes, writes its output to RETURN_DATA and its length to HOST_LENGTH.
 * The result is the gas used, −1 for failure, −2 when the output does not fit.
 */
@external("host", "precompile")
export declare function hostPrecompile(id: u32, from: usize, length: u32, gas: f64): f64;

/** Before a frame runs on: 0 to go on, PAUSE, or else the message ends: nobody waits for it, or a host function has failed. */
@external("host", "pause")
export declare function hostPause(): u32;

/** Answer of `hostPause`: return to the host, which calls `resume` later. */
export const PAUSE: u32 = 2;

/** Tracing build: before each instruction; not 0 ends the message. */
@external("host", "step")
export declare function hostStep(pc: u32, opcode: u32, gas: f64, stackTop: usize, memorySize: u32): u32;

/** Tracing build: a frame begins; all of it is readable at `frame`. */
@external("host", "enter")
export declare function hostEnter(kind: u32, frame: usize): void;

/** Tracing build: a frame ended; its output is at `output`. Out of gas, `gasLeft` is what was missing, negative. */
@external("host", "leave")
export declare function hostLeave(halt: u32, gasLeft: f64, output: usize, length: u32): void;
