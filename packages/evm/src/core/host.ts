// Host functions. Words are at fixed addresses (layout.ts), accounts and slots in their records.

/** Writes nonce, balance and code hash of the account record. Returns 0 for an absent account. */
@external("host", "loadAccount")
export declare function hostLoadAccount(account: usize): u32;

/** Writes the value of the slot record. */
@external("host", "loadSlot")
export declare function hostLoadSlot(account: usize, slot: usize): void;

@external("host", "hasStorage")
export declare function hostHasStorage(account: usize): u32;

@external("host", "codeLength")
export declare function hostCodeLength(hash: usize): u32;

@external("host", "loadCode")
export declare function hostLoadCode(hash: usize, to: usize): void;

@external("host", "storeCode")
export declare function hostStoreCode(hash: usize, from: usize, length: u32): void;

/** Reads a number (u64 at HOST_SLOT); writes HOST_VALUE. */
@external("host", "blockHash")
export declare function hostBlockHash(): void;

/** Writes the message's authorizations. Call once it pays for the recoveries. */
@external("host", "recoverAuthorities")
export declare function hostRecoverAuthorities(): void;

/** Returns the index of the compiled code's function, or 0 if the code is left to the interpreter. */
@external("host", "compile")
export declare function hostCompile(code: usize): u32;

/** Writes RETURN_DATA and HOST_LENGTH. Returns the used gas, −1 for failure, or −2 if the output does not fit. */
@external("host", "precompile")
export declare function hostPrecompile(id: u32, from: usize, length: u32, gas: f64): f64;

/** Called before a frame runs. Any answer but 0 and PAUSE ends the message. */
@external("host", "pause")
export declare function hostPause(): u32;

/** Returns to the host, which calls `resume` later. */
export const PAUSE: u32 = 2;

/** Only in the tracing build. Any answer but 0 ends the message. */
@external("host", "step")
export declare function hostStep(pc: u32, opcode: u32, gas: f64, stackTop: usize, memorySize: u32): u32;

@external("host", "enter")
export declare function hostEnter(kind: u32, frame: usize): void;

/** Only in the tracing build. After out of gas, `gasLeft` is the negative shortfall. */
@external("host", "leave")
export declare function hostLeave(halt: u32, gasLeft: f64, output: usize, length: u32): void;
