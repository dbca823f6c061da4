// What a transaction's outcome follows from, beside the accounts and slots that it saw. [EVM-20]

/** Not 0 when it asked about its block, created or deleted. */
export let dependsOnBlock: u32 = 0;

export function beginDependence(): void {
  dependsOnBlock = 0;
  dependsOnFee = 0;
}

@inline
export function dependOnBlock(): void {
  dependsOnBlock = 1;
}

/** Not 0 when it asked for the gas price, the base fee, or its sender's balance, which the gas price lowers. */
export let dependsOnFee: u32 = 0;

@inline
export function dependOnFee(): void {
  dependsOnFee = 1;
}
