/** Hardhat's. */
export const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";
