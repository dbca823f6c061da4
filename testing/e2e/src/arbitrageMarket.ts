import { bytesToHex, concatBytes, type Hex, hexToBytes, isTrellisError } from "@trellis/base";
import { type ChainClient, type FinalityRule, type Sender, waitForFinality } from "@trellis/client";
import {
  Arbitrageur,
  arbitrageurAddress,
  arbitrageurDeployment,
  create2Address,
  DETERMINISTIC_DEPLOYER_ADDRESS,
  pairAddressV2,
} from "@trellis/contracts/arbitrage";
import { keccak256 } from "@trellis/crypto";
import { TOKENS, uniswapArtifact } from "@trellis/market";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { type Abi, encodeDeployData, encodeFunctionData } from "viem";

export const PAIR_CODE_HASH: Hex = bytesToHex(keccak256(hexToBytes(uniswapArtifact("V2Pair").bytecode)));
const UNIT = 10n ** 18n;
const WAIT = { pollMs: 50, timeoutMs: 180_000 } as const;
const PORTS = { clock: systemClock, scheduler: systemScheduler };
const FACTORY = uniswapArtifact("V2Factory");
const PAIR_ABI = uniswapArtifact("V2Pair").abi;
const TOKEN_ABI: Abi = TOKENS.PlainToken.abi;
const GET_RESERVES = encodeFunctionData({ abi: PAIR_ABI, functionName: "getReserves" });
/** Given, because an estimate would need what the transactions before it do. */
const GAS_LIMIT = 4_000_000n;

/** Real Uniswap v2 pairs of two factories on a chain, with the same two tokens at one price. */
export interface DeployedMarket {
  readonly base: Hex;
  readonly other: Hex;
  readonly factories: readonly Hex[];
  readonly pairs: readonly Hex[];
  readonly arbitrageur: Hex;
  /** Sells so many base units of `base` at a pair, and waits until that is in a block. */
  openGap(pair: Hex, amount: bigint): Promise<void>;
}

/**
 * @param owner of the Arbitrageur, which may call it too; the trader does all the rest
 * @param rule when a transaction counts as done
 */
export async function deployMarket(
  client: ChainClient,
  trader: Sender,
  owner: Sender,
  rule: FinalityRule = "finalized",
): Promise<DeployedMarket> {
  let last: Hex | undefined;
  const sendAs = async (sender: Sender, to: Hex, data: Hex) => {
    const nonce = await client.nextNonce(sender.address, "pending");
    const prepared = await sender.prepare({ to, data }, { nonce, gasLimit: GAS_LIMIT });
    await client.send(prepared.raw);
    last = prepared.hash;
  };
  const call = (to: Hex, abi: Abi, functionName: string, args: readonly unknown[]) =>
    sendAs(trader, to, encodeFunctionData({ abi, functionName, args }));
  const deploy = async (salt: number, initCode: Hex): Promise<Hex> => {
    const saltBytes = new Uint8Array(32).fill(salt);
    await sendAs(
      trader,
      DETERMINISTIC_DEPLOYER_ADDRESS,
      bytesToHex(concatBytes(saltBytes, hexToBytes(initCode))),
    );
    return create2Address(DETERMINISTIC_DEPLOYER_ADDRESS, saltBytes, keccak256(hexToBytes(initCode)));
  };
  const settled = () => waitForFinality(client, last!, { ...WAIT, rule }, PORTS);

  const [base, other] = [
    await deploy(1, TOKENS.PlainToken.bytecode),
    await deploy(2, TOKENS.PlainToken.bytecode),
  ];
  const code = encodeDeployData({ abi: FACTORY.abi, bytecode: FACTORY.bytecode, args: [trader.address] });
  const factories: Hex[] = [];
  const pairs: Hex[] = [];
  for (const salt of [3, 4]) {
    const factory = await deploy(salt, code);
    await call(factory, FACTORY.abi, "createPair", [base, other]);
    const pair = pairAddressV2(factory, PAIR_CODE_HASH, base, other);
    for (const token of [base, other]) await call(token, TOKEN_ABI, "mint", [pair, 1_000n * UNIT]);
    await call(pair, PAIR_ABI, "mint", [trader.address]);
    factories.push(factory);
    pairs.push(pair);
  }
  const deployment = arbitrageurDeployment(owner.address);
  await sendAs(trader, deployment.to, deployment.data);
  await settled();
  const arbitrageur = arbitrageurAddress(owner.address);
  const allow = { abi: Arbitrageur.abi as Abi, functionName: "setExecutor", args: [owner.address, true] };
  await sendAs(owner, arbitrageur, encodeFunctionData(allow));
  await settled();

  return {
    ...{ base, other, factories, pairs, arbitrageur },
    async openGap(pair, amount) {
      // Whoever trades there in between takes what was sent: then it is sent again.
      while (!(await sellAt(pair, amount)));
    },
  };

  async function sellAt(pair: Hex, amount: bigint): Promise<boolean> {
    const head = await client.block("latest");
    const answer = (await client.call(pair, GET_RESERVES, head!.hash))!;
    const [reserve0, reserve1] = [BigInt(answer.slice(0, 66)), BigInt(`0x${answer.slice(66, 130)}`)];
    const isFirst = BigInt(base) < BigInt(other);
    const [has, gives] = isFirst ? [reserve0, reserve1] : [reserve1, reserve0];
    // Less than the curve gives, whatever the fee.
    const out = (gives * amount * 9n) / ((has + amount) * 10n);
    await call(base, TOKEN_ABI, "mint", [pair, amount]);
    await call(pair, PAIR_ABI, "swap", [...(isFirst ? [0n, out] : [out, 0n]), trader.address, "0x"]);
    try {
      await settled();
      return true;
    } catch (error) {
      if (isTrellisError(error, "TRANSACTION_REVERTED")) return false;
      throw error;
    }
  }
}
