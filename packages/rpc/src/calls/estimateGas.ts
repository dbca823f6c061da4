import {
  type BlockOverrides,
  type CallRequest,
  type Cancellation,
  type ChainHeader,
  FORKS,
  forkAt,
  type SimulationOptions,
} from "@trellis/protocol";
import type { TransactionArguments } from "../decoding/transactionArguments.ts";
import { rpcErrors } from "../errors.ts";
import type { RpcNode } from "../RpcNode.ts";
import { callRequest } from "./callRequest.ts";

const TRANSFER_GAS = 21_000n;

type Estimating = Pick<RpcNode, "chain" | "limits" | "devControl">;

/**
 * Bounded by the gas limits of block and transaction, and by the sender's balance. [RPC-10]
 * @throws RPC_REQUEST_REFUSED, RPC_CALL_TIMED_OUT, and errors of Simulation.estimateGas
 */
export async function estimateGas(
  node: Estimating,
  at: ChainHeader,
  args: TransactionArguments,
  options: SimulationOptions & { readonly cancellation: Cancellation },
): Promise<bigint> {
  const { chain, limits } = node;
  const { chainId, forks } = chain.parameters;
  const { transactionGasMax } = FORKS[forkAt(forks, at.header.number + 1)];
  let gasMax = limits.callGasMax;
  for (const gas of [chain.nextGasLimit(), transactionGasMax])
    if (gas !== undefined && gas < gasMax) gasMax = gas;
  const request = callRequest(args, gasMax, chainId);
  const affordable = affordableGas(chain, at, request, options);
  if (affordable < TRANSFER_GAS) {
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: `gas required exceeds allowance (${affordable})` });
  }
  const capped = affordable < request.gasLimit ? { ...request, gasLimit: affordable } : request;
  const blockOverrides = { ...nextBlock(node, at), ...options.blockOverrides };
  return chain.simulation.estimateGas(at.hash, capped, { ...options, blockOverrides });
}

/** Programs set the time of a controlled devnet's next block, for which the estimate is. [RPC-10] */
function nextBlock({ chain, devControl }: Estimating, { hash, header }: ChainHeader): BlockOverrides {
  const commands = devControl?.commands;
  if (typeof commands !== "object" || hash !== chain.head().hash) return {};
  return { number: BigInt(header.number + 1), timestamp: BigInt(commands.nextTimestamp()) };
}

function affordableGas(
  chain: RpcNode["chain"],
  at: ChainHeader,
  { from, value, maxFeePerGas, gasLimit }: CallRequest,
  { stateOverrides }: SimulationOptions,
): bigint {
  if (maxFeePerGas === 0n) return gasLimit;
  const balance = stateOverrides?.get(from)?.balance ?? chain.stateAt(at.hash).account(from)?.balance ?? 0n;
  if (value > balance) throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "insufficient funds for transfer" });
  return (balance - value) / maxFeePerGas;
}
