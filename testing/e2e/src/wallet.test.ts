import { type Hex, parseEther, parseGwei } from "viem";
import { describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const account = accountOf(0);
const TO = `0x${"aa".repeat(20)}` as const;
const ORIGINS = ["chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn", "http://localhost:5173"];

async function fromBrowser<T>(origin: string, method: string, params: unknown[] = []): Promise<T> {
  const preflight = await fetch(shared.devnet.rpcUrl, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
  expect(preflight.headers.get("access-control-allow-headers")).toMatch(/\*|content-type/i);
  const response = await fetch(shared.devnet.rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  expect([origin, "*"]).toContain(response.headers.get("access-control-allow-origin"));
  return ((await response.json()) as { result: T }).result;
}

describe.each(ORIGINS)("wallet at %s", (origin) => {
  const ask = <T>(method: string, ...params: unknown[]): Promise<T> => fromBrowser<T>(origin, method, params);

  it("adds the network, shows the balance, estimates, sends and follows a transaction like MetaMask", async () => {
    expect(await ask("eth_chainId")).toBe("0x7a69");
    expect(await ask("net_version")).toBe("31337");
    const head = await ask<{ baseFeePerGas: Hex; number: Hex }>("eth_getBlockByNumber", "latest", false);
    expect(BigInt(head.baseFeePerGas)).toBeGreaterThan(0n);
    const balance = await ask<Hex>("eth_getBalance", account.address.toLowerCase(), head.number);
    expect(BigInt(balance)).toBeGreaterThan(parseEther("9000"));

    expect(await ask("eth_getCode", TO, "latest")).toBe("0x");
    const transfer = { from: account.address, to: TO, value: "0x1" };
    expect(await ask("eth_estimateGas", transfer)).toBe("0x5208");
    const history = await ask<{ baseFeePerGas: Hex[]; reward: Hex[][] }>(
      "eth_feeHistory",
      "0x5",
      "latest",
      [10, 20, 30],
    );
    expect(history.baseFeePerGas.length).toBe(history.reward.length + 1);
    expect(BigInt(await ask<Hex>("eth_gasPrice"))).toBeGreaterThan(0n);

    const nonce = await ask<Hex>("eth_getTransactionCount", account.address, "pending");
    const maxFeePerGas = BigInt(history.baseFeePerGas.at(-1)!) * 2n + parseGwei("1.5");
    const raw = await account.signTransaction({
      chainId: 31337,
      nonce: Number(nonce),
      to: TO,
      value: 1n,
      gas: 21_000n,
      maxFeePerGas,
      maxPriorityFeePerGas: parseGwei("1.5"),
    });
    const hash = await ask<Hex>("eth_sendRawTransaction", raw);
    await expect
      .poll(() => ask<{ status: Hex } | null>("eth_getTransactionReceipt", hash))
      .toMatchObject({ status: "0x1", transactionHash: hash });
    expect(BigInt(await ask<Hex>("eth_blockNumber"))).toBeGreaterThan(BigInt(head.number));
  });
});
