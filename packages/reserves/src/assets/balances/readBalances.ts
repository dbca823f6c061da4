import { type Hex, isHex } from "@trellis/base";
import {
  type Agreement,
  agree,
  agreedHash,
  type BlockReference,
  type ChainView,
  checkQuorum,
  clientErrors,
  type Dissent,
} from "@trellis/client";
import { assetsErrors } from "../errors.ts";
import { normalizeEvmAddress } from "../evm/evmAddress.ts";
import type { Holding } from "./Holding.ts";

export interface BalancesRequest {
  readonly chainId: number;
  /** Default hash: the one that the nodes agree on. */
  readonly block: { readonly height: number; readonly hash?: Hex };
  readonly holdings: readonly Holding[];
  readonly quorum: number;
}

export interface HeldBalance extends Holding {
  /** Base units. */
  readonly amount: bigint;
}

export interface BalancesReport {
  readonly chainId: number;
  readonly block: BlockReference;
  readonly balances: readonly HeldBalance[];
  readonly dissent: readonly Dissent[];
}

const CONCURRENT_MAX = 16;

/** @throws QUORUM_INVALID, CHAIN_ADDRESS_INVALID, QUORUM_NOT_REACHED, BLOCK_REORGANISED, TOKEN_UNREADABLE */
export async function readBalances(
  views: readonly ChainView[],
  request: BalancesRequest,
): Promise<BalancesReport> {
  const { quorum } = request;
  checkQuorum(views, quorum);
  const holdings = request.holdings.map(normalized);
  const { onChain, dissent: strangers } = await nodesOfChain(views, request);
  const start = await agreedHash(onChain, request);
  const hash = start.value;
  if (request.block.hash !== undefined && hash !== request.block.hash)
    throw assetsErrors.BLOCK_REORGANISED({ height: request.block.height, was: request.block.hash, is: hash });

  const answers: Agreement<bigint>[] = [];
  for (let at = 0; at < holdings.length; at += CONCURRENT_MAX) {
    const batch = holdings.slice(at, at + CONCURRENT_MAX);
    answers.push(
      ...(await Promise.all(batch.map((holding) => agreedBalance(onChain, quorum, holding, hash)))),
    );
  }
  const end = await agreedHash(onChain, request);
  if (end.value !== hash)
    throw assetsErrors.BLOCK_REORGANISED({ height: request.block.height, was: hash, is: end.value });
  return {
    chainId: request.chainId,
    block: { height: request.block.height, hash },
    balances: holdings.map((holding, index) => ({ ...holding, amount: answers[index]?.value ?? 0n })),
    dissent: [strangers, start.dissent, ...answers.map(({ dissent }) => dissent), end.dissent].flat(),
  };
}

function normalized({ address, token }: Holding): Holding {
  const own = { address: normalizeEvmAddress(address) };
  return token === undefined ? own : { ...own, token: normalizeEvmAddress(token) };
}

/** Ignores nodes that serve another chain. */
async function nodesOfChain(views: readonly ChainView[], { chainId, quorum }: BalancesRequest) {
  const question = "chain id";
  const { value, dissent } = await agree(views, quorum, question, (view) => view.chainId(), String);
  if (value !== chainId)
    throw clientErrors.QUORUM_NOT_REACHED({
      reason: "answers differ",
      question,
      answers: String(value),
      expected: chainId,
    });
  const strangers = new Set(dissent.map(({ node }) => node));
  return { onChain: views.filter(({ name }) => !strangers.has(name)), dissent };
}

const UNREADABLE = "unreadable";
const BALANCE_OF = "0x70a08231";

async function agreedBalance(
  views: readonly ChainView[],
  quorum: number,
  { address, token }: Holding,
  blockHash: Hex,
): Promise<Agreement<bigint>> {
  const question = token === undefined ? `balance of ${address}` : `balance of ${address} in ${token}`;
  const ask = (view: ChainView) =>
    token === undefined ? view.balance(address, blockHash) : tokenBalance(view, address, token, blockHash);
  const { value, dissent } = await agree(views, quorum, question, ask, String);
  if (value === UNREADABLE) throw assetsErrors.TOKEN_UNREADABLE({ token, address, blockHash });
  return { value, dissent };
}

async function tokenBalance(
  view: ChainView,
  address: Hex,
  token: Hex,
  blockHash: Hex,
): Promise<bigint | typeof UNREADABLE> {
  const data: Hex = `${BALANCE_OF}${address.slice(2).toLowerCase().padStart(64, "0")}`;
  const answer = await view.call(token, data, blockHash);
  // An address without code returns no data; a fallback function may return anything.
  return isHex(answer, 32) ? BigInt(answer) : UNREADABLE;
}
