/**
 * Sizes of reserved address space; only used parts take memory. Overflow throws CALL_TOO_LARGE [EVM-8]. The defaults
 * fit all entries that gas can pay for: in a block of CHAIN_GAS_MAX, an account costs 2,400 gas, a slot
 * 1,900, a log byte 8; in a transaction, a transient slot or journal entry costs 100, code 2,400.
 * Translations are evicted [EVM-16].
 */
export interface EngineLimits {
  readonly accounts: number;
  readonly slots: number;
  readonly transientSlots: number;
  readonly codes: number;
  readonly codeBytes: number;
  readonly translatedBytes: number;
  readonly journalBytes: number;
  readonly logBytes: number;
  readonly returnDataBytes: number;
  /** Transaction or call data, with its decoded access list. */
  readonly inputBytes: number;
  /** Jump destinations of compiled code. [EVM-21] */
  readonly destinationBytes: number;
  readonly memoryBytes: number;
}

const MIB = 1 << 20;

export const DEFAULT_LIMITS: EngineLimits = {
  accounts: 1 << 18,
  slots: 1 << 19,
  transientSlots: 1 << 20,
  codes: 1 << 17,
  codeBytes: 1152 * MIB,
  translatedBytes: 64 * MIB,
  journalBytes: 96 * MIB,
  logBytes: 80 * MIB,
  returnDataBytes: 32 * MIB,
  inputBytes: 32 * MIB,
  destinationBytes: 4 * MIB,
  memoryBytes: 1024 * MIB,
};
