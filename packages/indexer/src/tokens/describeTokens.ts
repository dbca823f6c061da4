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

/** EIP-20 selectors. ERC-721 lacks `decimals`. */
const NAME: Hex = "0x06fdde03";
const SYMBOL: Hex = "0x95d89b41";
const DECIMALS: Hex = "0x313ce567";

const GAS = 100_000n;
/** Code points. */
const TOKEN_TEXT_MAX = 64;
const CUT = "…";
const TEXT_BYTES_MAX = 4 * TOKEN_TEXT_MAX;
const WORD = 32;
/** Control characters and direction marks could disguise a name. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Reads the state after the block, or the head's if that one was dropped. */
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

async function askToken(
  to: Address,
  data: Uint8Array,
  blocks: readonly ChainBlock[],
  { simulation }: ChainView,
): Promise<Said> {
  for (const { hash } of blocks) {
    try {
      return await simulation.call(hash, {
        from: ZERO_ADDRESS,
        to,
        data,
        value: 0n,
        accessList: [],
        gasLimit: GAS,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
      });
    } catch {}
  }
  return undefined;
}

function outputOf(said: Said): Uint8Array | undefined {
  return said?.outcome === "success" ? said.output : undefined;
}

function nameOf(said: Said): string | undefined {
  return said?.outcome === "outOfGas" ? CUT : textOf(outputOf(said));
}

/** Decodes an ABI string, or the bytes32 of old tokens. */
function textOf(output: Uint8Array | undefined): string | undefined {
  if (output === undefined || output.length < WORD) return undefined;
  const bytes = output.length === WORD ? output : stringBytes(output);
  if (bytes === undefined) return undefined;
  const isWhole = bytes.length <= TEXT_BYTES_MAX;
  const text = new TextDecoder().decode(bytes.subarray(0, TEXT_BYTES_MAX)).replaceAll(UNSEEN, "").trim();
  const characters = [...text];
  if (isWhole && characters.length <= TOKEN_TEXT_MAX) return text === "" ? undefined : text;
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

function decimalsOf(output: Uint8Array | undefined): number | undefined {
  if (output?.length !== WORD) return undefined;
  const decimals = bytesToBigint(output);
  return decimals <= 255n ? Number(decimals) : undefined;
}
