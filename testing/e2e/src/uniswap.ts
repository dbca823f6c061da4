import { createRequire } from "node:module";
import { type Abi, type Address, type HDAccount, type Hex, keccak256, parseAbi } from "viem";
import { publicClientOf, walletOf } from "./clients.ts";

const require = createRequire(import.meta.url);

interface Build {
  readonly abi: Abi;
  readonly evm: { readonly bytecode: { readonly object: string } };
}

function bytecodeOf(artifact: string): Hex {
  const { evm } = require(artifact) as Build;
  return `0x${evm.bytecode.object}`;
}

export const PAIR_CODE_HASH = "0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f";

export function pairCodeHash(): Hex {
  return keccak256(bytecodeOf("@uniswap/v2-core/build/UniswapV2Pair.json"));
}

export const factoryAbi = parseAbi([
  "constructor(address feeToSetter)",
  "event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count)",
  "function getPair(address, address) view returns (address)",
  "function allPairsLength() view returns (uint256)",
]);

export const routerAbi = parseAbi([
  "constructor(address factory, address weth)",
  "function factory() view returns (address)",
  "function WETH() view returns (address)",
  "function addLiquidity(address tokenA, address tokenB, uint256 amountADesired, uint256 amountBDesired, uint256 amountAMin, uint256 amountBMin, address to, uint256 deadline) returns (uint256 amountA, uint256 amountB, uint256 liquidity)",
  "function addLiquidityETH(address token, uint256 amountTokenDesired, uint256 amountTokenMin, uint256 amountETHMin, address to, uint256 deadline) payable returns (uint256 amountToken, uint256 amountETH, uint256 liquidity)",
  "function removeLiquidity(address tokenA, address tokenB, uint256 liquidity, uint256 amountAMin, uint256 amountBMin, address to, uint256 deadline) returns (uint256 amountA, uint256 amountB)",
  "function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline) returns (uint256[] amounts)",
  "function swapExactETHForTokens(uint256 amountOutMin, address[] path, address to, uint256 deadline) payable returns (uint256[] amounts)",
  "function getAmountsOut(uint256 amountIn, address[] path) view returns (uint256[] amounts)",
]);

export const pairAbi = parseAbi([
  "event Mint(address indexed sender, uint256 amount0, uint256 amount1)",
  "event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)",
  "event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)",
  "event Sync(uint112 reserve0, uint112 reserve1)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
  "function getReserves() view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast)",
  "function token0() view returns (address)",
  "function totalSupply() view returns (uint256)",
  "function balanceOf(address) view returns (uint256)",
  "function approve(address spender, uint256 value) returns (bool)",
]);

export interface Uniswap {
  readonly factory: Address;
  readonly weth: Address;
  readonly router: Address;
}

export async function deployUniswap(rpcUrl: string, account: HDAccount): Promise<Uniswap> {
  const client = publicClientOf(rpcUrl);
  const wallet = walletOf(rpcUrl, account);
  const deployed = async (hash: Hex): Promise<Address> =>
    (await client.waitForTransactionReceipt({ hash })).contractAddress!;
  const factory = await deployed(
    await wallet.deployContract({
      abi: factoryAbi,
      bytecode: bytecodeOf("@uniswap/v2-core/build/UniswapV2Factory.json"),
      args: [account.address],
    }),
  );
  const weth = await deployed(
    await wallet.deployContract({
      abi: [],
      bytecode: bytecodeOf("@uniswap/v2-periphery/build/WETH9.json"),
    }),
  );
  const router = await deployed(
    await wallet.deployContract({
      abi: routerAbi,
      bytecode: bytecodeOf("@uniswap/v2-periphery/build/UniswapV2Router02.json"),
      args: [factory, weth],
    }),
  );
  return { factory, weth, router };
}
