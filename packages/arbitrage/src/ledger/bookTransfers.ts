import type { Clock, Hex } from "@trellis/base";
import {
  type ChainClient,
  type ChainReceipt,
  type ChainTransaction,
  type CoinMove,
  type FinalityRule,
  placeOfBlock,
  type TransactionReader,
} from "@trellis/client";
import type { NonceSlotStore } from "../submission/index.ts";
import type { ArbitrageLedger, Movement, Position } from "./ArbitrageLedger.ts";
import type { BookKeeping, BookPorts } from "./bookNonceSlot.ts";
import { ledgerErrors } from "./errors.ts";
import { gasWeiOf, priceOf } from "./gasWeiOf.ts";
import { tokenChange } from "./tokenLogs.ts";

export interface BookTransferOptions extends Pick<BookKeeping, "chainId" | "wallet"> {
  readonly rule: FinalityRule;
}

export interface TransferPorts extends Pick<BookPorts, "worthOf"> {
  readonly ledger: Pick<ArbitrageLedger, "positions" | "movementsOf" | "setMovements">;
  readonly slots: Pick<NonceSlotStore, "find"> | undefined;
  readonly client: Pick<ChainClient, "receipt" | "logs" | "block" | "blockHash" | "name">;
  readonly transactions: TransactionReader;
  readonly clock: Clock;
}

/**
 * Books transactions that the engine did not send. Atomic and idempotent. [ARB-39]
 * @returns all booked movements
 * @throws BOOKS_NOT_KEPT, TRANSFER_UNKNOWN, TRANSFER_NOT_FINAL, TRANSFER_OF_ENGINE, TRANSFER_WITHOUT_EFFECT,
 * LEDGER_DATA_MISSING, and error codes of the node client
 */
export async function bookTransfers(
  transactionHashes: readonly Hex[],
  options: BookTransferOptions,
  ports: TransferPorts,
): Promise<readonly Movement[]> {
  const { ledger, clock } = ports;
  const hashes = [...new Set(transactionHashes)];
  const movements: Movement[] = [];
  for (const hash of hashes) movements.push(...(await movementsOf(hash, options, ports)));
  await ledger.setMovements(options.chainId, hashes, movements, clock.nowMs());
  return movements;
}

async function movementsOf(
  hash: Hex,
  options: BookTransferOptions,
  ports: TransferPorts,
): Promise<Movement[]> {
  const { transaction, receipt } = await readFinal(hash, options, ports);
  await requireForeign(hash, transaction, options, ports);
  const moves = await ports.transactions.coinMoves(hash);
  const entered = await ports.ledger.movementsOf(options.chainId, [hash]);
  // A node without traces must not replace movements from a trace.
  if (moves === undefined && entered.length > 0) return [...entered];
  // Opening balances include earlier movements.
  const begun = await ports.ledger.positions(options.chainId, receipt.block.height - 1);
  const coinMoves = moves ?? movesByValue(transaction, receipt);
  const movements: Movement[] = [];
  const add = ({ account, asset }: Position, kind: "transfer" | "gas", amount: bigint): void => {
    if (amount === 0n) return;
    movements.push({
      chainId: options.chainId,
      account,
      asset,
      kind,
      amount,
      reference: ports.worthOf(asset, amount),
      opportunityId: undefined,
      transactionHash: hash,
      block: receipt.block,
      recordedAtMs: ports.clock.nowMs(),
    });
  };
  for (const position of begun) {
    const { account, asset } = position;
    if (asset !== "coin") {
      add(position, "transfer", tokenChange(await logsOf(asset, receipt, ports), account));
      continue;
    }
    add(position, "transfer", changeOf(account, coinMoves));
    if (account === transaction.from)
      add(position, "gas", -gasWeiOf({ ...receipt, gasPriceWei: priceOf(receipt) }));
  }
  if (movements.length === 0)
    throw ledgerErrors.TRANSFER_WITHOUT_EFFECT({
      transactionHash: hash,
      isReverted: receipt.isReverted,
      isTraced: moves !== undefined,
    });
  return movements;
}

async function readFinal(hash: Hex, { rule }: BookTransferOptions, { client, transactions }: TransferPorts) {
  const [transaction, receipt] = await Promise.all([transactions.transaction(hash), client.receipt(hash)]);
  if (transaction === undefined || receipt === undefined)
    throw ledgerErrors.TRANSFER_UNKNOWN({ transactionHash: hash, isWaiting: transaction !== undefined });
  const place = await placeOfBlock(client, receipt.block, rule);
  if (place !== "final")
    throw ledgerErrors.TRANSFER_NOT_FINAL({ transactionHash: hash, height: receipt.block.height });
  return { transaction, receipt };
}

async function requireForeign(
  hash: Hex,
  { from, nonce }: ChainTransaction,
  { wallet }: BookTransferOptions,
  { slots }: TransferPorts,
): Promise<void> {
  if (slots === undefined) throw ledgerErrors.BOOKS_NOT_KEPT();
  if (from !== wallet) return;
  const slot = await slots.find(nonce);
  if (slot?.attempts.some((attempt) => attempt.hash === hash))
    throw ledgerErrors.TRANSFER_OF_ENGINE({ transactionHash: hash, nonce });
}

function movesByValue(
  { from, to, valueWei }: ChainTransaction,
  { isReverted, contractAddress }: ChainReceipt,
): readonly CoinMove[] {
  const receiver = to ?? contractAddress;
  return isReverted || receiver === undefined ? [] : [{ from, to: receiver, amountWei: valueWei }];
}

function changeOf(account: Hex, moves: readonly CoinMove[]): bigint {
  return moves.reduce((sum, { from, to, amountWei }) => {
    const taken = to === account ? amountWei : 0n;
    return from === account ? sum + taken - amountWei : sum + taken;
  }, 0n);
}

async function logsOf(token: Hex, { transactionHash, block }: ChainReceipt, { client }: TransferPorts) {
  const { height } = block;
  const logs = await client.logs({ address: token, topics: [], fromHeight: height, toHeight: height });
  return logs.filter((log) => log.transactionHash === transactionHash && log.block.hash === block.hash);
}
