import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createSignerClient,
  parseSignerAddress,
  signerConnector,
  walletOfSigner,
} from "@trellis/arbitrage/signer";
import { silentMetrics } from "@trellis/base";
import {
  type ChainClient,
  createRpcChainClient,
  createSender,
  openRpcEndpoint,
  type Sender,
  unsignedBytes,
  withSignature,
} from "@trellis/client";
import { RESERVES_REGISTRY_ADDRESS, reservesRegistryDeployment } from "@trellis/contracts/reserves";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { startSoftHsm, type TestToken } from "@trellis/kit";
import { type AccountKey, openAccountKey, openPkcs11Holder } from "@trellis/platform/keys";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeployedMarket, deployMarket, PAIR_CODE_HASH } from "./arbitrageMarket.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, runTrellis, type Served, startDevnet, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const UNIT = 10n ** 18n;
const LIMIT = String(10n ** 24n);
const WAIT_MS = 180_000;
const accounts = accountsFromMnemonic("test test test test test test test test test test test junk", 2);

const started = await startSoftHsm();
const hsm = started as TestToken;

interface Ready {
  readonly url: string;
  readonly adminKey: string;
}

describe.skipIf("reason" in started)("with keys in a PKCS #11 token", () => {
  let directory: TemporaryDirectory;
  let devnet: Devnet;
  let client: ChainClient;
  let trader: Sender;
  let signer: Served<{ readonly signer: string; readonly holder: string }>;
  let configureWallet: (label: string) => Promise<void>;
  const services: { stop(): Promise<unknown> }[] = [];

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await hsm.generate("wallet", "secp256k1");
    await hsm.generate("anchor", "secp256k1");
    devnet = await startDevnet({ args: ["--block-time", "500"] });
    const request = openRpcEndpoint({ name: "devnet", url: devnet.rpcUrl }, { metrics: silentMetrics });
    client = createRpcChainClient("devnet", devnet.ready.chainId, request);
    trader = createSender(
      { chainId: devnet.ready.chainId, feeLimitWei: 10n ** 12n },
      { client, signer: createLocalSigner(accounts[1]!.privateKey) },
    );
  });
  afterAll(async () => {
    for (const service of services.reverse()) await service.stop();
    await devnet?.stop();
    await directory?.remove();
    hsm.stop();
  });

  const environment = () => ({ ...hsm.environment, HSM_PIN: hsm.pin });
  const uri = (key: string) =>
    `pkcs11:token=${hsm.token};object=${key}?module-path=${hsm.module}&pin-source=env:HSM_PIN`;

  async function withKey<Value>(id: string, use: (key: AccountKey) => Promise<Value>): Promise<Value> {
    const holder = await openPkcs11Holder(hsm);
    try {
      return await use(await openAccountKey(holder, id));
    } finally {
      await holder.close();
    }
  }

  const senderOf = ({ address, sign }: AccountKey): Sender =>
    createSender(
      { chainId: devnet.ready.chainId, feeLimitWei: 10n ** 12n },
      {
        client,
        signer: {
          address,
          signCall: async (call) => withSignature(call, await sign(unsignedBytes(call))),
        },
      },
    );

  async function fund(address: AccountKey["address"], valueWei = 1_000n * UNIT): Promise<void> {
    const { hash } = await trader.send({ to: address, data: "0x", valueWei });
    await eventually(async () => (await client.receipt(hash)) !== undefined, WAIT_MS);
  }

  it("signs transactions, an arbitrage trade and an anchor", async () => {
    const place = { environment: environment() };
    const { exitCode, stdout } = await runTrellis(["keys", "list", "--holder", uri(""), "--json"], place);
    expect(exitCode).toBe(0);
    expect(
      JSON.parse(stdout)
        .map(({ id }: { id: string }) => id)
        .sort(),
    ).toEqual(["anchor", "wallet"]);

    await withKey("wallet", async (key) => {
      await fund(key.address);
      const market = await deployMarket(client, trader, senderOf(key));
      const profit = await tradeOnce(market, key.address);
      expect(profit).toBeGreaterThan(0n);
      await changeWallet(key.address);
    });
    await withKey("anchor", async (key) => {
      await fund(key.address);
      const { to, data } = reservesRegistryDeployment;
      const registry = await trader.send({ to, data });
      await eventually(async () => (await client.receipt(registry.hash)) !== undefined, WAIT_MS);
      const anchoring = await startAnchoring();
      const { from, to: anchored } = await anchoring.anchor(1);
      expect({ from, anchored }).toEqual({ from: key.address, anchored: RESERVES_REGISTRY_ADDRESS });

      // ANCHOR-8
      await hsm.generate("next-anchor", "secp256k1");
      const next = await withKey("next-anchor", async ({ address }) => address);
      await fund(next);
      await anchoring.changeKey("next-anchor");
      expect(await anchoring.anchor(2)).toEqual({ from: next, to: RESERVES_REGISTRY_ADDRESS });
    });
  });

  async function tradeOnce(market: DeployedMarket, owner: string): Promise<bigint> {
    const nodes = join(directory.path, "nodes");
    await writeFile(nodes, devnet.rpcUrl, { mode: 0o600 });
    const section = {
      chain: devnet.ready.chainId,
      rpcFrom: `file:${nodes}`,
      factories: market.factories.map((address) => ({
        kind: "uniswap-v2",
        address,
        initCodeHash: PAIR_CODE_HASH,
      })),
      profitTokens: [{ address: market.base }],
      owner,
      limits: { tradeMax: LIMIT, tokenDayMax: LIMIT, chainDayMax: LIMIT, gasDayMax: LIMIT },
      window: 40,
    };
    const config = join(directory.path, "trellis.yaml");
    configureWallet = (label) =>
      writeFile(config, JSON.stringify({ arbitrage: { ...section, walletHolder: uri(label) } }));
    await configureWallet("wallet");
    const dataDir = ["--data-dir", join(directory.path, "arbitrage"), "--config", config, "--json"];
    signer = await startTrellis(["arbitrage", "signer", ...dataDir], { environment: environment() });
    services.push(signer);
    expect(signer.ready.holder).toBe(`pkcs11 ${hsm.token} ${hsm.module}`);
    const flags = ["--live", "--signer", signer.ready.signer, "--port", "0", ...dataDir];
    const engine: Served<Ready> = await startTrellis(["arbitrage", "serve", ...flags]);
    services.push(engine);
    await market.openGap(market.pairs[0]!, 50n * UNIT);
    const executions = async () => {
      const headers = { authorization: `Bearer ${engine.ready.adminKey}` };
      const answer = await fetch(`${engine.ready.url}/v1/executions`, { headers });
      return ((await answer.json()) as { items: { execution: { outcome: string; profit: string } | null }[] })
        .items;
    };
    await eventually(async () => (await executions())[0]?.execution?.outcome === "executed", WAIT_MS);
    return BigInt((await executions())[0]!.execution!.profit);
  }

  /** SIGN-7: changes the key without a signer restart, then again to the same key. */
  async function changeWallet(former: AccountKey["address"]): Promise<void> {
    await hsm.generate("next-wallet", "secp256k1");
    const next = await withKey("next-wallet", async ({ address }) => address);
    const secret = await readFile(join(directory.path, "arbitrage", "signer.secret"), "utf8");
    const secrets = [new Uint8Array(Buffer.from(secret.trim(), "hex"))];
    const connect = signerConnector(parseSignerAddress(signer.ready.signer), WAIT_MS);
    const [one, other] = [former, next].map((wallet) => createSignerClient(wallet, () => secrets, connect));
    const fees = { gasLimit: 21_000n, maxFeeWei: 10n ** 9n, maxTipWei: 1n };
    const call = { chainId: devnet.ready.chainId, data: "0x", valueWei: 0n, nonce: 9, ...fees } as const;
    await configureWallet("next-wallet");
    process.kill(signer.pid, "SIGHUP");
    await eventually(async () => (await walletOfSigner(secrets, connect)) === next, WAIT_MS);
    await one!.signCall({ ...call, to: former });
    await other!.signCall({ ...call, to: next });
    process.kill(signer.pid, "SIGHUP");
    await eventually(async () => (await one!.check().catch(() => "forgotten")) === "forgotten", WAIT_MS);
    await other!.signCall({ ...call, to: next });
    for (const client of [one, other]) client!.close();
  }

  async function startAnchoring() {
    const [rpc, key, entries, config] = ["rpc", "api-key", "entries.csv", "reserves.json"].map((name) =>
      join(directory.path, name),
    );
    const configure = (label: string) =>
      writeFile(config!, JSON.stringify({ reserves: { anchorHolder: uri(label) } }));
    await configure("anchor");
    await writeFile(rpc!, devnet.rpcUrl, { mode: 0o600 });
    const anchor = ["--anchor-rpc-from", `file:${rpc}`, "--anchor-chain", String(devnet.ready.chainId)];
    const reserves: Served<Ready> = await startTrellis(
      [
        ...["reserves", "serve", "--data-dir", join(directory.path, "reserves"), "--port", "0", "--json"],
        ...[...anchor, "--config", config!],
      ],
      { environment: environment() },
    );
    services.push(reserves);
    const { url, adminKey } = reserves.ready;
    await writeFile(key!, adminKey, { mode: 0o600 });
    await writeFile(
      entries!,
      "key,customer,asset,kind,amount,reference,time\nd1,alice,ETH,deposit,5,tx,1\nd2,bob,ETH,deposit,7,tx,1\n",
    );
    const client = ["--url", url, "--api-key-from", `file:${key}`, "--json"];
    const run = async (...args: readonly string[]): Promise<void> => {
      const { exitCode, stderr } = await runTrellis(["reserves", ...args, ...client]);
      expect(exitCode, stderr).toBe(0);
    };
    await run("import", entries!, "--assets", "ETH:18");
    return {
      async changeKey(label: string) {
        await configure(label);
        process.kill(reserves.pid, "SIGHUP");
      },
      async anchor(snapshot: number): Promise<{ readonly from: string; readonly to: string | null }> {
        await run("snapshot");
        const anchored = async () => {
          const headers = { authorization: `Bearer ${adminKey}` };
          const answer = await fetch(`${url}/v1/snapshots/${snapshot}`, { headers });
          return ((await answer.json()) as { anchor: { transactionHash: string } | null }).anchor;
        };
        await eventually(async () => (await anchored()) !== null, WAIT_MS);
        const { transactionHash } = (await anchored())!;
        const body = { jsonrpc: "2.0", id: 1, method: "eth_getTransactionByHash", params: [transactionHash] };
        const headers = { "content-type": "application/json" };
        const answer = await fetch(devnet.rpcUrl, { method: "POST", headers, body: JSON.stringify(body) });
        const { from, to } = ((await answer.json()) as { result: { from: string; to: string | null } })
          .result;
        return { from, to };
      },
    };
  }
});
