import { bytesToBigint, type Hex, hexToBytes, LruMap } from "@trellis/base";
import type { ChainClient } from "@trellis/client";
import type { TokenView } from "./ArbitrageApiPorts.ts";

/** `symbol()` and `decimals()` (EIP-20). */
const SYMBOL: Hex = "0x95d89b41";
const DECIMALS: Hex = "0x313ce567";

const TOKENS_MAX = 4_096;
/** In code points. */
const SYMBOL_MAX = 32;
const SYMBOL_BYTES_MAX = 4 * SYMBOL_MAX;
const DECIMALS_MAX = 255n;
const WORD = 32;
/** Invisible characters, which could disguise a symbol. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Does not cache failures. @throws error codes of the node client */
export function createTokenReader(
  client: Pick<ChainClient, "call">,
): (token: Hex, blockHash: Hex) => Promise<TokenView> {
  const read = new LruMap<Hex, Promise<TokenView>>(TOKENS_MAX);
  return (token, blockHash) => {
    const known = read.get(token);
    if (known !== undefined) return known;
    const asked = readToken(client, token, blockHash);
    read.set(token, asked);
    asked.catch(() => read.get(token) === asked && read.delete(token));
    return asked;
  };
}

async function readToken(client: Pick<ChainClient, "call">, token: Hex, blockHash: Hex): Promise<TokenView> {
  const [symbol, decimals] = await Promise.all(
    [SYMBOL, DECIMALS].map((data) => client.call(token, data, blockHash)),
  );
  return { token, symbol: symbolOf(symbol), decimals: decimalsOf(decimals) };
}

function decimalsOf(answer: Hex | undefined): number | undefined {
  if (answer?.length !== 2 + 2 * WORD) return undefined;
  const value = BigInt(answer);
  return value > DECIMALS_MAX ? undefined : Number(value);
}

/** Decodes a string, or the bytes32 of the oldest tokens. */
function symbolOf(answer: Hex | undefined): string | undefined {
  if (answer === undefined || answer.length % 2 !== 0) return undefined;
  const bytes = hexToBytes(answer.slice(0, 2 + 2 * (2 * WORD + SYMBOL_BYTES_MAX)) as Hex);
  if (bytes.length < WORD) return undefined;
  const text = bytes.length === WORD ? bytes : stringIn(bytes);
  if (text === undefined) return undefined;
  const seen = [...new TextDecoder().decode(text).replaceAll(UNSEEN, "").trim()];
  if (seen.length === 0) return undefined;
  return seen.length > SYMBOL_MAX ? `${seen.slice(0, SYMBOL_MAX - 1).join("")}…` : seen.join("");
}

function stringIn(bytes: Uint8Array): Uint8Array | undefined {
  if (bytesToBigint(bytes.subarray(0, WORD)) !== BigInt(WORD)) return undefined;
  const length = bytesToBigint(bytes.subarray(WORD, 2 * WORD));
  const text = bytes.subarray(2 * WORD);
  return length < BigInt(text.length) ? text.subarray(0, Number(length)) : text;
}
