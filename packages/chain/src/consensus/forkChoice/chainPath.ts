interface Chains {
  selectedParentOf(block: number): number;
  isChainAncestor(ancestor: number, block: number): boolean;
}

interface ChainPath {
  readonly common: number;
  readonly removed: number[];
  readonly added: number[];
}

export function chainPath(chains: Chains, from: number, to: number): ChainPath {
  const removed: number[] = [];
  let common = from;
  for (; !chains.isChainAncestor(common, to); common = chains.selectedParentOf(common)) removed.push(common);
  const added: number[] = [];
  for (let block = to; block !== common; block = chains.selectedParentOf(block)) added.push(block);
  return { common, removed, added: added.reverse() };
}
