import { type BlockExchange, type Hash, type Header, headerHash } from "@trellis/protocol";
import { isVoteCertain, pointUnder } from "./finalLimit.ts";
import type { Importer } from "./Importer.ts";
import { oldestBlock } from "./oldestBlock.ts";
import type { Stages } from "./Stages.ts";

/** What the network asks of the chain. */
export function exchangeBlocks(stages: Stages, importer: Importer): BlockExchange {
  return {
    has: (hash) => stages.chainDag.dag.has(hash),
    oldest: () => oldestBlock(stages),
    checkHeader: (header) => importer.checkHeader(headerHash(header), header),
    importBlocks: (blocks) => importer.importBlocks(blocks),
    locator: () => locatorOf(stages, importer.sink),
    headersAfter: (locator, countMax) => headersAfter(stages, importer.sink, locator, countMax),
    finalPoint: () => finalPoint(stages, importer),
    limitFinality(newest) {
      stages.finalLimit.newest = newest;
      return importer.limitMoved();
    },
  };
}

/** [SYNC-29] */
function finalPoint(stages: Stages, importer: Importer): ReturnType<BlockExchange["finalPoint"]> {
  if (importer.awaitsState || isVoteCertain(stages)) return undefined;
  const hash = pointUnder(stages, importer.sink);
  const header = stages.blocks.header(hash);
  return header && { hash, number: header.number };
}

/** The sink, blocks of its chain at doubling distances, and the oldest block that is here. [SYNC-HEADERS-1] */
function locatorOf({ blocks, chainDag }: Stages, sink: Hash): Hash[] {
  const { number } = blocks.storedHeader(sink);
  const locator = [sink];
  for (let distance = 1; distance < number; distance *= 2) {
    const hash = blocks.hashByNumber(number - distance);
    if (hash !== undefined && chainDag.dag.has(hash)) locator.push(hash);
  }
  const oldest = chainDag.oldest;
  if (locator.at(-1) !== oldest) locator.push(oldest);
  return locator;
}

/**
 * Goes up the selected chain from the newest hash of the locator that is on it: the mergeset of each chain block in
 * its order, and then the chain block. Parents thus come before children. [SYNC-HEADERS-2]
 */
function headersAfter(
  { blocks, chainDag }: Stages,
  sink: Hash,
  locator: readonly Hash[],
  countMax: number,
): ReturnType<BlockExchange["headersAfter"]> {
  const { dag } = chainDag;
  const onChain = locator.filter((hash) => dag.has(hash) && dag.isChainAncestor(hash, sink));
  const from = onChain.reduce<Hash | undefined>(
    (newest, hash) => (newest === undefined || dag.isChainAncestor(newest, hash) ? hash : newest),
    undefined,
  );
  if (from === undefined) return undefined;
  const headers: Header[] = [];
  let at = from;
  while (at !== sink && headers.length < Math.max(countMax, 1)) {
    at = dag.nextOnChain(at, sink);
    for (const { hash } of dag.standingOf(at)!.merged) headers.push(blocks.storedHeader(hash));
    headers.push(blocks.storedHeader(at));
  }
  return { from, headers, isEnd: at === sink };
}
