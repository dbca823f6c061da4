// [EVM-20]

/** Set by creation, destruction, or reads of block properties. */
export let dependsOnBlock: u32 = 0;

export function beginDependence(): void {
  dependsOnBlock = 0;
  dependsOnFee = 0;
}

@inline
export function dependOnBlock(): void {
  dependsOnBlock = 1;
}

/** Set by reads of the gas price, the base fee, or the sender's balance. */
export let dependsOnFee: u32 = 0;

@inline
export function dependOnFee(): void {
  dependsOnFee = 1;
}
