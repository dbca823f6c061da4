import { type Abi, decodeEventLog, type Hex, parseAbi } from "viem";
import { governor } from "../../contracts/governor.ts";
import { type DecodedArgument, decodedArguments } from "./knownFunctions.ts";

const EVENTS = [
  ...governor.abi.filter((item) => item.type === "event"),
  ...parseAbi([
    "event Transfer(address indexed from, address indexed to, uint256 amount)",
    "event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
    "event Approval(address indexed owner, address indexed spender, uint256 amount)",
    "event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)",
    "event ApprovalForAll(address indexed owner, address indexed operator, bool approved)",
    "event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 amount)",
    "event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] amounts)",
    "event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)",
    "event Deposit(address indexed account, uint256 amount)",
    "event Withdrawal(address indexed account, uint256 amount)",
    "event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count)",
    "event Sync(uint112 reserve0, uint112 reserve1)",
    "event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)",
    "event Mint(address indexed sender, uint256 amount0, uint256 amount1)",
    "event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)",
    "event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)",
    "event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)",
    "event CallExecuted(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data)",
    "event ParameterScheduled(uint256 indexed id, uint256 from, uint256 to, uint256 effectiveEpoch)",
    "event Received(address indexed from, uint256 amount)",
    "event Paid(address indexed to, uint256 amount)",
    "event ValidatorRegistered(address indexed validator, bytes key, bytes proof, uint256 commission)",
    "event CommissionAnnounced(address indexed validator, uint256 from, uint256 to, uint256 effectiveEpoch)",
    "event CandidateEntered(address indexed validator)",
    "event CandidateLeft(address indexed validator)",
    "event Unjailed(address indexed validator)",
    "event Staked(address indexed validator, address indexed delegator, uint256 tokens, uint256 shares)",
    "event Unbonded(address indexed validator, address indexed delegator, uint256 indexed epoch, uint256 tokens, uint256 shares, uint256 releaseEpoch)",
    "event Withdrawn(address indexed validator, address indexed delegator, uint256 indexed epoch, uint256 tokens)",
    "event RewardsClaimed(address indexed validator, address indexed delegator, uint256 amount)",
    "event KeyRotated(address indexed account, bytes32 indexed previousKeyId, bytes32 indexed newKeyId)",
  ]),
] satisfies Abi;

interface DecodedLog {
  readonly name: string;
  readonly args: readonly DecodedArgument[];
}

export function decodeLog(topics: readonly Hex[], data: Hex): DecodedLog | undefined {
  for (const event of EVENTS) {
    // Events with equal topics can differ in their number of indexed arguments.
    if (event.inputs.filter((input) => "indexed" in input).length !== topics.length - 1) continue;
    try {
      const { args } = decodeEventLog({ abi: [event], topics: topics as [Hex, ...Hex[]], data });
      const named = args as unknown as Readonly<Record<string, unknown>>;
      return {
        name: event.name,
        args: decodedArguments(
          event.inputs,
          event.inputs.map(({ name }) => named[name]),
        ),
      };
    } catch {
      // A different event, or malformed data.
    }
  }
  return undefined;
}
