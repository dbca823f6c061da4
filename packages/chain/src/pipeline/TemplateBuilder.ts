import { hexToBytes } from "@trellis/base";
import {
  type Block,
  type BlockBuilder,
  type BlockTemplate,
  type Body,
  bodyRoot,
  compactToTarget,
  createBlock,
  type Hash,
  HEADER_VERSION,
  type Header,
  type SignedBy,
  sealHash,
  sealRoot,
  type TemplateRequest,
} from "@trellis/protocol";
import type { Mempool } from "../mempool/index.ts";
import type { DagPlace } from "./ChainDag.ts";
import type { Executed } from "./Executor.ts";
import { baseFeeAfter, type Importer, type Stages } from "./Importer.ts";

/** Transactions of one body. Gas bounds them first; this bounds the work of choosing. */
const TRANSACTIONS_MAX = 4_096;

/** A header before the roots are known. */
type Draft = Omit<
  Header,
  "bodyRoot" | "acceptedRoot" | "stateRoot" | "receiptsRoot" | "logsBloom" | "gasUsed"
>;

/** Builds blocks on the sink and takes them back sealed. */
export class TemplateBuilder implements BlockBuilder {
  readonly #stages: Stages;
  readonly #importer: Pick<Importer, "sink">;
  readonly #pool: Pick<Mempool, "select" | "recheck">;
  readonly #importBlock: (block: Block) => Promise<unknown>;

  constructor(
    stages: Stages,
    importer: Pick<Importer, "sink">,
    pool: Pick<Mempool, "select" | "recheck">,
    importBlock: (block: Block) => Promise<unknown>,
  ) {
    this.#stages = stages;
    this.#importer = importer;
    this.#pool = pool;
    this.#importBlock = importBlock;
  }

  /** Parents from the DAG, transactions from the pool, roots from executing them. */
  async createTemplate(request: TemplateRequest): Promise<BlockTemplate> {
    const { executor } = this.#stages;
    const { draft, place } = this.#draft(request);
    const candidates = this.#candidates(
      draft,
      place.merged.map(({ hash }) => hash),
    );
    const body = { transactions: candidates.map(({ transaction }) => transaction) };
    const senders = candidates.map(({ sender }) => sender);
    const executed = await executor.run(await executor.request(draft, body, senders, place), place);
    this.#pool.recheck(skippedOf(executed, place.merged.length));
    const template = this.#complete(draft, executed, place.merged.length);
    executor.keepTemplate(template.header, withoutOwnSkipped(executed, place.merged.length));
    return template;
  }

  async importSealed({ header, body }: BlockTemplate, nonce: bigint): Promise<Hash> {
    const block = createBlock({ ...header, seal: { ...header.seal, nonce } }, body);
    await this.#importBlock(block);
    return block.hash;
  }

  #draft({ miner, stream, extra }: TemplateRequest): { draft: Draft; place: DagPlace } {
    const { chainDag, blocks, states, options, ports } = this.#stages;
    const parents = chainDag.dag.virtualParents(this.#importer.sink);
    const nowMs = ports.clock.nowMs();
    const place = chainDag.place({ parents, stream });
    const parent = blocks.header(place.selectedParent)!;
    return {
      place,
      draft: {
        version: HEADER_VERSION,
        shard: options.shard,
        parents,
        timestampMs: Math.max(nowMs, place.medianTimeMs + 1),
        stream,
        bits: place.bits,
        daaScore: place.daaScore,
        blueScore: place.blueScore,
        blueWork: place.blueWork,
        number: parent.number + 1,
        baseFee: baseFeeAfter(this.#stages, place.selectedParent),
        finalized: states.baseHash,
        miner,
        extra,
        seal: { branch: [], nonce: 0n },
      },
    };
  }

  #candidates(draft: Draft, merged: readonly Hash[]): readonly SignedBy[] {
    const { blocks, options } = this.#stages;
    const { gasLimit, bodyBytesMax } = options.parameters;
    const carried = merged.flatMap((hash) =>
      blocks.block(hash)!.body.transactions.map((transaction) => transaction.hash),
    );
    return this.#pool.select({
      baseFee: draft.baseFee,
      gasMax: gasLimit,
      bytesMax: bodyBytesMax,
      countMax: TRANSACTIONS_MAX,
      carried: new Set(carried),
    });
  }

  #complete(draft: Draft, { result, layer }: Executed, ownIndex: number): BlockTemplate {
    const body: Body = {
      transactions: result.accepted
        .filter(({ carrierIndex }) => carrierIndex === ownIndex)
        .map(({ transaction }) => transaction),
    };
    const header: Header = {
      ...draft,
      bodyRoot: bodyRoot(body),
      acceptedRoot: result.acceptedRoot,
      stateRoot: layer.root,
      receiptsRoot: result.receiptsRoot,
      logsBloom: result.logsBloom,
      gasUsed: result.gasUsed,
    };
    return {
      header,
      body,
      sealRoot: hexToBytes(sealRoot(header.shard, sealHash(header), header.seal.branch)),
      target: compactToTarget(header.bits),
    };
  }
}

function skippedOf({ result }: Executed, ownIndex: number): Hash[] {
  return result.skipped
    .filter(({ carrierIndex }) => carrierIndex === ownIndex)
    .map(({ transactionHash }) => transactionHash);
}

/** Transactions that could not run are left out of the block, and so of its record. */
function withoutOwnSkipped({ result, layer }: Executed, ownIndex: number): Executed {
  const skipped = result.skipped.filter(({ carrierIndex }) => carrierIndex !== ownIndex);
  return { result: { ...result, skipped }, layer };
}
