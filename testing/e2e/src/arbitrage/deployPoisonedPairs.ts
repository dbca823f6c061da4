import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { create2Address, DETERMINISTIC_DEPLOYER_ADDRESS, pairAddressV2 } from "@trellis/contracts/arbitrage";
import { keccak256 } from "@trellis/crypto";
import { TOKENS, uniswapArtifact } from "@trellis/market";
import { type Abi, encodeFunctionData } from "viem";
import { type DeployedMarket, PAIR_CODE_HASH } from "../arbitrageMarket.ts";
import type { TradedMarket } from "./openTradedMarket.ts";
import { sendAll } from "./sendAll.ts";

const UNIT = 10n ** 18n;
const SALT = new Uint8Array(32);
const { abi: FACTORY } = uniswapArtifact("V2Factory");
const { abi: PAIR } = uniswapArtifact("V2Pair");

interface Poison {
  readonly kind: keyof typeof TOKENS;
  readonly calls: (pairs: readonly Hex[]) => readonly (readonly [name: string, args: readonly unknown[]])[];
}

export async function deployPoisonedPairs<Name extends string>(
  { client, market, trader }: TradedMarket,
  poisons: Readonly<Record<Name, Poison>>,
): Promise<Readonly<Record<Name, Hex>>> {
  const tokens: Partial<Record<Name, Hex>> = {};
  const calls: Call[] = [];
  for (const [name, poison] of Object.entries(poisons) as [Name, Poison][]) {
    const poisoned = poisonedPairs(market, trader.address, poison);
    tokens[name] = poisoned.token;
    calls.push(...poisoned.calls);
  }
  await sendAll(client, trader, calls);
  return tokens as Record<Name, Hex>;
}

interface Call {
  readonly to: Hex;
  readonly data: Hex;
}

function poisonedPairs(
  { base, factories }: DeployedMarket,
  holder: Hex,
  { kind, calls: poison }: Poison,
): { readonly token: Hex; readonly calls: readonly Call[] } {
  const call = (to: Hex, abi: Abi, functionName: string, args: readonly unknown[]): Call => ({
    to,
    data: encodeFunctionData({ abi, functionName, args }),
  });
  const { abi, bytecode } = TOKENS[kind];
  const code = hexToBytes(bytecode);
  const token = create2Address(DETERMINISTIC_DEPLOYER_ADDRESS, SALT, keccak256(code));
  const pairs = factories.map((factory) => pairAddressV2(factory, PAIR_CODE_HASH, base, token));
  const filled = pairs.flatMap((pair, place) => [
    call(factories[place]!, FACTORY, "createPair", [base, token]),
    call(base, TOKENS.PlainToken.abi, "mint", [pair, 1_000n * UNIT]),
    call(token, abi, "mint", [pair, (place === 0 ? 1_000n : 1_200n) * UNIT]),
    call(pair, PAIR, "mint", [holder]),
  ]);
  const deployed = { to: DETERMINISTIC_DEPLOYER_ADDRESS, data: bytesToHex(concatBytes(SALT, code)) };
  const poisoned = poison(pairs).map(([name, args]) => call(token, abi, name, args));
  return { token, calls: [deployed, ...filled, ...poisoned] };
}
