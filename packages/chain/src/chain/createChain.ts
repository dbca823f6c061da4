import { baseErrors, type Log, silentTracing, type Tracing } from "@trellis/base";
import { isKeyValid } from "@trellis/contracts";
import {
  type Address,
  type Block,
  type BlockBuilder,
  type BlockExchange,
  type ChainBlock,
  type ChainView,
  decodeTransaction,
  forkAt,
  type Hash,
  impersonatedSender,
  type NetworkParameters,
  type SignedBy,
  type StateExchange,
  type Transaction,
  type TransactionIntake,
  type TransactionRules,
  validateTransactionInIsolation,
} from "@trellis/protocol";
import { type BlockRulesPorts, gasLimitAfter, governedAfter } from "../execution/blockRules.ts";
import { ChainFinality } from "../finality/ChainFinality.ts";
import { shardVoting } from "../finality/voting/shardVoting.ts";
import {
  type ChainChange,
  createMempool,
  type Journal,
  type Mempool,
  type MempoolLimits,
  mempoolErrors,
} from "../mempool/index.ts";
import { measureMessages } from "../shards/measureMessages.ts";
import { type ShardCheckpoints, shardCheckpoints } from "../shards/shardCheckpoints.ts";
import { type ShardTotals, shardTotals } from "../shards/shardTotals.ts";
import type { StateStore } from "../state/StateStore.ts";
import { exchangeStates } from "../stateSync/exchangeStates.ts";
import { ChainControl, type ControlSettings } from "./ChainControl.ts";
import type { ChainOptions, ChainPorts } from "./ChainOptions.ts";
import { ChainReader } from "./ChainReader.ts";
import { ControlledClock } from "./ControlledClock.ts";
import { EventStream } from "./EventStream.ts";
import { exchangeBlocks } from "./exchangeBlocks.ts";
import { Importer } from "./Importer.ts";
import { ImportMeter } from "./ImportMeter.ts";
import type { ImportResult } from "./ImportResult.ts";
import { KnownSenders, type RecoverSenders } from "./KnownSenders.ts";
import { measureChain } from "./measureChain.ts";
import { openChain } from "./openChain.ts";
import { replayStates } from "./replayStates.ts";
import { TemplateBuilder } from "./TemplateBuilder.ts";

export interface Chain {
  readonly view: ChainView & Pick<ChainReader, "anchorAt" | "keptMessage">;
  readonly pool: Mempool;
  readonly intake: TransactionIntake;
  readonly builder: BlockBuilder;
  readonly exchange: BlockExchange;
  readonly states: StateExchange;
  readonly finality: ChainFinality;
  /** Undefined unless the network's parameters allow it. */
  readonly control: ChainControl | undefined;
  /** In shard n > 0. */
  readonly checkpoints: ShardCheckpoints | undefined;
  /** For the audit of all shards. Undefined with one shard, and while the final block's anchor is unknown. */
  totals(): ShardTotals | undefined;
  /** @throws the error of the first broken rule; CHAIN_STOPPED on a local failure */
  importBlock(block: Block): Promise<ImportResult>;
  /** Call in shard n > 0 after shard 0's final block has moved. [SHARD-16] */
  anchorsMoved(): Promise<void>;
  failure(): Error | undefined;
  idle(): Promise<void>;
}

interface PoolOptions {
  readonly limits: MempoolLimits;
  readonly journal?: Journal;
}

