/** What of the DAG a walk over selected parents needs. */
interface Chains {
  selectedParentOf(block: number): number;
  isChainAncestor(ancestor: number, block: number): boolean;
}

interface ChainPath {
  /** The newest block of both chains. */
  readonly common: number;
  /** From the old sink down, the common block left out. */
  readonly removed: number[];
  /** From above the common block up to the new sink. */
  readonly added: number[];
}

/** The way from one sink to another over selected chains. */
export function chainPath(chains: Chains, from: number, to: number): ChainPath {
  const removed: number[] = [];
  let common = from;
  for (; !chains.isChainAncestor(common, to); common = chains.selectedParentOf(common)) removed.push(common);
  const added: number[] = [];
  for (let block = to; block !== common; block = chains.selectedParentOf(block)) added.push(block);
  return { common, removed, added: added.reverse() };
}
