import { type Address, concatHex, encodeAbiParameters, type Hex, pad, toEventSelector, toHex } from "viem";
import { accountOf } from "../chain.ts";
import { publicClientOf, walletOf } from "../clients.ts";

/** Maximum number of transfers that the index reads from one log. */
const ITEMS_A_LOG = 1_000;
const TRANSFER_BATCH = toEventSelector(
  "event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] amounts)",
);
const GAS = 5_000_000n;

/** Logs its calldata as an ERC-1155 TransferBatch from the zero address. */
function batchContract(to: Address): Hex {
  const push = (word: Hex): Hex => concatHex(["0x7f", pad(word)]);
  const runtime = concatHex([
    // CALLDATACOPY(0, 0, CALLDATASIZE)
    "0x365f5f37",
    ...[push(to), push("0x00"), push(accountOf(0).address), push(TRANSFER_BATCH)],
    // LOG4(0, CALLDATASIZE)
    "0x365fa400",
  ]);
  const size = toHex((runtime.length - 2) / 2, { size: 1 });
  // CODECOPY(0, 10, size), RETURN(0, size)
  return concatHex(["0x60", size, "0x600a5f3960", size, "0x5ff3", runtime]);
}

export async function makeManyTransfers(
  rpcUrl: string,
  thousands: number,
  mine: () => Promise<void>,
): Promise<Address> {
  const data = batchContract(accountOf(3).address);
  const hash = await walletOf(rpcUrl, accountOf(3)).sendTransaction({ data, gas: GAS });
  await mine();
  const { contractAddress } = await publicClientOf(rpcUrl).waitForTransactionReceipt({ hash });
  const ids = Array.from({ length: ITEMS_A_LOG }, (_, index) => BigInt(index));
  for (let made = 0; made < thousands; made++) {
    const amounts = ids.map((id) => id + BigInt(made * ITEMS_A_LOG));
    await transferBatch(rpcUrl, contractAddress!, { ids, amounts }, mine);
  }
  return contractAddress!;
}

export async function transferBatch(
  rpcUrl: string,
  token: Address,
  { ids, amounts }: { readonly ids: readonly bigint[]; readonly amounts: readonly bigint[] },
  mine: () => Promise<void>,
): Promise<void> {
  const uints = { type: "uint256[]" } as const;
  const data = encodeAbiParameters([uints, uints], [ids, amounts]);
  const hash = await walletOf(rpcUrl, accountOf(3)).sendTransaction({ to: token, data, gas: GAS });
  await mine();
  const { status } = await publicClientOf(rpcUrl).waitForTransactionReceipt({ hash });
  if (status !== "success") throw new Error("a batch was refused");
}
