/**
 * Sizes of the regions in the engine's linear memory. They are reserved as address space and take memory
 * only where they are used. What does not fit ends in ENGINE_LIMIT, never in a wrong result. [EVM-8]
 *
 * The least gas that fills one region tells how far the defaults reach. Of a block of CHAIN_GAS_MAX with an own call,
 * or of one transaction (transient slots, journal), they hold all: accounts 2,400 gas an entry, slots 1,900, transient
 * slots 100, journal 100 (SSTORE, TSTORE), logs 8 a byte, and of one transaction all code that it can reach, 2,400 gas for
 * each (EIP-2930); translations are dropped when full, which costs no more than what ran since has paid [EVM-16]; return
 * data and EVM memory cost by the square. What is refused takes no gas, and leaves no entry.
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
  /** The largest transaction or call data, with its decoded access list. */
  readonly inputBytes: number;
  /** EVM memory of all frames together. */
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
  memoryBytes: 1024 * MIB,
};
