import type { Log } from "@trellis/base";
import { isKeyValid } from "@trellis/contracts";
import {
  type Block,
  type BlockBuilder,
  type BlockExchange,
  type ChainView,
  decodeTransaction,
  type Hash,
  type SignedBy,
  type StateExchange,
  type TransactionIntake,
  type TransactionRules,
  validateTransactionInIsolation,
} from "@trellis/protocol";
import { gasLimitAfter } from "../execution/blockTerms.ts";
import { ChainFinality } from "../finality/ChainFinality.ts";
import {
  createMempool,
  type Journal,
  type Mempool,
  type MempoolLimits,
  mempoolErrors,
} from "../mempool/index.ts";
import { exchangeStates } from "../stateSync/exchangeStates.ts";
import type { ChainOptions, ChainPorts } from "./ChainOptions.ts";
import { ChainReader } from "./ChainReader.ts";
import { EventStream } from "./EventStream.ts";
import { exchangeBlocks } from "./exchangeBlocks.ts";
import { Importer } from "./Importer.ts";
import type { ImportResult } from "./ImportResult.ts";
import { measureChain } from "./measureChain.ts";
import { type ChainComponents, openChain } from "./openChain.ts";
import { PooledSenders } from "./PooledSenders.ts";
import { replayStates } from "./replayStates.ts";
import { TemplateBuilder } from "./TemplateBuilder.ts";

export interface Chain {
  readonly view: ChainView;
  readonly pool: Mempool;
  readonly intake: TransactionIntake;
  readonly builder: BlockBuilder;
  readonly exchange: BlockExchange;
  readonly states: StateExchange;
  /**
   * For a genesis with the Staking contract (`withSystemContracts(network, staking)`); the node starts it with the
   * network's outbox.
   */
  readonly finality: ChainFinality;
  /** @throws the first broken rule; CHAIN_STOPPED on a local failure */
  importBlock(block: Block): Promise<ImportResult>;
  failure(): Error | undefined;
  idle(): Promise<void>;
}

export interface PoolOptions {
  readonly limits: MempoolLimits;
  /** Keeps local transactions over a restart. */
  readonly journal?: Journal;
}

/**
 * Resolves at the last stored sink.
 * @throws GENESIS_MISMATCH, STORE_CORRUPT
 */
export async function createChain(
  options: ChainOptions,
  poolSetup: PoolOptions,
  ports: ChainPorts,
): Promise<Chain> {
  const senders = new PooledSenders(ports.recoverSenders);
  const { parts, genesisHash, sink } = await openChain(options, {
    ...ports,
    recoverSenders: (transactions) => senders.recover(transactions),
  });
  await replayStates(parts, sink);
  const events = new EventStream(ports.log);
  const importer = new Importer(options, parts, sink);
  const finality = new ChainFinality(parts, importer);
  const view = new ChainReader(parts, importer, events, genesisHash);
  const pool = createMempool(poolSetup.limits, options.parameters, {
    clock: ports.clock,
    log: ports.log,
    metrics: ports.metrics,
    fees: {
      nextBaseFee: () => view.nextBaseFee(),
      feeCapMin: () => feeCapMinAfter(parts, importer.sink),
    },
    state: {
      account: (address) => parts.states.account(importer.sink, address),
      isKeyValid: (transaction, sender) => isKeyValid(view.stateAt(importer.sink), { transaction, sender }),
    },
    ...(poolSetup.journal === undefined ? {} : { journal: poolSetup.journal }),
  });
  pool.subscribe((event) => senders.onPoolEvent(event));
  // At an event the pool has followed already. [EXEC-23]
  importer.subscribe((result) => followChain(pool, result, ports.log));
  importer.subscribe((result) => events.announce(result.events));
  importer.subscribe((result) => followFinality(finality, result, ports.log));
  events.subscribe(measureChain(ports.metrics, view));
  const decodeAndRecover = createRecovery(ports, pool, () => rulesAfter(parts, importer.sink));
  await pool.restore(decodeAndRecover);
  const importSealed = (block: Block): Promise<ImportResult> => importer.importBlock(block, "sealedHere");
  const builder = new TemplateBuilder(options, parts, importer, pool, finality, importSealed);
  return {
    view,
    pool,
    builder,
    intake: {
      async submit(encoded, { isLocal }): Promise<Hash> {
        importer.requireAvailable();
        return pool.add(await decodeAndRecover(encoded), { isLocal }).transaction.hash;
      },
    },
    exchange: exchangeBlocks(parts, importer),
    states: exchangeStates(options, parts, importer),
    finality,
    importBlock: (block) => importer.importBlock(block, "received"),
    failure: () => failureOf(importer),
    idle: async () => {
      await builder.idle();
      await importer.idle();
    },
  };
}

function failureOf(importer: Importer): Error | undefined {
  if (importer.failure !== undefined) return importer.failure;
  try {
    importer.requireAvailable();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** The batch is stored, so a failure of the pool must not propagate. */
function followChain(pool: Mempool, result: ImportResult, log: Log): void {
  if (result.added.length === 0) return;
  try {
    pool.onChain(result);
  } catch (error) {
    log.error("mempool.updateFailed", {
      blocks: result.imported.length,
      error: error as Error,
    });
  }
}

/** wei per gas [GOV-1] */
function feeCapMinAfter({ parameters, epochs, states }: ChainComponents, sink: Hash): bigint {
  const { baseFeeMin } = parameters;
  const governed = epochs.valuesAfter(sink, states.reader(sink))?.mempoolFloorWei;
  return governed !== undefined && governed > baseFeeMin ? governed : baseFeeMin;
}

/** The batch is stored, so a failure of the vote must not propagate. */
function followFinality(finality: ChainFinality, { imported }: ImportResult, log: Log): void {
  try {
    finality.moved(imported);
  } catch (error) {
    log.error("finality.updateFailed", { error: error as Error });
  }
}

/** [TX-13] */
function rulesAfter(parts: ChainComponents, sink: Hash): TransactionRules {
  return { ...parts.parameters, gasLimit: gasLimitAfter(parts, parts.states, sink) };
}

function createRecovery(
  { recoverSenders }: ChainPorts,
  pool: Pick<Mempool, "get">,
  rules: () => TransactionRules,
) {
  return async (encoded: Uint8Array): Promise<SignedBy> => {
    const transaction = decodeTransaction(encoded);
    const { hash } = transaction;
    // Skips the signature check of a known transaction.
    if (pool.get(hash) !== undefined) throw mempoolErrors.ALREADY_KNOWN({ hash });
    validateTransactionInIsolation(transaction, rules());
    const [sender] = await recoverSenders([transaction]);
    if (typeof sender !== "string") throw sender;
    return { transaction, sender };
  };
}
