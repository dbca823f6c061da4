import type { UseQueryResult } from "@tanstack/react-query";
import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
} from "viem";
import { node, useLiveRpc } from "./node.ts";

interface Contract<A extends Abi> {
  readonly address: Address;
  readonly abi: A;
}

type Read = "view" | "pure";

export function useContract<const A extends Abi, N extends ContractFunctionName<A, Read>>(
  { address, abi }: Contract<A>,
  functionName: N,
  args: ContractFunctionArgs<A, Read, N>,
  isWanted = true,
): Pick<UseQueryResult<Hex>, "error" | "refetch"> & {
  readonly data: ContractFunctionReturnType<A, Read, N> | undefined;
} {
  const call = { abi, functionName, args } as never;
  const data = isWanted ? encodeFunctionData(call) : "0x";
  const query = useLiveRpc<Hex>("eth_call", [{ to: address, data }, "latest"], isWanted);
  const { error, refetch } = query;
  if (query.data === undefined) return { data: undefined, error, refetch };
  const decoded = decodeFunctionResult({ abi, functionName, data: query.data } as never);
  return { data: decoded as ContractFunctionReturnType<A, Read, N>, error, refetch };
}

export async function readContract<const A extends Abi, N extends ContractFunctionName<A, Read>>(
  { address, abi }: Contract<A>,
  functionName: N,
  args: ContractFunctionArgs<A, Read, N>,
): Promise<ContractFunctionReturnType<A, Read, N>> {
  const call = encodeFunctionData({ abi, functionName, args } as never);
  const data = await node.request<Hex>("eth_call", [{ to: address, data: call }, "latest"]);
  return decodeFunctionResult({ abi, functionName, data } as never) as ContractFunctionReturnType<A, Read, N>;
}
