import { bytesToHex, quantityToHex } from "@trellis/base";
import {
  createTransaction,
  EMPTY_TRIE_ROOT,
  type EncodedJson,
  type LogEntry,
  type SimulatedBlockResult,
  type SimulatedCall,
  type SimulatedCallResult,
  TRANSACTION_TYPES,
  type Transaction,
  ZERO_HASH,
} from "@trellis/protocol";
import { EMPTY_UNCLES_HASH } from "../encoding/block.ts";
import { encodeFields } from "../encoding/transaction.ts";
import { rpcErrors } from "../errors.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";
import { AnswerList } from "../reading/AnswerList.ts";
import { revertMessage } from "../revertMessage.ts";
import type { PlannedBlock } from "./planSimulation.ts";

/** execution-apis, eth_simulateV1. */
const REVERTED = 3;
const VM_ERROR = -32_015;

const UNSIGNED = { kind: "ecdsa", r: 0n, s: 0n, yParity: 0 } as const;

/** JSON characters. Checked before a call is encoded. */
const LOG_SIZE_MIN = 400;

interface Shown {
  readonly chainId: bigint;
  readonly returnsTransactions: boolean;
  readonly limits: Pick<RpcLimits, "responseBytesMax">;
}

/** Log by log: a call can have 100,000. @throws RPC_RESPONSE_TOO_LARGE */
export async function writeSimulation(
  planned: readonly PlannedBlock[],
  results: readonly SimulatedBlockResult[],
  shown: Shown,
  pacing: Pacing,
): Promise<EncodedJson> {
  const list = new AnswerList(shown.limits);
  for (const [index, block] of planned.entries()) {
    list.addJson(await blockJson(block, results[index]!, { ...shown, limits: list.rest }, pacing));
  }
  return list.toJson();
}

/** The roots are zero: they are not computed. [RPC-30] */
async function blockJson(
  block: PlannedBlock,
  result: SimulatedBlockResult,
  shown: Shown,
  pacing: Pacing,
): Promise<string> {
  const { hash, parentHash, overrides } = block;
  const transactions = result.calls.map((call, index) =>
    transactionOf(block.calls[index]!, call, shown.chainId),
  );
  const place = {
    blockHash: hash,
    blockNumber: quantityToHex(overrides.number),
    blockTimestamp: quantityToHex(overrides.timestamp),
  };
  const header = {
    hash,
    parentHash,
    number: place.blockNumber,
    timestamp: place.blockTimestamp,
    miner: overrides.coinbase,
    gasLimit: quantityToHex(overrides.gasLimit),
    gasUsed: quantityToHex(result.gasUsed),
    baseFeePerGas: quantityToHex(result.baseFee),
    mixHash: overrides.prevRandao,
    logsBloom: bytesToHex(result.logsBloom),
    stateRoot: ZERO_HASH,
    transactionsRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    extraData: "0x",
    nonce: "0x0000000000000000",
    difficulty: "0x0",
    sha3Uncles: EMPTY_UNCLES_HASH,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: "0x0",
    excessBlobGas: "0x0",
    parentBeaconBlockRoot: ZERO_HASH,
    size: quantityToHex(transactions.reduce((sum, { encoded }) => sum + encoded.length, 0)),
    uncles: [],
    withdrawals: [],
    transactions: transactions.map((transaction, index) =>
      shown.returnsTransactions
        ? {
            ...place,
            transactionIndex: quantityToHex(index),
            ...encodeFields(
              { transaction, sender: block.calls[index]!.request.from },
              transaction.maxFeePerGas,
            ),
          }
        : transaction.hash,
    ),
  };
  const calls = await callsJson(result.calls, place, transactions, shown.limits, pacing);
  return `${JSON.stringify(header).slice(0, -1)},"calls":${calls}}`;
}

async function callsJson(
  results: readonly SimulatedCallResult[],
  place: object,
  transactions: readonly Transaction[],
  limits: Shown["limits"],
  pacing: Pacing,
): Promise<string> {
  const calls = new AnswerList(limits);
  let logIndex = 0;
  for (const [index, call] of results.entries()) {
    const { hash: transactionHash } = transactions[index]!;
    if (2 * call.output.length + LOG_SIZE_MIN * call.logs.length > calls.rest.responseBytesMax)
      throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax: limits.responseBytesMax });
    const placed = { ...place, transactionHash, transactionIndex: quantityToHex(index) };
    const logs = new AnswerList(calls.rest);
    for (const { address, topics, data } of logsOf(call)) {
      const log = { address, topics, data: bytesToHex(data) };
      logs.add({ ...log, ...placed, logIndex: quantityToHex(logIndex++), removed: false });
      if (pacing.isDue) await pacing.pause();
    }
    calls.addJson(`${JSON.stringify(encodeCall(call)).slice(0, -1)},"logs":${logs.toJson().text()}}`);
    if (pacing.isDue) await pacing.pause();
  }
  return calls.toJson().text();
}

/** Failed calls have no logs. */
function logsOf({ outcome, logs }: SimulatedCallResult): readonly LogEntry[] {
  return outcome === "success" ? logs : [];
}

/** Without its logs. */
function encodeCall({ outcome, output, gasUsed, failure }: SimulatedCallResult): object {
  const returnData = bytesToHex(output);
  const common = { returnData, gasUsed: quantityToHex(gasUsed) };
  if (outcome === "success") return { status: "0x1", ...common };
  const error =
    outcome === "revert"
      ? { code: REVERTED, message: revertMessage(returnData), data: returnData }
      : { code: VM_ERROR, message: `vm execution error: ${failure ?? outcome}` };
  return { status: "0x0", ...common, error };
}

/** geth gives simulated transactions an empty signature. */
function transactionOf(
  { request }: SimulatedCall,
  { nonce, gasLimit }: SimulatedCallResult,
  chainId: bigint,
): Transaction {
  const { to, value, data, accessList, maxFeePerGas, maxPriorityFeePerGas, authorizationList } = request;
  const fields = { to, value, data, accessList, maxFeePerGas, maxPriorityFeePerGas };
  const typed =
    authorizationList === undefined
      ? { type: TRANSACTION_TYPES.dynamicFee }
      : { type: TRANSACTION_TYPES.setCode, authorizationList };
  return createTransaction({ ...typed, chainId, nonce, gasLimit, ...fields }, UNSIGNED);
}
