import { type BlockExchange, type Hash, type Header, headerHash } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { Executor } from "../execution/Executor.ts";
import type { FinalLimit } from "../finality/FinalLimit.ts";
import type { Importer } from "./Importer.ts";
import { type OldestBlockPorts, oldestBlock } from "./oldestBlock.ts";

interface ExchangeBlocksPorts extends OldestBlockPorts {
  readonly finalLimit: FinalLimit;
  readonly executor: Pick<Executor, "recoverAhead">;
}

export function exchangeBlocks(ports: ExchangeBlocksPorts, importer: Importer): BlockExchange {
  return {
    has: (hash) => ports.chainDag.dag.has(hash),
    oldest: () => oldestBlock(ports),
    checkHeader: (header, hash = headerHash(header)) => importer.checkHeader(hash, header),
    recoverAhead: (blocks) => void ports.executor.recoverAhead(blocks),
    importBlocks: (blocks) => importer.importBlocks(blocks),
    locator: () => locatorOf(ports, importer.sink),
    headersAfter: (locator, countMax) => headersAfter(ports, importer.sink, locator, countMax),
    finalPoint: () => finalPoint(ports, importer),
    limitFinality(newest) {
      ports.finalLimit.limitTo(newest);
      return importer.limitMoved();
    },
  };
}

function finalPoint(ports: ExchangeBlocksPorts, importer: Importer): ReturnType<BlockExchange["finalPoint"]> {
  if (importer.awaitsState || ports.finalLimit.isVoteCertain) return undefined;
  const hash = ports.finalLimit.pointUnder(importer.sink);
  const header = ports.blocks.header(hash);
  return header && { hash, number: header.number };
}

/** [SYNC-HEADERS-1] */
function locatorOf({ blocks, chainDag }: KnownBlocks, sink: Hash): Hash[] {
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

/** [SYNC-HEADERS-2] */
function headersAfter(
  { blocks, chainDag }: KnownBlocks,
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
    for (const { hash } of dag.ghostdagDataOf(at)!.merged) headers.push(blocks.storedHeader(hash));
    headers.push(blocks.storedHeader(at));
  }
  return { from, headers, isEnd: at === sink };
}
