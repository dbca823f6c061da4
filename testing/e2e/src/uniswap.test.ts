import { Contract, ContractFactory, Wallet } from "ethers";
import { type Address, getAddress, parseEther, parseEventLogs, zeroAddress } from "viem";
import { beforeAll, describe, expect, it } from "vitest";
import { accountOf, privateKeyOf } from "./chain.ts";
import { ethersProviderOf, publicClientOf, walletOf } from "./clients.ts";
import { compileContract } from "./compileContracts.ts";
import { deployToken, tokenAbi } from "./token.ts";
import {
  deployUniswap,
  factoryAbi,
  PAIR_CODE_HASH,
  pairAbi,
  pairCodeHash,
  routerAbi,
  type Uniswap,
} from "./uniswap.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const owner = accountOf(0);
const trader = accountOf(1);
const SUPPLY = parseEther("1000000");
const DEADLINE = 2n ** 40n;
/** A pair updates its price accumulators once per second, so an estimate may soon be too low. */
const GAS = 600_000n;

describe("OpenZeppelin's ERC-20", () => {
  it("through viem: supply, transfers, allowances, events, refusals", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const token = await deployToken(shared.rpcUrl, owner, "Grape", "GRP", SUPPLY);
    const read = { address: token, abi: tokenAbi } as const;
    expect(await client.readContract({ ...read, functionName: "name" })).toBe("Grape");
    expect(await client.readContract({ ...read, functionName: "symbol" })).toBe("GRP");
    expect(await client.readContract({ ...read, functionName: "decimals" })).toBe(18);
    expect(await client.readContract({ ...read, functionName: "totalSupply" })).toBe(SUPPLY);

    const wallet = walletOf(shared.rpcUrl, owner);
    const sent = await wallet.writeContract({
      ...read,
      functionName: "transfer",
      args: [trader.address, 7n],
    });
    const receipt = await client.waitForTransactionReceipt({ hash: sent });
    expect(parseEventLogs({ abi: tokenAbi, logs: receipt.logs })).toMatchObject([
      { eventName: "Transfer", args: { from: owner.address, to: trader.address, value: 7n } },
    ]);
    const approved = await wallet.writeContract({
      ...read,
      functionName: "approve",
      args: [trader.address, 5n],
    });
    await client.waitForTransactionReceipt({ hash: approved });
    const args = [owner.address, trader.address, 5n] as const;
    const taken = await walletOf(shared.rpcUrl, trader).writeContract({
      ...read,
      functionName: "transferFrom",
      args,
    });
    await client.waitForTransactionReceipt({ hash: taken });
    expect(await client.readContract({ ...read, functionName: "balanceOf", args: [trader.address] })).toBe(
      12n,
    );
    expect(await client.readContract({ ...read, functionName: "allowance", args: [args[0], args[1]] })).toBe(
      0n,
    );

    const tooMuch = client.simulateContract({
      ...read,
      functionName: "transfer",
      args: [owner.address, 13n],
      account: trader,
    });
    await expect(tooMuch).rejects.toThrow(/ERC20InsufficientBalance/);
  });

  it("through ethers", async () => {
    const provider = ethersProviderOf(shared.rpcUrl);
    try {
      const signer = new Wallet(privateKeyOf(2), provider);
      const { abi, bytecode } = await compileContract("Token");
      const factory = new ContractFactory(JSON.stringify(abi), bytecode, signer);
      const contract = await factory.deploy("Lemon", "LMN", SUPPLY);
      const address = await (await contract.waitForDeployment()).getAddress();
      const token = new Contract(address, JSON.stringify(abi), signer);
      const sent = await token.getFunction("transfer").send(trader.address, 9n);
      expect(await sent.wait()).toMatchObject({ status: 1 });
      expect(await token.getFunction("balanceOf").staticCall(trader.address)).toBe(9n);
      const found = await token.queryFilter("Transfer", 0, "latest");
      expect(found).toHaveLength(2);
    } finally {
      provider.destroy();
    }
  });
});

