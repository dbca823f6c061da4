import { type Hex, quantityToHex } from "@trellis/base";
import {
  type BlockReader,
  type ChainBlock,
  type ChainHeader,
  type ChainView,
  EncodedJson,
} from "@trellis/protocol";
import type { BlockNumberOrTag } from "../decoding/blockParameter.ts";
import { rpcErrors } from "../errors.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { FeesTask } from "./ReadTask.ts";
import { numberOf } from "./resolveBlock.ts";

const BLOCKS_MAX = 1_024;
const PERCENTILES_MAX = 100;
/** EIP-4844's minimum. */
const BLOB_BASE_FEE = "0x1";
/** geth's answer without blocks. */
const NOTHING = { oldestBlock: "0x0", baseFeePerGas: [], gasUsedRatio: [] };

/** Like geth (eth/gasprice/feehistory.go), includes the next base fee. */
export function planFees(
  chain: ChainView,
  blockCount: number,
  newest: BlockNumberOrTag,
  percentiles: readonly number[],
): FeesTask | { readonly kind: "answer"; readonly answer: object } {
  checkPercentiles(percentiles);
  const { first, last } = rangeUpTo(chain, newest, Math.min(blockCount, BLOCKS_MAX));
  const hash = chain.hashByNumber(last);
  if (first > last || hash === undefined) return { kind: "answer", answer: NOTHING };
  const baseFeeAfter = baseFeeOf(chain, last + 1);
  return { kind: "fees", newest: hash, newestNumber: last, from: first, percentiles, baseFeeAfter };
}

/** Follows parents: a reorganisation must not mix chains. */
export async function readFees(
  blocks: BlockReader,
  { newest, newestNumber, from, percentiles, baseFeeAfter }: FeesTask,
  pacing: Pacing,
): Promise<EncodedJson> {
  const found: BlockFees[] = [];
  const baseFees = [baseFeeAfter];
  let at: FeesTask["newest"] | undefined = newest;
  for (let number = newestNumber; number >= from && at !== undefined; number--) {
    const block: ChainHeader | ChainBlock | undefined =
      percentiles.length === 0 ? blocks.chainHeader(at) : blocks.blockByHash(at);
    // The block was pruned while the call ran.
    if (block === undefined) break;
    found.push(feesOf(block, percentiles));
    baseFees.push(block.header.baseFee);
    at = block.header.parents[0];
    if (pacing.isDue) await pacing.pause();
  }
  const answer = found.length === 0 ? NOTHING : answerOf(found, baseFees, newestNumber, percentiles);
  return new EncodedJson(JSON.stringify(answer));
}

/** Newest first. `baseFees` starts with the block after the newest one. */
function answerOf(
  found: readonly BlockFees[],
  baseFees: readonly bigint[],
  newestNumber: number,
  percentiles: readonly number[],
): object {
  const ascending = found.toReversed();
  return {
    oldestBlock: quantityToHex(newestNumber + 1 - found.length),
    ...(percentiles.length > 0 && { reward: ascending.map(({ reward }) => reward) }),
    baseFeePerGas: baseFees.toReversed().map(quantityToHex),
    gasUsedRatio: ascending.map(({ gasUsedRatio }) => gasUsedRatio),
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
  // The pending block counts, but does not exist.
  const available = newest === "pending" ? count - 1 : count;
  return { first: Math.max(chain.oldestNumber(), last + 1 - available, 0), last };
}

function baseFeeOf(chain: ChainView, number: number): bigint {
  const hash = chain.hashByNumber(number);
  return (hash === undefined ? undefined : chain.header(hash)?.baseFee) ?? chain.nextBaseFee();
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
