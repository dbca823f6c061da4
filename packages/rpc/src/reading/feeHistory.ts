import { quantityToHex } from "@trellis/base";
import type { ChainBlock, ChainView } from "@trellis/protocol";
import type { BlockNumberOrTag } from "../decoding/blockParameter.ts";
import { rpcErrors } from "../errors.ts";
import { Pacer } from "../guards/Pacer.ts";
import type { RpcNode } from "../RpcNode.ts";
import { numberOf } from "./resolveBlock.ts";

type Reading = Pick<RpcNode, "chain" | "clock" | "scheduler" | "limits">;

/** As geth's. */
const BLOCKS_MAX = 1_024;
const PERCENTILES_MAX = 100;
/** EIP-4844's least, which an unused blob market rests at. */
const BLOB_BASE_FEE = "0x1";

/**
 * eth_feeHistory with geth's rules (eth/gasprice/feehistory.go): the range is cut to what there is, the base fees reach
 * one block further than the range, rewards are weighted by gas used.
 * @throws RPC_REQUEST_REFUSED for percentiles out of order, a block beyond the head; RPC_CALL_TIMED_OUT
 */
export async function feeHistory(
  node: Reading,
  blockCount: number,
  newest: BlockNumberOrTag,
  percentiles: readonly number[],
): Promise<object> {
  const { chain } = node;
  checkPercentiles(percentiles);
  const blocks = blocksUpTo(chain, newest, Math.min(blockCount, BLOCKS_MAX));
  const oldest = blocks[0];
  const last = blocks.at(-1);
  if (oldest === undefined || last === undefined) {
    return { oldestBlock: "0x0", baseFeePerGas: [], gasUsedRatio: [] };
  }
  const baseFees = blocks.map(({ header }) => header.baseFee);
  return {
    oldestBlock: quantityToHex(oldest.header.number),
    ...(percentiles.length > 0 && { reward: await rewardsOfAll(node, blocks, percentiles) }),
    baseFeePerGas: [...baseFees, baseFeeAfter(chain, last)].map(quantityToHex),
    gasUsedRatio: blocks.map(({ header, gasLimit }) => Number(header.gasUsed) / Number(gasLimit)),
    baseFeePerBlobGas: [...blocks, last].map(() => BLOB_BASE_FEE),
    blobGasUsedRatio: blocks.map(() => 0),
  };
}

function checkPercentiles(percentiles: readonly number[]): void {
  if (percentiles.length > PERCENTILES_MAX) {
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: `over the query limit ${PERCENTILES_MAX}` });
  }
  percentiles.forEach((percentile, index) => {
    if (!(percentile >= 0 && percentile <= 100)) {
      throw rpcErrors.RPC_REQUEST_REFUSED({ reason: `invalid reward percentile: ${percentile.toFixed(6)}` });
    }
    const before = percentiles[index - 1];
    if (before !== undefined && percentile <= before) {
      const reason = `invalid reward percentile: #${index - 1}:${before.toFixed(6)} >= #${index}:${percentile.toFixed(6)}`;
      throw rpcErrors.RPC_REQUEST_REFUSED({ reason });
    }
  });
}

function blocksUpTo(chain: ChainView, newest: BlockNumberOrTag, count: number): ChainBlock[] {
  const head = chain.head().header.number;
  const last = numberOf(chain, newest);
  if (last > head) {
    throw rpcErrors.RPC_REQUEST_REFUSED({
      reason: `request beyond head block: requested ${last}, head ${head}`,
    });
  }
  // There is no pending block to give, so that the range up to it lacks its last.
  const available = newest === "pending" ? count - 1 : count;
  const first = Math.max(chain.oldestNumber(), last + 1 - available, 0);
  const blocks: ChainBlock[] = [];
  for (let number = first; number <= last; number++) {
    const block = chain.blockByNumber(number);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

function baseFeeAfter(chain: ChainView, last: ChainBlock): bigint {
  return chain.blockByNumber(last.header.number + 1)?.header.baseFee ?? chain.nextBaseFee();
}

/** Sorting all transactions of many blocks takes time. */
async function rewardsOfAll(
  { clock, scheduler, limits }: Reading,
  blocks: readonly ChainBlock[],
  percentiles: readonly number[],
): Promise<string[][]> {
  const pacer = new Pacer(clock, scheduler, limits.callTimeMs);
  const rewards: string[][] = [];
  for (const block of blocks) {
    rewards.push(rewardsOf(block, percentiles).map(quantityToHex));
    if (pacer.isDue) await pacer.pause();
  }
  return rewards;
}

/** For each percentile the tip of the transaction at which that share of the block's gas is reached. */
function rewardsOf({ header, transactions }: ChainBlock, percentiles: readonly number[]): bigint[] {
  const sorted = transactions
    .map(({ receipt }) => ({
      gasUsed: Number(receipt.gasUsed),
      tip: receipt.effectiveGasPrice - header.baseFee,
    }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0));
  let index = 0;
  let gasSum = sorted[0]?.gasUsed ?? 0;
  return percentiles.map((percentile) => {
    const threshold = Math.floor((Number(header.gasUsed) * percentile) / 100);
    while (gasSum < threshold && index < sorted.length - 1) {
      index++;
      gasSum += sorted[index]!.gasUsed;
    }
    return sorted[index]?.tip ?? 0n;
  });
}
