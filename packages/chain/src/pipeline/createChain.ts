import { isKeyValid } from "@trellis/contracts";
import {
  type Block,
  type BlockBuilder,
  type ChainView,
  decodeTransaction,
  type Hash,
  type SignedBy,
  type TransactionIntake,
  validateTransactionInIsolation,
} from "@trellis/protocol";
import { createMempool, type Journal, type Mempool, type MempoolLimits } from "../mempool/index.ts";
import { ChainReader } from "./ChainReader.ts";
import { EventStream } from "./EventStream.ts";
import { Importer, type ImportResult } from "./Importer.ts";
import { measureChain } from "./measureChain.ts";
import { openStages } from "./openStages.ts";
import { replayStates } from "./replayStates.ts";
import type { ChainOptions, ChainPorts } from "./Stages.ts";
import { TemplateBuilder } from "./TemplateBuilder.ts";

/** A running chain: its view, its pool, and the ways to add to it. */
export interface Chain {
  readonly view: ChainView;
  readonly pool: Mempool;
  readonly intake: TransactionIntake;
  readonly builder: BlockBuilder;
  /** @throws the first rule that the block breaks; CHAIN_STOPPED after an error that is not the block's */
  importBlock(block: Block): Promise<ImportResult>;
  /** Why the chain takes no more blocks; undefined while it does. */
  failure(): Error | undefined;
  /** Resolves when the imports that were asked for are stored. */
  idle(): Promise<void>;
}

export interface PoolSetup {
  readonly limits: MempoolLimits;
  /** Keeps local transactions over a restart. */
  readonly journal?: Journal;
}

/**
 * Opens or begins the chain of a store: the last stored sink with its state is there when this resolves.
 * @throws GENESIS_MISMATCH, STATE_ROOT_LOST
 */
export async function createChain(
  options: ChainOptions,
  poolSetup: PoolSetup,
  ports: ChainPorts,
): Promise<Chain> {
  const known: { pool?: Mempool } = {};
  const { stages, genesisHash, sink } = await openStages(options, {
    ...ports,
    recoverSenders: (transactions) => recoverUnlessPooled(transactions, known.pool, ports.recoverSenders),
  });
  await replayStates(stages, sink);
  const events = new EventStream(ports.log);
  events.subscribe(measureChain(ports.metrics, options.parameters));
  const importer = new Importer(stages, sink);
  const view = new ChainReader(stages, importer, events, genesisHash);
  const pool = createMempool(poolSetup.limits, options.parameters, {
    clock: ports.clock,
    log: ports.log,
    metrics: ports.metrics,
    fees: view,
    state: {
      account: (address) => stages.states.account(importer.sink, address),
      isKeyValid: (transaction, sender) => isKeyValid(view.stateAt(importer.sink), { transaction, sender }),
    },
    ...(poolSetup.journal === undefined ? {} : { journal: poolSetup.journal }),
  });
  known.pool = pool;

  const decodeAndRecover = async (encoded: Uint8Array): Promise<SignedBy> => {
    const transaction = decodeTransaction(encoded);
    validateTransactionInIsolation(transaction, options.parameters);
    const [sender] = await ports.recoverSenders([transaction]);
    if (typeof sender !== "string") throw sender;
    return { transaction, sender };
  };
  await pool.restore(decodeAndRecover);

  return {
    view,
    pool,
    builder: new TemplateBuilder(stages, importer, pool, (block) => importAndAnnounce(block)),
    intake: {
      async submit(encoded, { isLocal }): Promise<Hash> {
        return pool.add(await decodeAndRecover(encoded), { isLocal }).transaction.hash;
      },
    },
    importBlock: importAndAnnounce,
    failure: () => importer.failure,
    idle: () => importer.idle(),
  };

  async function importAndAnnounce(block: Block): Promise<ImportResult> {
    const result = await importer.importBlock(block);
    if (result.added.length > 0) pool.onChain(result);
    events.announce(result.events);
    return result;
  }
}

/** Signatures that the pool has checked are not checked again when a block brings them. */
async function recoverUnlessPooled(
  transactions: Parameters<ChainPorts["recoverSenders"]>[0],
  pool: Mempool | undefined,
  recoverSenders: ChainPorts["recoverSenders"],
): ReturnType<ChainPorts["recoverSenders"]> {
  const senders = transactions.map(({ hash }) => pool?.get(hash)?.sender);
  const unknown = transactions.filter((_, index) => senders[index] === undefined);
  const recovered = unknown.length === 0 ? [] : await recoverSenders(unknown);
  let next = 0;
  return senders.map((sender) => sender ?? recovered[next++]!);
}