/** @throws GENESIS_MISMATCH, STORE_CORRUPT */
export async function createChain(
  options: ChainOptions,
  poolOptions: PoolOptions,
  ports: ChainPorts,
): Promise<Chain> {
  const { parameters } = options;
  const {
    evm,
    callEvm,
    clock,
    pace,
    log,
    metrics,
    verifySeal,
    storageShortage,
    anchors,
    outboxes,
    tracing = silentTracing,
  } = ports;
  if (options.shard > 0 && anchors === undefined)
    throw baseErrors.ARGUMENT_INVALID({ rule: "anchors in shards above 0", got: options.shard });
  const senders = new KnownSenders(recoveryOf(parameters, ports));
  const recoverSenders = (transactions: readonly Transaction[]) => senders.recover(transactions);
  const opened = await openChain(options, { ...ports, recoverSenders });
  const { genesisHash, sink, store, tables, blocks, chainDag, states, executor } = opened;
  const {
    epochs,
    anchored,
    anchorTable,
    recordAt,
    certificates,
    setChanges,
    finalLimit,
    pruner,
    keepShardData,
  } = opened;
  await replayStates({ blocks, chainDag, states, executor, certificates }, sink);

  const checkpoints = recordAt && shardCheckpoints({ ...opened, anchors: anchors!, recordAt });
  const checkpoint = checkpoints?.checkpoint;
  const newestMs = (): number => blocks.storedHeader(importer.sink).timestampMs;
  const forkedMs = ports.origin === undefined ? undefined : parameters.genesis.timestampMs;
  const controlledClock =
    parameters.isControlled === true ? new ControlledClock(clock, newestMs, forkedMs) : undefined;
  const importer: Importer = new Importer(
    options,
    {
      tables,
      blocks,
      chainDag,
      states,
      executor,
      certificates,
      setChanges,
      finalLimit,
      pruner,
      keepShardData,
      store,
      clock,
      blockClock: controlledClock ?? clock,
      pace,
      log,
      verifySeal,
      storageShortage,
      anchors,
      recordAt,
      checkpoint,
      meter: new ImportMeter(parameters, { metrics, clock, tracing }),
      tracing,
    },
    sink,
  );
  const finality = new ChainFinality(
    {
      parameters,
      tables,
      blocks,
      chainDag,
      states,
      epochs,
      shardVoting:
        checkpoint &&
        shardVoting(
          { chainId: parameters.chainId, genesisHash },
          { checkpoint, anchors: anchors!, signatures: ports.voteSignatures },
        ),
      reportEvidence: (evidence) => ports.reportEvidence?.({ ...evidence, shard: options.shard }) === true,
      crossLinks: ports.crossLinks,
      certificates,
      setChanges,
      finalLimit,
      store: ports.store,
      clock,
      log,
      metrics,
      tracing,
    },
    importer,
  );
  const events = new EventStream(log);
  let control: ChainControl | undefined;
  const settings = (): ControlSettings => control?.settings ?? {};
  const view = new ChainReader(
    { ...opened, settings, parameters, evm, callEvm },
    importer,
    events,
    genesisHash,
  );
  const governed = { parameters, blocks, epochs, anchored, states };
  const rules = rulesAtSink(governed, importer, settings);
  const pool = createPool(poolOptions, { ...governed, rules, settings, view, importer, clock, log, metrics });
  pool.subscribe((event) => senders.onPoolEvent(event));
  // [EXEC-23]
  const setBy = ({ header }: ChainBlock) => blocks.overrideOf(header)?.accounts?.keys() ?? [];
  importer.subscribe((result) => {
    const set = control === undefined ? [] : result.added.flatMap((block) => [...setBy(block)]);
    followChain(pool, { ...result, set }, log);
  });
  importer.subscribe((result) => events.announce(result.events));
  importer.subscribe((result) => followFinality(finality, result, log));
  events.subscribe(measureChain(metrics, view));
  const onMessages = measureMessages(metrics, view);
  if (onMessages !== undefined) events.subscribe(onMessages);

  const balanceOf = (address: Address) => states.account(importer.sink, address)?.balance ?? 0n;
  const recovery = { ...ports, recoverSenders: recoveryOf(parameters, ports) };
  const decodeAndRecover = createRecovery(recovery, { pool, rules, balanceOf });
  // Its gas limit is a rule for the restored transactions.
  control =
    controlledClock &&
    new ChainControl({ ...opened, importer, finality, pool, clock: controlledClock }, options.snapshotLimits);
  await pool.restore(decodeAndRecover);
  const builder = new TemplateBuilder(options, {
    blocks,
    chainDag,
    executor,
    anchors,
    outboxes,
    recordAt,
    clock: controlledClock ?? clock,
    control,
    log,
    importer,
    pool,
    finality,
    tracing,
  });
  return {
    view,
    pool,
    builder,
    intake: createIntake({ importer, pool, tracing }, decodeAndRecover),
    exchange: exchangeBlocks({ tables, blocks, chainDag, finalLimit, executor }, importer),
    states: exchangeStates(
      options,
      // Without anchors: headers are synced before those of shard 0 are known.
      {
        ...{ tables, blocks, chainDag, states, certificates },
        ...{ clock, pace, anchored, anchorTable },
        voters: anchors,
      },
      importer,
    ),
    finality,
    control,
    checkpoints,
    totals: () => shardTotals(view, anchored),
    importBlock: (block) => importer.importBlock(block, "received"),
    anchorsMoved: () => importer.limitMoved(),
    failure: () => failureOf(importer),
    idle: () => builder.idle().then(() => importer.idle()),
  };
}

interface GovernedPorts extends Pick<BlockRulesPorts, "parameters" | "blocks" | "epochs" | "anchored"> {
  readonly states: StateStore;
}

interface PoolPorts extends GovernedPorts, Pick<ChainPorts, "clock" | "log" | "metrics"> {
  readonly view: Pick<ChainView, "nextBaseFee" | "stateAt">;
  readonly importer: Pick<Importer, "sink">;
  readonly rules: () => TransactionRules;
  readonly settings: () => ControlSettings;
}

