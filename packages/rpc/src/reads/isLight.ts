import type { BlockReader, ChainView, Hash } from "@trellis/protocol";
import type { BlockParameter } from "../decoding/blockParameter.ts";
import { mayHaveLogs } from "../reading/matchLogs.ts";
import type { ReadTask } from "../reading/ReadTask.ts";
import { hashOf } from "../reading/resolveBlock.ts";

/** Gas of 47 transactions or 2,700 logs, which take about 5 ms to read. */
const GAS_MAX = 1_000_000n;
/** Reading a header takes 30 µs. */
const HEADERS_MAX = 32;

export function isLight(blocks: BlockReader, task: ReadTask): boolean {
  switch (task.kind) {
    case "block":
    case "receipts":
      return gasOf(blocks, task.hash) <= GAS_MAX;
    case "receipt":
      // The planner answers light receipts itself.
      return false;
    case "logs":
      return isLightRange(blocks, task, ({ logsBloom }) => mayHaveLogs({ logsBloom }, task.match));
    case "fees":
      return isLightRange(blocks, task, () => task.percentiles.length > 0);
  }
}

export function isQuickToRead(chain: Pick<ChainView, "isAtHand" | "header">, block: Hash): boolean {
  return chain.isAtHand(block) || gasOf(chain, block) <= GAS_MAX;
}

export function isQuickAt(chain: ChainView, at: BlockParameter): boolean {
  const hash = hashOf(chain, at);
  return hash === undefined || isQuickToRead(chain, hash);
}

type Header = NonNullable<ReturnType<BlockReader["header"]>>;

function isLightRange(
  blocks: BlockReader,
  { newest, newestNumber, from }: Extract<ReadTask, { readonly newest: Hash }>,
  isRead: (header: Header) => boolean,
): boolean {
  if (newestNumber - from >= HEADERS_MAX) return false;
  let gas = 0n;
  let at: Hash | undefined = newest;
  for (let number = newestNumber; number >= from && at !== undefined; number--) {
    const header: Header | undefined = blocks.header(at);
    if (header === undefined) break;
    if (isRead(header)) gas += header.gasUsed;
    at = header.parents[0];
  }
  return gas <= GAS_MAX;
}

function gasOf(blocks: Pick<BlockReader, "header">, hash: Hash): bigint {
  return blocks.header(hash)?.gasUsed ?? 0n;
}
