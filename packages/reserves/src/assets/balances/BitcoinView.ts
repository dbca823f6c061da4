import type { Hex } from "@trellis/base";
import type { BlockReference, BlockView } from "@trellis/client";

/** Port: one node of a Bitcoin chain. What throws counts as no answer. */
export interface BitcoinView extends BlockView {
  /**
   * What unspent coins of each output script are worth together, in the state of a block.
   * @throws when the node can't tell about that block
   */
  balancesSat(scripts: readonly Hex[], block: BlockReference): Promise<readonly bigint[]>;
}
