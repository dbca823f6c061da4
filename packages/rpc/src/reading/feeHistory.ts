import { type Hex, quantityToHex } from "@trellis/base";
import type { ChainBlock, ChainHeader, ChainView } from "@trellis/protocol";
import type { BlockNumberOrTag } from "../decoding/blockParameter.ts";
import { rpcErrors } from "../errors.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcNode } from "../RpcNode.ts";
import { numberOf } from "./resolveBlock.ts";

type Reading = Pick<RpcNode, "chain">;

/** As geth's. */
const BLOCKS_MAX = 1_024;
const PERCENTILES_MAX = 100;
/** EIP-4844's least, which an unused blob market rests at. */
const BLOB_BASE_FEE = "0x1";

/**
 * eth_feeHistory with geth's rules (eth/gasprice/feehistory.go): the range is cut to what there is, the base fees reach
 * one block further than the range, rewards are weighted by gas used. It goes down from the newest block by parents, so
 * that all is of one chain, and holds one block at a time; other work goes on in between.
 * @throws RPC_REQUEST_REFUSED for percentiles out of order, a block beyond the head; RPC_CALL_TIMED_OUT
 */
export async function feeHistory(
  { chain }: Reading,
  blockCount: number,
  newest: BlockNumberOrTag,
  percentiles: readonly number[],
  pacing: Pacing,
): Promise<object> {
  checkPercentiles(percentiles);
  const { first, last } = rangeUpTo(chain, newest, Math.min(blockCount, BLOCKS_MAX));
  const found: BlockFees[] = [];
  const baseFees = [baseFeeOf(chain, last + 1)];
  let at = chain.blockByNumber(last)?.hash;
  for (let number = last; number >= first && at !== undefined; number--) {
    const block = percentiles.length === 0 ? chain.chainHeader(at) : chain.blockByHash(at);
    // Thrown away during a pause.
    if (block === undefined) break;
    found.push(feesOf(block, percentiles));
    baseFees.push(block.header.baseFee);
    at = block.header.parents[0];
    if (pacing.isDue) await pacing.pause();
  }
  if (found.length === 0) return { oldestBlock: "0x0", baseFeePerGas: [], gasUsedRatio: [] };
  found.reverse();
  return {
    oldestBlock: quantityToHex(last + 1 - found.length),
    ...(percentiles.length > 0 && { reward: found.map(({ reward }) => reward) }),
    baseFeePerGas: baseFees.reverse().map(quantityToHex),
    gasUsedRatio: found.map(({ gasUsedRatio }) => gasUsedRatio),
    baseFeePerBlobGas: baseFees.map(() => BLOB_BASE_FEE),
    blobGasUsedRatio: found.map(() => 0),
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

/** Empty, with `first` above `last`, where there is nothing to give. */
function rangeUpTo(
  chain: ChainView,
  newest: BlockNumberOrTag,
  count: number,
): { readonly first: number; readonly last: number } {
  const head = chain.head().header.number;
  const last = numberOf(chain, newest);
  if (last > head) {
    throw rpcErrors.RPC_REQUEST_REFUSED({
      reason: `request beyond head block: requested ${last}, head ${head}`,
    });
  }
  // There is no pending block to give, so that the range up to it lacks its last.
  const available = newest === "pending" ? count - 1 : count;
  return { first: Math.max(chain.oldestNumber(), last + 1 - available, 0), last };
}

/** Of a block, or of the one that comes next. */
function baseFeeOf(chain: ChainView, number: number): bigint {
  return chain.blockByNumber(number)?.header.baseFee ?? chain.nextBaseFee();
}

interface BlockFees {
  readonly gasUsedRatio: number;
  readonly reward: readonly Hex[];
}

function feesOf(block: ChainHeader | ChainBlock, percentiles: readonly number[]): BlockFees {
  const { header, gasLimit } = block;
  return {
    gasUsedRatio: Number(header.gasUsed) / Number(gasLimit),
    reward: "transactions" in block ? rewardsOf(block, percentiles).map(quantityToHex) : [],
  };
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
