import { type Abi, decodeFunctionData, getAbiItem, type Hex, parseAbi, slice } from "viem";

/** Decoding by selector is a guess, which the page marks as such. */
const ABI = parseAbi([
  "function transfer(address to, uint256 amount)",
  "function transferFrom(address from, address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
  "function mint(address to, uint256 amount)",
  "function burn(uint256 amount)",
  "function deposit()",
  "function withdraw(uint256 amount)",
  "function safeTransferFrom(address from, address to, uint256 tokenId)",
  "function setApprovalForAll(address operator, bool approved)",
  "function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data)",
  "function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)",
  "function swapTokensForExactTokens(uint256 amountOut, uint256 amountInMax, address[] path, address to, uint256 deadline)",
  "function addLiquidity(address tokenA, address tokenB, uint256 amountADesired, uint256 amountBDesired, uint256 amountAMin, uint256 amountBMin, address to, uint256 deadline)",
  "function multicall(bytes[] data)",
  "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description)",
  "function castVote(uint256 proposalId, uint8 support)",
  "function queue(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash)",
  "function castVoteWithReason(uint256 proposalId, uint8 support, string reason)",
  "function castVoteWithReasonAndParams(uint256 proposalId, uint8 support, string reason, bytes params)",
  "function stake(address validator)",
  "function unbond(address validator, uint256 shares)",
  "function withdraw(address validator, uint256 unbondEpoch)",
  "function claim(address validator)",
  "function register(bytes key, bytes proof, uint16 commission)",
  "function setCommission(uint16 commission)",
  "function rotate(bytes32 newKeyId)",
  "function execute(address[] targets, uint256[] values, bytes[] calldatas, bytes32 descriptionHash)",
]) satisfies Abi;

const SELECTOR_BYTES = 4;

export interface DecodedArgument {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

interface DecodedCall {
  readonly name: string;
  readonly args: readonly DecodedArgument[];
}

export function decodeCall(data: Hex): DecodedCall | undefined {
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi: ABI, data });
    const item = getAbiItem({
      abi: ABI,
      name: slice(data, 0, SELECTOR_BYTES) as never,
    }) as (typeof ABI)[number];
    return { name: functionName, args: decodedArguments(item.inputs, args) };
  } catch {
    return undefined;
  }
}

export function decodedArguments(
  inputs: readonly { readonly name?: string; readonly type: string }[],
  values: readonly unknown[],
): DecodedArgument[] {
  return inputs.map(({ name = "", type }, index) => ({ name, type, value: textOf(values[index]) }));
}

function textOf(value: unknown): string {
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
}
