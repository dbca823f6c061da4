import { type Address, type HDAccount, parseAbi } from "viem";
import { publicClientOf, walletOf } from "./clients.ts";
import { compileContract } from "./compileContracts.ts";

/** solidity/Token.sol: OpenZeppelin's ERC-20. */
export const tokenAbi = parseAbi([
  "constructor(string name, string symbol, uint256 supply)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
  "event Approval(address indexed owner, address indexed spender, uint256 value)",
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "function name() view returns (string)",
  "function symbol() view returns (string)",
  "function decimals() view returns (uint8)",
  "function totalSupply() view returns (uint256)",
  "function balanceOf(address account) view returns (uint256)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function transfer(address to, uint256 value) returns (bool)",
  "function approve(address spender, uint256 value) returns (bool)",
  "function transferFrom(address from, address to, uint256 value) returns (bool)",
]);

export async function deployToken(
  rpcUrl: string,
  account: HDAccount,
  name: string,
  symbol: string,
  supply: bigint,
): Promise<Address> {
  const { bytecode } = await compileContract("Token");
  const args = [name, symbol, supply] as const;
  const hash = await walletOf(rpcUrl, account).deployContract({ abi: tokenAbi, bytecode, args });
  const { contractAddress } = await publicClientOf(rpcUrl).waitForTransactionReceipt({ hash });
  return contractAddress!;
}
