import { type Pace, runPaced, type Steps } from "@trellis/base";
import { createKeyCheck, deliveryOutcome, deploymentsAt } from "@trellis/contracts";
import {
  type BlockInput,
  type BlockObserver,
  type BlockResult,
  type Carrier,
  type Credit,
  chainGasLimit,
  DELIVERY_TYPE,
  type Delivery,
  deliveryHash,
  type Evm,
  encodeDelivery,
  encodeReceipt,
  forkAt,
  type Hash,
  type Header,
  isValidInFork,
  type NetworkParameters,
  type OpeningResult,
  type Receipt,
  type SignedBy,
  type StateChanges,
  type StateReader,
  type SystemCall,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import { listRootInSteps } from "@trellis/storage";
import type { CarriedMessages } from "../shards/carryMessages.ts";
import { requireSupply } from "../shards/requireSupply.ts";
import type { BlockOverride } from "../store/blockOverride.ts";
import type { AcceptedRun, ExecutedRuns, SkippedRun } from "../store/executedRuns.ts";
import { blockContextOf, chainTimestamp, type ExecutionHeader } from "./blockContext.ts";
import { mergeChanges } from "./overrideState.ts";

export interface MergedBlock {
  readonly hash: Hash;
  readonly header: Pick<Header, "miner" | "stream" | "number">;
  readonly isBlue: boolean;
  readonly transactions: readonly SignedBy[];
}

export interface ExecutionRules {
  /** Gas limit per carrier. */
  readonly gasLimit: bigint;
  readonly treasuryShareBasisPoints: number;
  readonly systemCalls: readonly SystemCall[];
}

export interface ExecutionRequest {
  readonly header: ExecutionHeader;
  /** Without the selected parent, in execution order. */
  readonly merged: readonly MergedBlock[];
  readonly transactions: readonly SignedBy[];
  readonly carried: CarriedMessages;
  /** TIMESTAMP of the selected parent. */
  readonly parentTimestamp: number;
  readonly state: StateReader;
  readonly rules: ExecutionRules;
  readonly blockHash: (number: bigint) => Hash;
  readonly observer?: BlockObserver;
  readonly override?: RequestOverride | undefined;
}

/** `state` already includes the changes. [DEV-4] */
interface RequestOverride extends Pick<BlockOverride, "prevRandao"> {
  readonly changes: StateChanges;
}

export interface ExecutionResult extends ExecutedRuns {
  readonly acceptedRoot: Hash;
  readonly receiptsRoot: Hash;
  readonly logsBloom: Uint8Array;
  readonly gasUsed: bigint;
  readonly changes: StateChanges;
  /** True if a call before the transactions failed, which disqualifies the block. [SHARD-13.1] */
  readonly hasFailedDelivery: boolean;
}

type KeyCheck = (state: StateReader, signed: SignedBy) => boolean;

export async function executeBlock(
  parameters: NetworkParameters,
  request: ExecutionRequest,
  {
    evm,
    isKeyValid,
    pace,
  }: { readonly evm: Evm; readonly isKeyValid: KeyCheck; readonly pace: Pace | undefined },
): Promise<ExecutionResult> {
  const input = blockInputOf(parameters, request, isKeyValid);
  const result = await evm.runBlock(input);
  const { accepted, skipped } = outcomesByCarrier(parameters, request, { input, result });
  const opened = result.openingCalls ?? [];
  const deliveries = deliveriesOf(request.carried, opened);
  const receipts = [...deliveries, ...accepted].map(({ receipt }) => receipt);
  if (parameters.sharding !== undefined) {
    const gasPaid = accepted.reduce((sum, { receipt }) => sum + receipt.gasUsed, 0n);
    requireSupply(parameters.sharding.count, { input, result, messages: request.carried.messages, gasPaid });
  }
  return {
    timestamp: Number(input.context.timestamp),
    gasLimit: input.context.gasLimit,
    accepted,
    skipped,
    ...(deliveries.length > 0 && { deliveries }),
    hasFailedDelivery: opened.some(({ isSuccess }) => !isSuccess),
    acceptedRoot: await runPaced(
      listRootInSteps([
        ...deliveries.map(({ message }) => encodeDelivery(message)),
        ...accepted.map(({ transaction }) => transaction.encoded),
      ]),
      pace,
    ),
    receiptsRoot: await runPaced(receiptsRootInSteps(receipts), pace),
    logsBloom: result.logsBloom,
    gasUsed: result.gasUsed,
    changes:
      request.override === undefined
        ? result.changes
        : mergeChanges(request.override.changes, result.changes),
  };
}

/** [SHARD-13.2] */
function deliveriesOf(
  { openingCalls, messages }: CarriedMessages,
  opened: readonly OpeningResult[],
): Delivery[] {
  let cumulativeGasUsed = 0n;
  const first = openingCalls.length - messages.length;
  return messages.map((message, index) => {
    const { gasUsed, logs, logsBloom } = opened[first + index]!;
    cumulativeGasUsed += gasUsed;
    const outcome = deliveryOutcome(logs);
    const receipt: Receipt = {
      type: DELIVERY_TYPE,
      status: outcome === "executed" || outcome === "credited" ? 1 : 0,
      cumulativeGasUsed,
      logsBloom,
      logs,
      transactionHash: deliveryHash(message),
      gasUsed,
      effectiveGasPrice: 0n,
      contractAddress: null,
    };
    return { message, receipt };
  });
}

function* receiptsRootInSteps(receipts: readonly Receipt[]): Steps<Hash> {
  const encoded: Uint8Array[] = [];
  for (const receipt of receipts) {
    encoded.push(encodeReceipt(receipt));
    yield;
  }
  return yield* listRootInSteps(encoded);
}

/** A key rotation takes effect in the next chain block. */
export function blockInputOf(
  parameters: NetworkParameters,
  request: ExecutionRequest,
  isKeyValid: KeyCheck,
): BlockInput {
  const { header, state, parentTimestamp, blockHash, rules } = request;
  const carriers = carriersOf(request);
  const isAllowed = forkCheck(parameters, header);
  const speaksFor = createKeyCheck((signed) => isKeyValid(state, signed));
  return {
    state,
    context: blockContextOf(parameters, header, {
      timestamp: chainTimestamp(header.timestampMs, parentTimestamp),
      gasLimit: chainGasLimit(rules.gasLimit, carriers.length),
      blockHash,
      prevRandao: request.override?.prevRandao,
    }),
    carriers: carriers.map(
      ({ header: carrier, isBlue, transactions }): Carrier => ({
        coinbase: carrier.miner,
        tipRecipient: isBlue ? carrier.miner : header.miner,
        gasLimit: rules.gasLimit,
        transactions: transactions.filter((signed) => isAllowed(carrier, signed) && speaksFor(signed)),
      }),
    ),
    deployments: deploymentsAt(parameters, header.number),
    ...(request.carried.openingCalls.length > 0 && { openingCalls: request.carried.openingCalls }),
    systemCalls: rules.systemCalls,
    baseFeeShare: { recipient: parameters.treasury, basisPoints: rules.treasuryShareBasisPoints },
    credits: rewardsOf(parameters, carriers),
    observer: request.observer,
  };
}

/** A carrier's transactions are valid by the fork of its own number; the chain block's fork decides if they run. */
function forkCheck(
  { forks }: Pick<NetworkParameters, "forks">,
  header: Pick<Header, "number">,
): (carrier: Pick<Header, "number">, signed: SignedBy) => boolean {
  const fork = forkAt(forks, header.number);
  return (carrier, { transaction }) =>
    forkAt(forks, carrier.number) === fork || isValidInFork(transaction, fork);
}

function carriersOf({
  header,
  merged,
  transactions,
}: ExecutionRequest): readonly Omit<MergedBlock, "hash">[] {
  return [...merged, { header, isBlue: true, transactions }];
}

function rewardsOf(parameters: NetworkParameters, carriers: readonly Omit<MergedBlock, "hash">[]): Credit[] {
  return carriers
    .filter(({ isBlue, header }) => isBlue && header.miner !== ZERO_ADDRESS)
    .map(({ header }) => ({
      address: header.miner,
      amount: parameters.streams[header.stream]?.subsidyWei ?? 0n,
    }))
    .filter(({ amount }) => amount > 0n);
}

function outcomesByCarrier(
  parameters: NetworkParameters,
  request: ExecutionRequest,
  { input, result }: { readonly input: BlockInput; readonly result: BlockResult },
): { accepted: AcceptedRun[]; skipped: SkippedRun[] } {
  const isAllowed = forkCheck(parameters, request.header);
  const accepted: AcceptedRun[] = [];
  const skipped: SkippedRun[] = [];
  carriersOf(request).forEach(({ header, transactions }, carrierIndex) => {
    let run = 0;
    for (const signed of transactions) {
      const transactionHash = signed.transaction.hash;
      if (input.carriers[carrierIndex]!.transactions[run] !== signed) {
        const reason = isAllowed(header, signed) ? "KEY_NOT_VALID" : "REFUSED_BY_FORK";
        skipped.push({ transactionHash, carrierIndex, reason });
        continue;
      }
      const outcome = result.outcomes[carrierIndex]![run++]!;
      if (outcome.kind === "accepted") {
        accepted.push({ ...signed, carrierIndex, receipt: outcome.receipt });
      } else {
        skipped.push({ transactionHash, carrierIndex, reason: outcome.reason });
      }
    }
  });
  return { accepted, skipped };
}
