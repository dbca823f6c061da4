import type { Block } from "@ethereumjs/block";
import type { EVMResult, Log } from "@ethereumjs/evm";
import { Account, Address as OracleAddress } from "@ethereumjs/util";
import { hexToBytes } from "@trellis/base";
import type { AccessListEntry, Address } from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";

/** EIP-3529. */
const REFUND_QUOTIENT = 5n;

export interface Message {
  readonly from: Address;
  readonly to: Address | null;
  readonly gasLimit: bigint;
  readonly intrinsicGas: bigint;
  /** EIP-7623. 0 before Prague. */
  readonly floorGas: bigint;
  readonly gasPrice: bigint;
  readonly tip: bigint;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
}

export interface MessageResult {
  readonly error: string | undefined;
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  readonly logs: readonly Log[];
  readonly created: Address | undefined;
}

/**
 * runTx does not support unsigned calls and key-agile transactions (yellow paper, section 6; EIP-1559, 2929,
 * 3529, 3651, 6780).
 */
export async function runMessage(
  machine: Machine,
  block: Block,
  tipRecipient: Address,
  message: Message,
): Promise<MessageResult> {
  const { evm, state } = machine;
  const { from, to, gasLimit, gasPrice, intrinsicGas } = message;
  evm.journal.cleanJournal();
  evm.transientStorage.clear();
  await evm.journal.checkpoint();
  warmUp(machine, block, message);
  await buyGas(machine, message);
  const result = await evm.runCall({
    block,
    caller: addressOf(from),
    gasPrice,
    gasLimit: gasLimit - intrinsicGas,
    ...(to === null ? {} : { to: addressOf(to) }),
    value: message.value,
    data: message.data,
    skipNonceIncrement: true,
  });
  const refunded = gasUsedOf(result, intrinsicGas);
  const isBelowFloor = refunded < message.floorGas;
  const gasUsed = isBelowFloor ? message.floorGas : refunded;
  state.credit(from, (gasLimit - gasUsed) * gasPrice);
  state.credit(tipRecipient, gasUsed * message.tip);
  await deleteDestroyed(machine, result);
  await evm.journal.cleanup();
  await state.commit();
  state.originalStorageCache.clear();
  const { exceptionError, returnValue, logs } = result.execResult;
  return {
    error: exceptionError?.error,
    output: returnValue,
    gasUsed,
    logs: logs ?? [],
    created: result.createdAddress?.toString() as Address | undefined,
  };
}

export function addressOf(address: Address): OracleAddress {
  return new OracleAddress(hexToBytes(address));
}

/** EIP-2929, EIP-2930, EIP-3651. */
export function warmUp(
  { evm }: Machine,
  block: Block,
  { from, to, accessList }: Pick<Message, "from" | "to" | "accessList">,
): void {
  const { journal } = evm;
  for (const precompile of evm.precompiles.keys()) journal.addAlwaysWarmAddress(precompile);
  journal.addAlwaysWarmAddress(from);
  if (to !== null) journal.addAlwaysWarmAddress(to);
  journal.addAlwaysWarmAddress(block.header.coinbase.toString());
  for (const { address, storageKeys } of accessList) {
    journal.addAlwaysWarmAddress(address);
    for (const key of storageKeys) journal.addAlwaysWarmSlot(address, key);
  }
}

async function buyGas({ evm, state }: Machine, { from, gasLimit, gasPrice }: Message): Promise<void> {
  const sender = addressOf(from);
  const account = (await state.getAccount(sender)) ?? new Account();
  account.nonce += 1n;
  account.balance -= gasLimit * gasPrice;
  await evm.journal.putAccount(sender, account);
}

export function gasUsedOf({ execResult }: EVMResult, intrinsicGas: bigint): bigint {
  const gasUsed = execResult.executionGasUsed + intrinsicGas;
  const refund = execResult.gasRefund ?? 0n;
  const most = gasUsed / REFUND_QUOTIENT;
  return gasUsed - (refund < most ? refund : most);
}

/** EIP-6780. */
export async function deleteDestroyed({ evm }: Machine, { execResult }: EVMResult): Promise<void> {
  for (const address of execResult.selfdestruct?.keys() ?? []) {
    if (!execResult.createdAddresses?.has(address)) continue;
    await evm.journal.deleteAccount(addressOf(address as Address));
  }
}
