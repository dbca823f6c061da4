import {
  type Address,
  TRANSACTION_TYPES,
  type TransactionType,
  type UnsignedTransaction,
} from "@trellis/protocol";
import { refuseChain, refuseIncompleteSetCode, refuseMixedFees } from "../calls/callRequest.ts";
import { estimateGas } from "../calls/estimateGas.ts";
import type { TransactionArguments } from "../decoding/transactionArguments.ts";
import { rpcErrors } from "../errors.ts";
import { CallDeadline } from "../guards/CallDeadline.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session } from "../Session.ts";

type Filling = Pick<RpcNode, "chain" | "pool" | "fees" | "limits" | "clock" | "lanes" | "devControl">;

export async function fillTransaction(
  node: Filling,
  from: Address,
  args: TransactionArguments,
  session: Session,
): Promise<UnsignedTransaction> {
  const { chain, pool } = node;
  const { chainId } = chain.parameters;
  if (args.chainId !== undefined && args.chainId !== chainId) refuseChain(args.chainId, chainId);
  if (args.to === undefined && (args.data?.length ?? 0) === 0) {
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "contract creation without any data provided" });
  }
  refuseMixedFees(args);
  refuseIncompleteSetCode(args);
  const type = typeOf(args);
  const gasLimit = args.gas ?? (await estimate(node, args, session));
  return {
    type,
    chainId,
    nonce: args.nonce ?? pool.nextNonce(from),
    gasLimit,
    to: args.to ?? null,
    value: args.value ?? 0n,
    data: args.data ?? new Uint8Array(0),
    accessList: args.accessList ?? [],
    ...(args.authorizationList && { authorizationList: args.authorizationList }),
    ...feesOf(node, type, args),
  };
}

function estimate(node: Filling, args: TransactionArguments, session: Session): Promise<bigint> {
  const { chain, clock, lanes, limits } = node;
  const deadline = new CallDeadline(session, clock, clock.nowMs(), limits.callTimeMs);
  return lanes.execute.run(deadline, (cancellation) =>
    estimateGas(node, chain.head(), args, { cancellation }),
  );
}

function typeOf(args: TransactionArguments): TransactionType {
  const { type, gasPrice, maxFeePerGas, maxPriorityFeePerGas, accessList = [] } = args;
  const { legacy, accessList: listed, dynamicFee, setCode } = TRANSACTION_TYPES;
  if (args.authorizationList !== undefined) {
    if (gasPrice === undefined && (type === undefined || type === BigInt(setCode))) return setCode;
    const reason = "authorizations need transaction type 4, which has no gasPrice";
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason });
  }
  const implied = gasPrice === undefined ? dynamicFee : args.accessList === undefined ? legacy : listed;
  const hasCaps = maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined;
  switch (type) {
    case undefined:
      return implied;
    case BigInt(legacy):
      if (!hasCaps && accessList.length === 0) return legacy;
      break;
    case BigInt(listed):
      if (!hasCaps) return listed;
      break;
    case BigInt(dynamicFee):
      if (gasPrice === undefined) return dynamicFee;
  }
  throw rpcErrors.RPC_REQUEST_REFUSED({
    reason: `transaction type not supported: type ${type} with the fields of type ${implied}`,
  });
}

function feesOf(
  { fees }: Filling,
  type: TransactionType,
  args: TransactionArguments,
): Pick<UnsignedTransaction, "maxFeePerGas" | "maxPriorityFeePerGas"> {
  if (type !== TRANSACTION_TYPES.dynamicFee && type !== TRANSACTION_TYPES.setCode) {
    const gasPrice = args.gasPrice ?? fees.gasPrice();
    return { maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice };
  }
  const maxPriorityFeePerGas =
    args.maxPriorityFeePerGas ?? suggestedTip(fees.tips().normal, args.maxFeePerGas);
  const maxFeePerGas = args.maxFeePerGas ?? fees.feeCap(maxPriorityFeePerGas);
  if (maxFeePerGas < maxPriorityFeePerGas) {
    const reason = `maxFeePerGas (${maxFeePerGas}) < maxPriorityFeePerGas (${maxPriorityFeePerGas})`;
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason });
  }
  return { maxFeePerGas, maxPriorityFeePerGas };
}

function suggestedTip(tip: bigint, cap: bigint | undefined): bigint {
  return cap !== undefined && tip > cap ? cap : tip;
}
