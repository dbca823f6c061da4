import { setTimeout as delay } from "node:timers/promises";
import type { Hex } from "@trellis/base";
import { type ChainClient, createSender } from "@trellis/client";
import { RESERVES_REGISTRY_ADDRESS, reservesRegistryDeployment } from "@trellis/contracts/reserves";
import { createLocalSigner } from "@trellis/crypto";
import { CUSTODIAN_KEY } from "./demoCustodian.ts";
import { CONFIRMATIONS } from "./demoPlan.ts";
import { demoTokens } from "./demoTokens.ts";

const LOOK_MS = 200;
const FEE_LIMIT_WEI = 10n ** 12n;

export async function prepareChain(chainId: number, client: ChainClient, signal: AbortSignal): Promise<void> {
  const contracts = [
    { address: RESERVES_REGISTRY_ADDRESS, deployment: reservesRegistryDeployment },
    ...demoTokens(),
  ];
  const signer = createLocalSigner(CUSTODIAN_KEY);
  const sender = createSender({ chainId, feeLimitWei: FEE_LIMIT_WEI }, { client, signer });
  const head = await client.block("latest");
  const hashes: Hex[] = [];
  for (const { address, deployment } of contracts) {
    if (head !== undefined && (await client.code(address, head.hash)) !== "0x") continue;
    hashes.push((await sender.send(deployment)).hash);
  }
  for (const hash of hashes) await untilFinal(hash, client, signal);
}

async function untilFinal(hash: Hex, client: ChainClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    const receipt = await client.receipt(hash);
    const head = await client.block("latest");
    if (receipt !== undefined && head !== undefined && head.height >= receipt.block.height + CONFIRMATIONS)
      return;
    await delay(LOOK_MS, undefined, { signal });
  }
}
