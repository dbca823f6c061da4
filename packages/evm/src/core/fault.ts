/**
 * A ceiling of the engine was hit, or the host wants no more: the transaction's outcome is unknown, whatever the interpreter still
 * does, and the host throws. Everything stays within bounds until the current frame ends.
 */
export let fault: u32 = 0;

export const FAULT_MEMORY: u32 = 1;
export const FAULT_ACCOUNTS: u32 = 2;
export const FAULT_SLOTS: u32 = 3;
export const FAULT_TRANSIENT: u32 = 4;
export const FAULT_CODE: u32 = 5;
export const FAULT_JOURNAL: u32 = 6;
export const FAULT_LOGS: u32 = 7;
export const FAULT_RETURN_DATA: u32 = 8;
export const FAULT_INPUT: u32 = 9;
/** The host wants it to end. */
export const FAULT_STOPPED: u32 = 10;

export function raiseFault(code: u32): void {
  if (fault == 0) fault = code;
}

export function clearFault(): void {
  fault = 0;
}
