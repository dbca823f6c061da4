export const MNEMONIC = "test test test test test test test test test test test junk";
