/** Anvil's development mnemonic. */
export const MNEMONIC = "test test test test test test test test test test test junk";
