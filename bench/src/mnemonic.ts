/** The development phrase that the ecosystem's tools know: of Anvil's accounts, and of ours. */
export const MNEMONIC = "test test test test test test test test test test test junk";
