import { type CallRequest, ZERO_ADDRESS } from "@trellis/protocol";
import type { TransactionArguments } from "../decoding/transactionArguments.ts";
import { rpcErrors } from "../errors.ts";

/**
 * geth's defaults: zero sender, no fee, gas capped at `gasMax`. [RPC-10]
 * @throws RPC_REQUEST_REFUSED for contradictory fees, another chain id or incomplete authorizations
 */
export function callRequest(args: TransactionArguments, gasMax: bigint, chainId: bigint): CallRequest {
  if (args.chainId !== undefined && args.chainId !== chainId) refuseChain(args.chainId, chainId);
  refuseIncompleteSetCode(args);
  return {
    from: args.from ?? ZERO_ADDRESS,
    to: args.to ?? null,
    gasLimit: args.gas === undefined || args.gas === 0n || args.gas > gasMax ? gasMax : args.gas,
    ...feesOf(args),
    value: args.value ?? 0n,
    data: args.data ?? new Uint8Array(0),
    accessList: args.accessList ?? [],
    ...(args.authorizationList && { authorizationList: args.authorizationList }),
  };
}

function feesOf(args: TransactionArguments): Pick<CallRequest, "maxFeePerGas" | "maxPriorityFeePerGas"> {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = args;
  refuseMixedFees(args);
  if (gasPrice !== undefined) return { maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice };
  const cap = maxFeePerGas ?? 0n;
  const tip = maxPriorityFeePerGas ?? 0n;
  if (tip > cap) {
    const reason = `max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: ${tip}, maxFeePerGas: ${cap}`;
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason });
  }
  return { maxFeePerGas: cap, maxPriorityFeePerGas: tip };
}

export function refuseMixedFees({
  gasPrice,
  maxFeePerGas,
  maxPriorityFeePerGas,
}: TransactionArguments): void {
  if (gasPrice === undefined || (maxFeePerGas === undefined && maxPriorityFeePerGas === undefined)) return;
  throw rpcErrors.RPC_REQUEST_REFUSED({
    reason: "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
  });
}

/** EIP-7702. */
export function refuseIncompleteSetCode({ to, authorizationList }: TransactionArguments): void {
  if (authorizationList === undefined || (to !== undefined && authorizationList.length > 0)) return;
  throw rpcErrors.RPC_REQUEST_REFUSED({
    reason: "a set-code transaction needs a recipient and an authorization",
  });
}

export function refuseChain(have: bigint, want: bigint): never {
  throw rpcErrors.RPC_REQUEST_REFUSED({
    reason: `chainId does not match node's (have=${have}, want=${want})`,
  });
}
