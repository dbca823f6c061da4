/** Not 0 when what the transaction did follows from more than the accounts and slots that it saw, and the base fee. [EVM-20] */
export let dependsOnBlock: u32 = 0;

export function beginDependence(): void {
  dependsOnBlock = 0;
}

@inline
export function dependOnBlock(): void {
  dependsOnBlock = 1;
}
