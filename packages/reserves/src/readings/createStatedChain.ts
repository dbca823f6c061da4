import { z } from "zod";
import { type Chain, type ChainId, parseChainId } from "../assets/chainId.ts";
import { normalizeChainAddress } from "../assets/challenge/challengeText.ts";
import { readingsErrors } from "./errors.ts";
import type { ReserveChain } from "./ReserveChain.ts";

const statementSchema = z.strictObject({
  chain: z.string(),
  height: z.int().min(0),
  hash: z.string().regex(/^0x[0-9a-f]{64}$/),
  timeMs: z.int().min(0),
  balances: z.record(z.string(), z.string().regex(/^(?:0|[1-9][0-9]{0,38})$/)),
});
type BalanceStatement = z.infer<typeof statementSchema>;

/** Returns the newest statement by default. */
export type StatementSource = (height?: number) => Promise<string>;

const COIN_DECIMALS = { evm: 18, bitcoin: 8 };
const TEXT_LENGTH_MAX = 4_000_000;

/** @param by author of the balance statements @throws RESERVES_PLAN_MISMATCH */
export function createStatedChain(chain: string, by: string, source: StatementSource): ReserveChain {
  const parsed = parseChainId(chain);
  if (parsed === undefined)
    throw readingsErrors.RESERVES_PLAN_MISMATCH({ reason: "no source for a chain", chain });
  const read = async (height?: number) => parseStatement(chain, parsed, await source(height));
  return {
    chain: chain as ChainId,
    source: { kind: "statement", by },
    height: async () => (await read()).height,
    async read(height, accounts) {
      const statement = await read(height);
      if (statement.height !== height)
        throw readingsErrors.RESERVES_SOURCE_INVALID({
          reason: "for another block than the snapshot's",
          chain,
          got: statement.height,
          expected: height,
        });
      const amounts = accounts.map(({ address, token }) => {
        const stated = statement.balances.get(address);
        if (token !== null || stated === undefined)
          throw readingsErrors.RESERVES_SOURCE_INVALID({
            reason: "no balance for an address",
            chain,
            address,
            token,
          });
        return stated;
      });
      return { blockHash: statement.hash, blockTimeMs: statement.timeMs, amounts, dissent: [] };
    },
    decimals: async () => COIN_DECIMALS[parsed.kind],
  };
}

function parseStatement(chain: string, parsed: Chain, text: string) {
  const { balances, ...statement } = statementOf(chain, text);
  if (statement.chain !== chain)
    throw readingsErrors.RESERVES_SOURCE_INVALID({
      reason: "invalid balance statement",
      chain: statement.chain.slice(0, 64),
      expected: chain,
    });
  const entries = Object.entries(balances).map(([address, amount]): [string, bigint] => [
    normalizeChainAddress(address, parsed),
    BigInt(amount),
  ]);
  const byAddress = new Map(entries);
  // Two spellings of one address would be ambiguous.
  if (byAddress.size < entries.length)
    throw readingsErrors.RESERVES_SOURCE_INVALID({
      reason: "invalid balance statement",
      chain,
      addresses: entries.length,
      distinct: byAddress.size,
    });
  return { ...statement, balances: byAddress };
}

function statementOf(chain: string, text: string): BalanceStatement {
  if (text.length > TEXT_LENGTH_MAX)
    throw readingsErrors.RESERVES_SOURCE_INVALID({
      reason: "invalid balance statement",
      chain,
      length: text.length,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw readingsErrors.RESERVES_SOURCE_INVALID(
      { reason: "invalid balance statement", chain, issue: "not JSON" },
      cause,
    );
  }
  const result = statementSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw readingsErrors.RESERVES_SOURCE_INVALID({
    reason: "invalid balance statement",
    chain,
    path: issue?.path.join(".") ?? "",
    issue: issue?.message ?? "",
  });
}
