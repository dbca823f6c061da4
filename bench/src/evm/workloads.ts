import { createRequire } from "node:module";
import { hexToBytes } from "@trellis/base";
import type { Address } from "@trellis/protocol";
import { encodeAbiParameters, encodeFunctionData, type Hex, parseAbi } from "viem";

export interface Action {
  readonly to: Address | null;
  readonly data: Uint8Array;
  readonly gasLimit: bigint;
}

export interface Workload {
  readonly name: string;
  readonly setup: readonly Action[];
  readonly setupEach: readonly Action[];
  action(sender: number, index: number): Action;
}

interface Artifact {
  readonly bytecode: string;
}

const require = createRequire(import.meta.url);
const SUPPLY = 10n ** 30n;
const DEADLINE = 10n ** 12n;
const TOKEN_ABI = parseAbi([
  "function transfer(address to, uint256 value)",
  "function approve(address spender, uint256 value)",
]);
const ROUTER_ABI = parseAbi([
  "function addLiquidity(address a, address b, uint256 amountA, uint256 amountB, uint256 minA, uint256 minB, address to, uint256 deadline)",
  "function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)",
]);

function creation(artifact: string, types: string[], values: unknown[]): Action {
  const { bytecode } = require(artifact) as Artifact;
  const code = bytecode.startsWith("0x") ? bytecode : `0x${bytecode}`;
  const constructorArguments = encodeAbiParameters(
    types.map((type) => ({ type })),
    values,
  );
  return { to: null, data: hexToBytes(code + constructorArguments.slice(2)), gasLimit: 6_000_000n };
}

function tokenCreation(): Action {
  return creation("@uniswap/v2-core/build/ERC20.json", ["uint256"], [SUPPLY]);
}

function send(to: Address, data: Hex, gasLimit: bigint): Action {
  return { to, data: hexToBytes(data), gasLimit };
}

/** @param created returns the address of the first account's contract with a given nonce */
export function workloads(accounts: readonly Address[], created: (nonce: number) => Address): Workload[] {
  return [transfers(accounts, created), swaps(accounts, created), deployments()];
}

function transfers(accounts: readonly Address[], created: (nonce: number) => Address): Workload {
  const token = created(0);
  const transfer = (to: Address, value: bigint): Action =>
    send(
      token,
      encodeFunctionData({ abi: TOKEN_ABI, functionName: "transfer", args: [to, value] }),
      100_000n,
    );
  return {
    name: "token transfers",
    setup: [tokenCreation(), ...accounts.slice(1).map((account) => transfer(account, 10n ** 24n))],
    setupEach: [],
    // Every second holder is new, as in an airdrop.
    action: (sender, index) =>
      transfer(
        index % 2 === 0 ? newAddress(sender, index) : accounts[(sender + 1 + index) % accounts.length]!,
        BigInt(index + 1),
      ),
  };
}

function newAddress(sender: number, index: number): Address {
  return `0x${(0x1000000n * BigInt(sender + 1) + BigInt(index)).toString(16).padStart(40, "a")}`;
}

function swaps(accounts: readonly Address[], created: (nonce: number) => Address): Workload {
  const [first] = accounts as [Address];
  const [tokenA, tokenB, factory, router] = [0, 1, 2, 3].map(created) as [Address, Address, Address, Address];
  const approve = (token: Address): Action =>
    send(
      token,
      encodeFunctionData({ abi: TOKEN_ABI, functionName: "approve", args: [router, 2n ** 256n - 1n] }),
      100_000n,
    );
  const give = (token: Address, to: Address): Action =>
    send(
      token,
      encodeFunctionData({ abi: TOKEN_ABI, functionName: "transfer", args: [to, 10n ** 24n] }),
      100_000n,
    );
  const amount = 10n ** 27n;
  const addLiquidity = encodeFunctionData({
    abi: ROUTER_ABI,
    functionName: "addLiquidity",
    args: [tokenA, tokenB, amount, amount, 0n, 0n, first, DEADLINE],
  });
  const others = accounts.slice(1);
  return {
    name: "uniswap v2 swaps",
    setup: [
      tokenCreation(),
      tokenCreation(),
      creation("@uniswap/v2-core/build/UniswapV2Factory.json", ["address"], [first]),
      creation(
        "@uniswap/v2-periphery/build/UniswapV2Router02.json",
        ["address", "address"],
        [factory, factory],
      ),
      approve(tokenA),
      approve(tokenB),
      send(router, addLiquidity, 5_000_000n),
      ...others.flatMap((account) => [give(tokenA, account), give(tokenB, account)]),
    ],
    setupEach: [approve(tokenA), approve(tokenB)],
    action: (sender, index) => {
      const path = index % 2 === 0 ? [tokenA, tokenB] : [tokenB, tokenA];
      const args = [10n ** 15n + BigInt(index), 0n, path, accounts[sender]!, DEADLINE] as const;
      const data = encodeFunctionData({ abi: ROUTER_ABI, functionName: "swapExactTokensForTokens", args });
      return send(router, data, 300_000n);
    },
  };
}

function deployments(): Workload {
  const action = tokenCreation();
  return { name: "contract deployments", setup: [], setupEach: [], action: () => action };
}
