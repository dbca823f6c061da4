import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createRpcChainClient, openRpcEndpoint } from "@trellis/client";
import { readAddress } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import { assetsErrors, type ContractWallets } from "../assets/index.ts";
import type { PriceSet } from "../attestation/index.ts";
import {
  createEvmReserveChain,
  createPriceSet,
  createStatedChain,
  type PlannedChain,
  parseReservesPlan,
  type ReserveChain,
  type ReservesPlan,
} from "../readings/index.ts";
import { reservesErrors } from "./errors.ts";

export interface ReserveChains {
  readonly plan: ReservesPlan;
  readonly chains: ReadonlyMap<string, ReserveChain>;
  readonly wallets: ContractWallets;
  heights(): Promise<Record<string, number>>;
  prices(assets: readonly string[]): Promise<PriceSet>;
}

const TIMEOUT_MS = 10_000;

/** @param file absolute path; if empty, returns undefined */
export async function openReserveChains(file: string, io: ServiceIo): Promise<ReserveChains | undefined> {
  if (file === "") return undefined;
  const read = sourceReader(dirname(file));
  const plan = parseReservesPlan(await read(`file:${file}`));
  const opened = await Promise.all(plan.chains.map((planned) => openChain(planned, read, io)));
  const chains = new Map(opened.map((chain) => [chain.chain as string, chain]));
  return {
    plan,
    chains,
    wallets: {
      async isValidSignature(question) {
        const { wallets } = chains.get(`eip155:${question.chainId}`) ?? {};
        if (wallets === undefined)
          throw assetsErrors.OWNERSHIP_SIGNATURE_INVALID({
            reason: "the method does not match the address's chain",
            method: "eip1271",
            chainId: question.chainId,
            nodes: 0,
          });
        return wallets.isValidSignature(question);
      },
    },
    async heights() {
      const heights = opened.map(async (one) => [one.chain, await one.height()] as const);
      return Object.fromEntries(await Promise.all(heights));
    },
    async prices(assets) {
      const quotes = plan.prices.map(async ({ name, from }) => ({ name, text: await read(from) }));
      return createPriceSet(plan.quote, assets, await Promise.all(quotes));
    },
  };
}

type SourceReader = (from: string, height?: number) => Promise<string>;

async function openChain(planned: PlannedChain, read: SourceReader, io: ServiceIo): Promise<ReserveChain> {
  if ("statement" in planned) {
    const { by, from } = planned.statement;
    return createStatedChain(planned.chain, by, (height) => read(from, height));
  }
  const chainId = Number(planned.chain.slice("eip155:".length));
  const clients = await Promise.all(
    planned.nodes.map(async (place, index) => {
      const name = `reserves-${chainId}-${index + 1}`;
      const url = await readAddress(place, "Address of a node", io);
      return createRpcChainClient(name, chainId, openRpcEndpoint({ name, url }, { metrics: io.metrics }));
    }),
  );
  const { confirmations } = planned;
  return createEvmReserveChain(
    { chainId, rule: confirmations === 0 ? "finalized" : { confirmations } },
    clients,
    { scheduler: systemScheduler },
  );
}

/** `file:PATH`, relative to the plan, or `http(s)://…` with the height as query parameter. */
function sourceReader(folder: string): SourceReader {
  return async (from, height) => {
    try {
      if (from.startsWith("file:")) return readFileSync(resolve(folder, from.slice("file:".length)), "utf8");
      const url = new URL(from);
      if (height !== undefined) url.searchParams.set("height", String(height));
      const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) throw reservesErrors.RESERVES_SOURCE_UNREADABLE({ status: response.status });
      return await response.text();
    } catch (cause) {
      // Reports only the host: a URL may contain credentials.
      const place = URL.canParse(from) && !from.startsWith("file:") ? new URL(from).host : from;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw reservesErrors.RESERVES_SOURCE_UNREADABLE({ place, reason }, cause);
    }
  };
}
