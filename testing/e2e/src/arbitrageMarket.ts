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
/** An estimate would need the effects of earlier transactions. */
const GAS_LIMIT = 4_000_000n;

export interface DeployedMarket {
  readonly base: Hex;
  readonly other: Hex;
  readonly factories: readonly Hex[];
  readonly pairs: readonly Hex[];
  readonly arbitrageur: Hex;
  openGap(pair: Hex, amount: bigint): Promise<void>;
}

class Transactions {
  readonly #client: ChainClient;
  readonly #trader: Sender;
  readonly #rule: FinalityRule;
  #last: Hex | undefined;

  constructor(client: ChainClient, trader: Sender, rule: FinalityRule) {
    this.#client = client;
    this.#trader = trader;
    this.#rule = rule;
  }

  async sendAs(sender: Sender, to: Hex, data: Hex): Promise<void> {
    const nonce = await this.#client.nextNonce(sender.address, "pending");
    const prepared = await sender.prepare({ to, data }, { nonce, gasLimit: GAS_LIMIT });
    await this.#client.send(prepared.raw);
    this.#last = prepared.hash;
  }

  async call(to: Hex, abi: Abi, functionName: string, args: readonly unknown[]): Promise<void> {
    await this.sendAs(this.#trader, to, encodeFunctionData({ abi, functionName, args }));
  }

  async deploy(salt: number, initCode: Hex): Promise<Hex> {
    const saltBytes = new Uint8Array(32).fill(salt);
    const data = bytesToHex(concatBytes(saltBytes, hexToBytes(initCode)));
    await this.sendAs(this.#trader, DETERMINISTIC_DEPLOYER_ADDRESS, data);
    return create2Address(DETERMINISTIC_DEPLOYER_ADDRESS, saltBytes, keccak256(hexToBytes(initCode)));
  }

  async settled(): Promise<void> {
    await waitForFinality(this.#client, this.#last!, { ...WAIT, rule: this.#rule }, PORTS);
  }
}

export async function deployMarket(
  client: ChainClient,
  trader: Sender,
  owner: Sender,
  rule: FinalityRule = "finalized",
): Promise<DeployedMarket> {
  const transactions = new Transactions(client, trader, rule);
  const base = await transactions.deploy(1, TOKENS.PlainToken.bytecode);
  const other = await transactions.deploy(2, TOKENS.PlainToken.bytecode);
  const code = encodeDeployData({ abi: FACTORY.abi, bytecode: FACTORY.bytecode, args: [trader.address] });
  const factories: Hex[] = [];
  const pairs: Hex[] = [];
  for (const salt of [3, 4]) {
    const factory = await transactions.deploy(salt, code);
    factories.push(factory);
    pairs.push(await createPair(transactions, factory, [base, other], trader));
  }
  const arbitrageur = await deployArbitrageur(transactions, trader, owner);
  return {
    base,
    other,
    factories,
    pairs,
    arbitrageur,
    async openGap(pair, amount) {
      while (!(await sellAt(pair, amount)));
    },
  };

  async function sellAt(pair: Hex, amount: bigint): Promise<boolean> {
    const head = await client.block("latest");
    const answer = (await client.call(pair, GET_RESERVES, head!.hash))!;
    const [reserve0, reserve1] = [BigInt(answer.slice(0, 66)), BigInt(`0x${answer.slice(66, 130)}`)];
    const isFirst = BigInt(base) < BigInt(other);
    const [has, gives] = isFirst ? [reserve0, reserve1] : [reserve1, reserve0];
    // At any fee, the pair pays more.
    const out = (gives * amount * 9n) / ((has + amount) * 10n);
    await transactions.call(base, TOKEN_ABI, "mint", [pair, amount]);
    const amounts = isFirst ? [0n, out] : [out, 0n];
    await transactions.call(pair, PAIR_ABI, "swap", [...amounts, trader.address, "0x"]);
    try {
      await transactions.settled();
      return true;
    } catch (error) {
      if (isTrellisError(error, "TRANSACTION_REVERTED")) return false;
      throw error;
    }
  }
}

async function createPair(
  transactions: Transactions,
  factory: Hex,
  [base, other]: readonly [Hex, Hex],
  trader: Sender,
): Promise<Hex> {
  await transactions.call(factory, FACTORY.abi, "createPair", [base, other]);
  const pair = pairAddressV2(factory, PAIR_CODE_HASH, base, other);
  for (const token of [base, other]) await transactions.call(token, TOKEN_ABI, "mint", [pair, 1_000n * UNIT]);
  await transactions.call(pair, PAIR_ABI, "mint", [trader.address]);
  await transactions.call(pair, PAIR_ABI, "mint", [trader.address]);
  return pair;
}

async function deployArbitrageur(transactions: Transactions, trader: Sender, owner: Sender): Promise<Hex> {
  const deployment = arbitrageurDeployment(owner.address);
  await transactions.sendAs(trader, deployment.to, deployment.data);
  await transactions.settled();
  const arbitrageur = arbitrageurAddress(owner.address);
  const allow = { abi: Arbitrageur.abi as Abi, functionName: "setExecutor", args: [owner.address, true] };
  await transactions.sendAs(owner, arbitrageur, encodeFunctionData(allow));
  await transactions.settled();
  return arbitrageur;
}
