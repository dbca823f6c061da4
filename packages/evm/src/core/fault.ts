/** Set if a limit is exceeded or the message is stopped; the host then throws. */
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
export const FAULT_STOPPED: u32 = 10;

export function raiseFault(code: u32): void {
  if (fault == 0) fault = code;
}

export function clearFault(): void {
  fault = 0;
}
