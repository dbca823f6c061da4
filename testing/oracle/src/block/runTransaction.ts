import type { Block } from "@ethereumjs/block";
import { createTxFromRLP, type TypedTransaction } from "@ethereumjs/tx";
import { runTx } from "@ethereumjs/vm";
import {
  type Address,
  type Carrier,
  floorGas,
  INITCODE_BYTES_MAX,
  intrinsicGas,
  type SignedBy,
  TRANSACTION_TYPES,
  type Transaction,
} from "@trellis/protocol";
import type { Machine } from "../machine/Machine.ts";
import { effectiveTip } from "../message/effectiveTip.ts";
import { addressOf, type MessageResult, runMessage } from "../message/runMessage.ts";
import { OracleRefusal } from "../OracleRefusal.ts";

export type Ran = Omit<MessageResult, "output"> & {
  readonly gasPrice: bigint;
};

export async function runTransaction(
  machine: Machine,
  block: Block,
  carrier: Carrier,
  signed: SignedBy,
): Promise<Ran> {
  const { transaction } = signed;
  refuseInvalid(transaction, hasCalldataFloor(block));
  const baseFee = block.header.baseFeePerGas!;
  const tip = effectiveTip(transaction, baseFee);
  const run = transaction.type === TRANSACTION_TYPES.keyAgile ? runKeyAgile : runEthereum;
  return { ...(await run(machine, block, carrier, signed, tip)), gasPrice: baseFee + tip };
}

function refuseInvalid(transaction: Transaction, hasFloor: boolean): void {
  const { hash, gasLimit, to, data } = transaction;
  const floor = hasFloor ? floorGas(transaction) : 0n;
  const intrinsic = intrinsicGas(transaction);
  const gasMin = intrinsic > floor ? intrinsic : floor;
  if (gasLimit < gasMin)
    throw new OracleRefusal("TRANSACTION_INVALID", { transaction: hash, gasLimit, gasMin });
  if (to === null && data.length > INITCODE_BYTES_MAX) {
    throw new OracleRefusal("TRANSACTION_INVALID", { transaction: hash, initcodeBytes: data.length });
  }
}

/** ethereumjs's own state transition, so that the result is independent. */
async function runEthereum(
  machine: Machine,
  block: Block,
  carrier: Carrier,
  { transaction, sender }: SignedBy,
  tip: bigint,
): Promise<Omit<Ran, "gasPrice">> {
  const { vm, state } = machine;
  const tx = createTxFromRLP(transaction.encoded, { common: vm.common, freeze: false });
  tx.getSenderAddress = () => addressOf(sender);
  const result = await runTx(vm, {
    tx: tx as TypedTransaction,
    block,
    skipBlockGasLimitValidation: true,
    skipHardForkValidation: true,
  });
  const gasUsed = result.totalGasSpent;
  if (carrier.tipRecipient !== carrier.coinbase) {
    state.credit(carrier.coinbase, -tip * gasUsed);
    state.credit(carrier.tipRecipient, tip * gasUsed);
  }
  return {
    error: result.execResult.exceptionError?.error,
    gasUsed,
    logs: result.receipt.logs,
    created: result.createdAddress?.toString() as Address | undefined,
  };
}

async function runKeyAgile(
  machine: Machine,
  block: Block,
  carrier: Carrier,
  { transaction, sender }: SignedBy,
  tip: bigint,
): Promise<Omit<Ran, "gasPrice">> {
  const { to, gasLimit, value, data, accessList } = transaction;
  return runMessage(machine, block, carrier.tipRecipient, {
    from: sender,
    to,
    gasLimit,
    intrinsicGas: intrinsicGas(transaction),
    floorGas: hasCalldataFloor(block) ? floorGas(transaction) : 0n,
    gasPrice: block.header.baseFeePerGas! + tip,
    tip,
    value,
    data,
    accessList,
  });
}

/** EIP-7623. */
function hasCalldataFloor({ common }: Block): boolean {
  return common.isActivatedEIP(7623);
}
