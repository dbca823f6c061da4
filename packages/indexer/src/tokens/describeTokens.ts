import { bytesToBigint, type Hex, hexToBytes } from "@trellis/base";
import {
  type Address,
  type CallResult,
  type ChainBlock,
  type ChainView,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { PutOperation } from "@trellis/storage";
import type { Tables, TokenStandard, TokenValue } from "../tables.ts";

/** Selectors of ERC-20's optional part (EIP-20), which ERC-721 shares but for decimals. */
const NAME: Hex = "0x06fdde03";
const SYMBOL: Hex = "0x95d89b41";
const DECIMALS: Hex = "0x313ce567";

/** For each of the things that a token says of itself. */
const GAS = 100_000n;
/** Of a name or a symbol, in code points; a longer one ends with `…` in the last's place. */
const TOKEN_TEXT_MAX = 64;
/** Stands for what is missing: of a text that took more gas than it is given, all. */
const CUT = "…";
/** Four bytes a character are the most that UTF-8 takes. */
const TEXT_BYTES_MAX = 4 * TOKEN_TEXT_MAX;
const WORD = 32;
/** Control characters, direction marks and the like, which would make a name look like what it is not. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * What is stored of the tokens that are new here: what they say of themselves after the block, or at the head where that
 * state is gone, and by what name they are found.
 */
export async function describeTokens(
  tokens: ReadonlyMap<Address, TokenStandard>,
  block: ChainBlock,
  chain: ChainView,
  tables: Tables,
): Promise<readonly PutOperation[]> {
  const puts: PutOperation[] = [];
  for (const [address, standard] of tokens) {
    if (tables.tokens.has(address)) continue;
    const token = await describe(address, standard, block, chain);
    puts.push(tables.tokens.put(address, token));
    for (const text of new Set([token.symbol, token.name])) {
      if (text !== undefined && text !== CUT)
        puts.push(tables.tokenNames.put(tokenNameKey(text, address), new Uint8Array()));
    }
  }
  return puts;
}

/** Texts sort by their lower-case form. */
function tokenNameKey(text: string, address: Address): string {
  return `${text.toLowerCase()}\0${address}`;
}

async function describe(
  address: Address,
  standard: TokenStandard,
  block: ChainBlock,
  chain: ChainView,
): Promise<TokenValue> {
  const ask = (data: Hex) => askToken(address, hexToBytes(data), [block, chain.head()], chain);
  const [name, symbol] = [nameOf(await ask(NAME)), nameOf(await ask(SYMBOL))];
  const decimals = standard === "erc20" ? decimalsOf(outputOf(await ask(DECIMALS))) : undefined;
  return {
    standard,
    ...(name === undefined ? {} : { name }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(decimals === undefined ? {} : { decimals }),
    firstBlock: block.header.number,
  };
}

type Said = Pick<CallResult, "outcome" | "output"> | undefined;

/**
 * What the token says after the first of the blocks whose state is kept. A node that is no archive keeps none of old
 * blocks, and an index that is built later meets its tokens there.
 */
async function askToken(
  to: Address,
  data: Uint8Array,
  blocks: readonly ChainBlock[],
  { simulation }: ChainView,
): Promise<Said> {
  for (const { hash } of blocks) {
    try {
      return await simulation.call(hash, {
        ...{ from: ZERO_ADDRESS, to, data, value: 0n, accessList: [] },
        ...{ gasLimit: GAS, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n },
      });
    } catch {
      // Its state is pruned.
    }
  }
  return undefined;
}

function outputOf(said: Said): Uint8Array | undefined {
  return said?.outcome === "success" ? said.output : undefined;
}

/** A long text is the one reason for which a token's own words take much gas. */
function nameOf(said: Said): string | undefined {
  return said?.outcome === "outOfGas" ? CUT : textOf(outputOf(said));
}

/** A string of the ABI, or bytes32 as the oldest tokens have it. */
function textOf(output: Uint8Array | undefined): string | undefined {
  if (output === undefined || output.length < WORD) return undefined;
  const bytes = output.length === WORD ? output : stringBytes(output);
  if (bytes === undefined) return undefined;
  const isWhole = bytes.length <= TEXT_BYTES_MAX;
  const text = new TextDecoder().decode(bytes.subarray(0, TEXT_BYTES_MAX)).replaceAll(UNSEEN, "").trim();
  const characters = [...text];
  if (isWhole && characters.length <= TOKEN_TEXT_MAX) return text === "" ? undefined : text;
  // Bytes that were cut in the middle of a character are none.
  if (!isWhole && characters.at(-1) === "\ufffd") characters.pop();
  return `${characters.slice(0, TOKEN_TEXT_MAX - 1).join("")}${CUT}`;
}

function stringBytes(output: Uint8Array): Uint8Array | undefined {
  const offset = bytesToBigint(output.subarray(0, WORD));
  if (offset + BigInt(WORD) > BigInt(output.length)) return undefined;
  const from = Number(offset) + WORD;
  const length = bytesToBigint(output.subarray(from - WORD, from));
  if (BigInt(from) + length > BigInt(output.length)) return undefined;
  return output.subarray(from, from + Number(length));
}

/** uint8, as the standard says. */
function decimalsOf(output: Uint8Array | undefined): number | undefined {
  if (output?.length !== WORD) return undefined;
  const decimals = bytesToBigint(output);
  return decimals <= 255n ? Number(decimals) : undefined;
}