describe("Uniswap v2", () => {
  let uniswap: Uniswap;
  let tokens: readonly [Address, Address];
  let pair: Address;
  const client = () => publicClientOf(shared.rpcUrl);
  const amounts = [parseEther("1000"), parseEther("4000")] as const;

  beforeAll(async () => {
    uniswap = await deployUniswap(shared.rpcUrl, owner);
    tokens = [
      await deployToken(shared.rpcUrl, owner, "Apple", "APL", SUPPLY),
      await deployToken(shared.rpcUrl, owner, "Berry", "BRY", SUPPLY),
    ];
  });

  async function mined(hash: `0x${string}`) {
    const receipt = await client().waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");
    return receipt;
  }
  async function approve(token: Address, account = owner): Promise<void> {
    const call = { address: token, abi: tokenAbi, functionName: "approve" } as const;
    await mined(
      await walletOf(shared.rpcUrl, account).writeContract({ ...call, args: [uniswap.router, SUPPLY] }),
    );
  }
  async function reserves(): Promise<readonly [bigint, bigint]> {
    const read = { address: pair, abi: pairAbi } as const;
    const [reserve0, reserve1] = await client().readContract({ ...read, functionName: "getReserves" });
    const token0 = await client().readContract({ ...read, functionName: "token0" });
    return token0 === getAddress(tokens[0]) ? [reserve0, reserve1] : [reserve1, reserve0];
  }
  const balance = (token: Address, holder: Address) =>
    client().readContract({ address: token, abi: tokenAbi, functionName: "balanceOf", args: [holder] });

  it("is the published bytecode, whose router knows the pair", async () => {
    expect(pairCodeHash()).toBe(PAIR_CODE_HASH);
    const read = { address: uniswap.router, abi: routerAbi } as const;
    expect(await client().readContract({ ...read, functionName: "factory" })).toBe(
      getAddress(uniswap.factory),
    );
    expect(await client().readContract({ ...read, functionName: "WETH" })).toBe(getAddress(uniswap.weth));
  });

  it("creates a pair with CREATE2 and mints liquidity: square root of the product, minus the locked part", async () => {
    await approve(tokens[0]);
    await approve(tokens[1]);
    const call = { address: uniswap.router, abi: routerAbi, functionName: "addLiquidity" } as const;
    const hash = await walletOf(shared.rpcUrl, owner).writeContract({
      ...call,
      args: [...tokens, ...amounts, 0n, 0n, owner.address, DEADLINE],
    });
    const { logs } = await mined(hash);
    const [created] = parseEventLogs({ abi: factoryAbi, logs, eventName: "PairCreated" });
    pair = created!.args.pair;
    const known = {
      address: uniswap.factory,
      abi: factoryAbi,
      functionName: "getPair",
      args: tokens,
    } as const;
    expect(await client().readContract(known)).toBe(pair);

    expect(await reserves()).toEqual(amounts);
    const liquidity = parseEther("2000");
    expect(await client().readContract({ address: pair, abi: pairAbi, functionName: "totalSupply" })).toBe(
      liquidity,
    );
    expect(
      parseEventLogs({ abi: pairAbi, logs, eventName: "Transfer" }).filter(
        ({ address }) => address === pair.toLowerCase() || getAddress(address) === pair,
      ),
    ).toMatchObject([
      { args: { from: zeroAddress, to: zeroAddress, value: 1000n } },
      { args: { from: zeroAddress, to: owner.address, value: liquidity - 1000n } },
    ]);
    expect(parseEventLogs({ abi: pairAbi, logs, eventName: "Mint" })).toHaveLength(1);
  });

  it("swaps along the constant product, to the wei", async () => {
    const [reserveIn, reserveOut] = await reserves();
    const amountIn = parseEther("12.345678901234567891");
    const afterFee = amountIn * 997n;
    const amountOut = (afterFee * reserveOut) / (reserveIn * 1000n + afterFee);
    const quote = { address: uniswap.router, abi: routerAbi, functionName: "getAmountsOut" } as const;
    expect(await client().readContract({ ...quote, args: [amountIn, tokens] })).toEqual([
      amountIn,
      amountOut,
    ]);

    const before = await balance(tokens[1], trader.address);
    const call = {
      address: uniswap.router,
      abi: routerAbi,
      functionName: "swapExactTokensForTokens",
    } as const;
    const hash = await walletOf(shared.rpcUrl, owner).writeContract({
      ...call,
      args: [amountIn, amountOut, tokens, trader.address, DEADLINE],
      gas: GAS,
    });
    const { logs } = await mined(hash);
    expect((await balance(tokens[1], trader.address)) - before).toBe(amountOut);
    const after = await reserves();
    expect(after).toEqual([reserveIn + amountIn, reserveOut - amountOut]);
    expect(after[0] * after[1]).toBeGreaterThanOrEqual(reserveIn * reserveOut);
    const [swap] = parseEventLogs({ abi: pairAbi, logs, eventName: "Swap" });
    const { amount0In, amount1In, amount0Out, amount1Out, to } = swap!.args;
    expect([amount0In + amount1In, amount0Out + amount1Out, to]).toEqual([
      amountIn,
      amountOut,
      trader.address,
    ]);
    const [sync] = parseEventLogs({ abi: pairAbi, logs, eventName: "Sync" });
    expect(new Set([sync!.args.reserve0, sync!.args.reserve1])).toEqual(new Set(after));
  });

  it("refuses a swap above the constant product, with its reason", async () => {
    const amountOutMin = parseEther("4000");
    const swap = client().simulateContract({
      address: uniswap.router,
      abi: routerAbi,
      functionName: "swapExactTokensForTokens",
      account: owner,
      args: [parseEther("1"), amountOutMin, tokens, owner.address, DEADLINE],
    });
    await expect(swap).rejects.toThrow("UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT");
    const late = client().simulateContract({
      address: uniswap.router,
      abi: routerAbi,
      functionName: "swapExactTokensForTokens",
      account: owner,
      args: [parseEther("1"), 0n, tokens, owner.address, 1n],
    });
    await expect(late).rejects.toThrow("UniswapV2Router: EXPIRED");
  });

  it("swaps coins through WETH and two pairs", async () => {
    const wallet = walletOf(shared.rpcUrl, owner);
    const router = { address: uniswap.router, abi: routerAbi } as const;
    await mined(
      await wallet.writeContract({
        ...router,
        functionName: "addLiquidityETH",
        args: [tokens[0], parseEther("500"), 0n, 0n, owner.address, DEADLINE],
        value: parseEther("50"),
      }),
    );
    const path = [uniswap.weth, ...tokens];
    const value = parseEther("1");
    const quoted = await client().readContract({
      ...router,
      functionName: "getAmountsOut",
      args: [value, path],
    });
    const before = await balance(tokens[1], trader.address);
    const call = { ...router, functionName: "swapExactETHForTokens" } as const;
    await mined(
      await walletOf(shared.rpcUrl, trader).writeContract({
        ...call,
        args: [quoted[2]!, path, trader.address, DEADLINE],
        value,
        gas: GAS,
      }),
    );
    expect((await balance(tokens[1], trader.address)) - before).toBe(quoted[2]);
  });

  it("redeems liquidity in proportion", async () => {
    const [reserve0, reserve1] = await reserves();
    const read = { address: pair, abi: pairAbi } as const;
    const supply = await client().readContract({ ...read, functionName: "totalSupply" });
    const liquidity = await client().readContract({
      ...read,
      functionName: "balanceOf",
      args: [owner.address],
    });
    const wallet = walletOf(shared.rpcUrl, owner);
    await mined(
      await wallet.writeContract({ ...read, functionName: "approve", args: [uniswap.router, liquidity] }),
    );
    const before = await Promise.all(tokens.map((token) => balance(token, owner.address)));
    await mined(
      await wallet.writeContract({
        address: uniswap.router,
        abi: routerAbi,
        functionName: "removeLiquidity",
        args: [...tokens, liquidity, 0n, 0n, owner.address, DEADLINE],
        gas: GAS,
      }),
    );
    const after = await Promise.all(tokens.map((token) => balance(token, owner.address)));
    expect(after.map((amount, index) => amount - before[index]!)).toEqual([
      (liquidity * reserve0) / supply,
      (liquidity * reserve1) / supply,
    ]);
  });
});
