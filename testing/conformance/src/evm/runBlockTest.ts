import { hexToBytes, isTrellisError } from "@trellis/base";
import {
  type Address,
  type BlockInput,
  type BlockResult,
  decodeRlp,
  decodeTransaction,
  type Evm,
  encodeRlp,
  type ForkName,
  type Hash,
  type RlpItem,
  type SystemCall,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "@trellis/protocol";
import { type AllocatedAccount, MemoryState } from "./MemoryState.ts";

/** Format of execution-spec-tests. Numbers are hexadecimal. */
export interface BlockTest {
  readonly network: string;
  readonly genesisBlockHeader: { readonly hash: string };
  readonly pre: Readonly<Record<string, AllocatedAccount>>;
  readonly blocks: readonly TestBlock[];
}

interface TestBlock extends DecodedBlock {
  readonly rlp: string;
  /** Alternatives are separated by `|`. */
  readonly expectException?: string;
  /** Of an invalid block. */
  readonly rlp_decoded?: DecodedBlock;
}

interface DecodedBlock {
  readonly transactions?: readonly { readonly sender: string }[];
  readonly blockHeader?: Header;
}

interface Header {
  readonly hash: string;
  readonly stateRoot: string;
  readonly coinbase: string;
  readonly number: string;
  readonly gasLimit: string;
  readonly gasUsed: string;
  readonly timestamp: string;
  readonly mixHash: string;
  readonly baseFeePerGas: string;
  readonly parentBeaconBlockRoot: string;
}

const CHAIN_ID = 1n;
const BEACON_ROOTS: Address = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02";
const BEACON_ROOTS_LENGTH = 8_191n;
/** EIP-7002, EIP-7251. */
const REQUESTS: readonly Address[] = [
  "0x00000961ef480eb55e80d19ad83579a64c007002",
  "0x0000bbddc7ce488642fb579f8b00f3a590007251",
];

/** The reason why a test does not apply: Trellis has other headers than Ethereum. */
export function skipOfBlockTest({ blocks }: BlockTest): string | undefined {
  const isOfHeader = ({ expectException = "TransactionException" }: TestBlock): boolean =>
    !expectException.includes("TransactionException");
  return blocks.find(isOfHeader)?.expectException;
}

export function runBlockTest(evm: Evm, test: BlockTest, fork: ForkName): string | undefined {
  const state = new MemoryState(test.pre);
  const hashes = [test.genesisBlockHeader.hash as Hash];
  for (const [index, block] of test.blocks.entries()) {
    const { expectException } = block;
    const header = block.blockHeader ?? block.rlp_decoded?.blockHeader;
    if (header === undefined) return `block ${index}: no header`;
    if (expectException === undefined) storeBeaconRoot(state, header);
    const result = run(evm, () => inputOf(state, block, header, { fork, hashes }));
    if (expectException !== undefined) {
      if (typeof result === "string") continue;
      return `block ${index}: accepted, expected ${expectException}`;
    }
    if (typeof result === "string") return `block ${index}: ${result}`;
    state.apply(result.changes);
    if (result.gasUsed !== BigInt(header.gasUsed))
      return `block ${index}: gas ${result.gasUsed}, expected ${BigInt(header.gasUsed)}`;
    const root = state.root();
    if (root !== header.stateRoot) return `block ${index}: root ${root}, expected ${header.stateRoot}`;
    hashes.push(header.hash as Hash);
  }
  return undefined;
}

function run(evm: Evm, input: () => BlockInput): BlockResult | string {
  try {
    const result = evm.runBlock(input()) as BlockResult;
    const skipped = result.outcomes.flat().find(({ kind }) => kind === "skipped");
    return skipped === undefined ? result : JSON.stringify(skipped);
  } catch (error) {
    if (isTrellisError(error)) return error.code;
    throw error;
  }
}

function inputOf(
  state: MemoryState,
  block: TestBlock,
  header: Header,
  { fork, hashes }: { readonly fork: ForkName; readonly hashes: readonly Hash[] },
): BlockInput {
  const coinbase = header.coinbase as Address;
  const gasLimit = BigInt(header.gasLimit);
  const { transactions: decoded = [] } = block.blockHeader === undefined ? block.rlp_decoded! : block;
  const senders = decoded.map(({ sender }) => sender as Address);
  const transactions = encodedTransactions(block).map((encoded, index) => ({
    transaction: decodeTransaction(encoded),
    sender: senders[index]!,
  }));
  return {
    state,
    context: {
      chainId: CHAIN_ID,
      number: BigInt(header.number),
      timestamp: BigInt(header.timestamp),
      gasLimit,
      baseFee: BigInt(header.baseFeePerGas),
      prevRandao: header.mixHash as Hash,
      fork,
      blockHash: (number) => hashes[Number(number)] ?? ZERO_HASH,
    },
    carriers: [{ coinbase, tipRecipient: coinbase, gasLimit, transactions }],
    systemCalls: REQUESTS.map((to): SystemCall => ({ to, value: 0n, data: new Uint8Array(0), gasLimit })),
    baseFeeShare: { recipient: ZERO_ADDRESS, basisPoints: 0 },
    credits: [],
  };
}

function encodedTransactions({ rlp }: TestBlock): Uint8Array[] {
  const [, transactions] = decodeRlp(hexToBytes(rlp)) as readonly RlpItem[];
  return (transactions as readonly RlpItem[]).map((item) =>
    item instanceof Uint8Array ? item : encodeRlp(item as Parameters<typeof encodeRlp>[0]),
  );
}

/** EIP-4788, which Trellis does not have. */
function storeBeaconRoot(state: MemoryState, { timestamp, parentBeaconBlockRoot }: Header): void {
  const at = BigInt(timestamp) % BEACON_ROOTS_LENGTH;
  const slotOf = (slot: bigint): Hash => `0x${slot.toString(16).padStart(64, "0")}`;
  const slots = new Map([
    [slotOf(at), BigInt(timestamp)],
    [slotOf(at + BEACON_ROOTS_LENGTH), BigInt(parentBeaconBlockRoot)],
  ]);
  state.apply({
    accounts: new Map(),
    storage: new Map([[BEACON_ROOTS, slots]]),
    storageCleared: new Set(),
    codes: new Map(),
  });
}