function createPool(
  { limits, journal }: PoolOptions,
  { view, importer, rules, settings, clock, log, metrics, ...governed }: PoolPorts,
): Mempool {
  return createMempool(limits, governed.parameters, {
    clock,
    log,
    metrics,
    fees: {
      nextBaseFee: () => view.nextBaseFee(),
      feeCapMin: () => settings().baseFee ?? feeCapMinAfter(governed, importer.sink),
    },
    state: {
      rules,
      account: (address) => governed.states.account(importer.sink, address),
      code: (codeHash) => view.stateAt(importer.sink).code(codeHash),
      isKeyValid: (transaction, sender) => isKeyValid(view.stateAt(importer.sink), { transaction, sender }),
    },
    ...(journal === undefined ? {} : { journal }),
  });
}

interface IntakePorts {
  readonly importer: Pick<Importer, "requireAvailable">;
  readonly pool: Pick<Mempool, "add">;
  readonly tracing: Tracing;
}

function createIntake(
  { importer, pool, tracing }: IntakePorts,
  decodeAndRecover: ReturnType<typeof createRecovery>,
): TransactionIntake {
  return {
    submit: async (encoded, submission): Promise<Hash> => {
      importer.requireAvailable();
      const admit = async (): Promise<Hash> => {
        const signed = await decodeAndRecover(encoded, submission.sender);
        tracing.remember(signed.transaction.hash);
        return pool.add(signed, submission).transaction.hash;
      };
      const facts = { "trellis.transaction.local": submission.isLocal };
      return tracing.current() === undefined ? admit() : tracing.span("mempool.admit", { facts }, admit);
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

/** The batch is stored, so a pool failure must not propagate. */
function followChain(pool: Mempool, result: ImportResult & ChainChange, log: Log): void {
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
function feeCapMinAfter(ports: GovernedPorts, sink: Hash): bigint {
  const { baseFeeMin } = ports.parameters;
  const governed = governedAfter(ports, sink, ports.states.reader(sink))?.mempoolFloorWei;
  return governed !== undefined && governed > baseFeeMin ? governed : baseFeeMin;
}

function followFinality(finality: ChainFinality, { imported }: ImportResult, log: Log): void {
  try {
    finality.moved(imported);
  } catch (error) {
    log.error("finality.updateFailed", { error: error as Error });
  }
}

/** Reads the state once per sink. */
function rulesAtSink(
  governed: GovernedPorts,
  importer: Pick<Importer, "sink">,
  settings: () => ControlSettings,
): () => TransactionRules {
  const { parameters, states, blocks } = governed;
  let known: { readonly sink: Hash; readonly rules: TransactionRules } | undefined;
  return () => {
    const { sink } = importer;
    if (known?.sink !== sink) {
      const gasLimit = gasLimitAfter(governed, states, sink);
      const fork = forkAt(parameters.forks, blocks.executedBlock(sink).header.number + 1);
      known = { sink, rules: { ...parameters, gasLimit, fork } };
    }
    const { gasLimit = known.rules.gasLimit } = settings();
    return { ...known.rules, gasLimit };
  };
}

/** [DEV-5] */
function recoveryOf({ isControlled = false }: NetworkParameters, ports: ChainPorts): RecoverSenders {
  if (!isControlled) return ports.recoverSenders;
  return async (transactions, isUrgent) => {
    const known = transactions.map(impersonatedSender);
    if (known.every((sender) => sender === undefined)) return ports.recoverSenders(transactions, isUrgent);
    const signed = transactions.filter((_, index) => known[index] === undefined);
    const recovered = (await ports.recoverSenders(signed, isUrgent)).values();
    return known.map((sender) => sender ?? recovered.next().value!);
  };
}

interface RecoveryPorts {
  readonly pool: Pick<Mempool, "get">;
  readonly rules: () => TransactionRules;
  /** At the sink. */
  readonly balanceOf: (address: Address) => bigint;
}

function createRecovery(
  { recoverSenders, recoverAuthorities }: ChainPorts,
  { pool, rules, balanceOf }: RecoveryPorts,
) {
  return async (encoded: Uint8Array, signer?: Address): Promise<SignedBy> => {
    const inForce = rules();
    const transaction = decodeTransaction(encoded, inForce);
    const { hash } = transaction;
    if (pool.get(hash) !== undefined) throw mempoolErrors.ALREADY_KNOWN({ hash });
    validateTransactionInIsolation(transaction, inForce);
    const [sender] = signer === undefined ? await recoverSenders([transaction]) : [signer];
    if (typeof sender !== "string") throw sender;
    const { authorizationList, gasLimit, maxFeePerGas, value } = transaction;
    // Otherwise anybody could have signatures recovered for free.
    const canPay = () => gasLimit * maxFeePerGas + value <= balanceOf(sender);
    if (authorizationList !== undefined && canPay()) await recoverAuthorities?.(transaction);
    return { transaction, sender };
  };
}
