import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentMetrics } from "@trellis/base";
import type { ServiceIo } from "@trellis/platform/service";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { openReserveChains } from "./openReserveChains.ts";

const BITCOIN = "bip122:000000000019d6689c085ae165831e93";
const ADDRESS = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2";
const io = { metrics: silentMetrics } as unknown as ServiceIo;
const statement = (height: number) =>
  JSON.stringify({
    chain: BITCOIN,
    height,
    hash: `0x${"0b".repeat(32)}`,
    timeMs: 1,
    balances: { [ADDRESS]: "5" },
  });

const folder = mkdtempSync(join(tmpdir(), "trellis-reserves-chains-"));
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url!);
  const height = new URL(request.url!, "http://x").searchParams.get("height");
  response.statusCode = request.url!.startsWith("/gone") ? 500 : 200;
  response.end(statement(Number(height ?? 9)));
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function opened(from: string, prices: object[] = []) {
  const chains = [{ chain: BITCOIN, statement: { by: "treasury", from } }];
  const assets = [{ asset: "BTC", counted: [{ chain: BITCOIN }] }];
  writeFileSync(join(folder, "plan.json"), JSON.stringify({ quote: "USD", chains, assets, prices }));
  return openReserveChains(join(folder, "plan.json"), io);
}

describe("chains of a reserves plan", () => {
  it("are empty without a plan", async () => {
    expect(await openReserveChains("", io)).toBeUndefined();
  });

  it("reads statements and prices from files beside the plan, and heights from the chains", async () => {
    writeFileSync(join(folder, "balances.json"), statement(7));
    const prices = { quote: "USD", timeMs: 1, prices: { BTC: "65000" } };
    writeFileSync(join(folder, "prices.json"), JSON.stringify(prices));
    const reserves = (await opened("file:balances.json", [{ name: "desk", from: "file:prices.json" }]))!;
    expect(await reserves.heights()).toEqual({ [BITCOIN]: 7 });
    expect((await reserves.prices(["BTC"])).prices).toMatchObject([
      { asset: "BTC", sources: [{ price: "65000" }] },
    ]);
    await expect(
      reserves.wallets.isValidSignature({ chainId: 5 } as Parameters<
        typeof reserves.wallets.isValidSignature
      >[0]),
    ).rejects.toThrowError(
      refusal("OWNERSHIP_SIGNATURE_INVALID: the method does not match the address's chain"),
    );
  });

  it("requests an HTTP statement for the height", async () => {
    const { chains } = (await opened(`${url}/balances?key=1`))!;
    expect(await chains.get(BITCOIN)!.height()).toBe(9);
    const read = await chains.get(BITCOIN)!.read(4, [{ address: ADDRESS, token: null }]);
    expect(read.amounts).toEqual([5n]);
    expect(asked).toEqual(["/balances?key=1", "/balances?key=1&height=4"]);
  });

  it("RESERVES_SOURCE_UNREADABLE: without a credential of the address", async () => {
    const { chains } = (await opened(`${url}/gone?key=secret`))!;
    const failure = await chains
      .get(BITCOIN)!
      .height()
      .catch((error: unknown) => error);
    expect(failure).toEqual(refusal("RESERVES_SOURCE_UNREADABLE"));
    expect(String((failure as Error).message)).not.toContain("secret");
    await expect(openReserveChains(join(folder, "none"), io)).rejects.toThrowError(
      refusal("RESERVES_SOURCE_UNREADABLE"),
    );
  });
});
