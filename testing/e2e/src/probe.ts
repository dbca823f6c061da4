import { type Address, type HDAccount, parseAbi } from "viem";
import { publicClientOf, walletOf } from "./clients.ts";
import { compileContract } from "./compileContracts.ts";

/** solidity/Probe.sol */
export const probeAbi = parseAbi([
  "event Stored(address indexed by, uint256 indexed slot, uint256 value)",
  "event Received(address indexed from, uint256 value)",
  "error Refused(uint256 number, address by)",
  "function values(uint256 slot) view returns (uint256)",
  "function store(uint256 slot, uint256 value)",
  "function storeMany(uint256 first, uint256 count, uint256 value)",
  "function storeOver(uint256 slot, uint256 value)",
  "function failWithReason() pure",
  "function failWithError(uint256 number) view",
  "function failWithPanic(uint256 divisor) pure returns (uint256)",
  "function failWithoutReason() pure",
  "function forward(address to, bytes data) payable returns (bytes)",
  "function create() returns (address)",
  "function hashRepeatedly(uint256 rounds) pure returns (bytes32)",
  "function context() view returns (uint256 number, uint256 timestamp, uint256 chain, uint256 baseFee)",
  "receive() external payable",
]);

export async function deployProbe(rpcUrl: string, account: HDAccount): Promise<Address> {
  const { bytecode } = await compileContract("Probe");
  const hash = await walletOf(rpcUrl, account).deployContract({ abi: probeAbi, bytecode });
  const { contractAddress } = await publicClientOf(rpcUrl).waitForTransactionReceipt({ hash });
  return contractAddress!;
}
