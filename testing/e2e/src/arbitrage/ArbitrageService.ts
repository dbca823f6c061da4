import { readFile, writeFile } from "node:fs/promises";
import type { Hex } from "@trellis/base";
import { arbitrageurAddress } from "@trellis/contracts/arbitrage";
import { formatApiKey } from "@trellis/platform/auth";
import { expect } from "vitest";
import { type Devnet, type ExitResult, startTrellis } from "../startDevnet.ts";

interface Ready {
  readonly url: string;
  readonly adminKey: string | null;
  readonly isLive: boolean;
}

export interface Execution {
  readonly block: { readonly height: number } | null;
  readonly transactionHash: `0x${string}` | null;
  readonly gasUsed: string | null;
  readonly profit: string | null;
}

export interface Opportunity {
  readonly id: string;
  readonly block: { readonly height: number; readonly hash: string };
  readonly pools: readonly string[];
  readonly hops: readonly { readonly kind: string; readonly pool: string }[];
  readonly amountIn: string;
  readonly expectedProfit: string;
  readonly outcome: "refused" | "recorded" | "open" | "executed" | "reverted" | "expired";
  readonly decisions: readonly {
    readonly stage: string;
    readonly isGo: boolean;
    readonly code: string;
    readonly reason: string;
  }[];
  readonly execution: Execution | null;
}

export interface Status {
  readonly isLive: boolean;
  readonly head: { readonly height: number; readonly hash: string } | null;
  readonly poolCount: number;
  readonly stalePoolCount: number;
  readonly excludedTokens: readonly { readonly token: string; readonly reason: string }[];
  readonly bookDifferences: readonly object[] | null;
}

interface RiskFacts {
  readonly failuresInARow: number;
  readonly reservedCount: number;
  readonly killed: { readonly reason: string } | null;
}

export class ArbitrageApi {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async get<T>(path: string): Promise<T> {
    return this.#ask(path, {});
  }

  async post<T>(path: string, body: object): Promise<T> {
    return this.#ask(path, { method: "POST", body: JSON.stringify(body) });
  }

  status = (): Promise<Status> => this.get("/status");
  risk = (): Promise<RiskFacts> => this.get("/risk");
  opportunities = (outcome?: Opportunity["outcome"]): Promise<readonly Opportunity[]> =>
    this.#list("opportunities", outcome);
  executions = (outcome?: Opportunity["outcome"]): Promise<readonly Opportunity[]> =>
    this.#list("executions", outcome);

  async #list(name: string, outcome?: string): Promise<readonly Opportunity[]> {
    const chosen = outcome === undefined ? "" : `&outcome=${outcome}`;
    return (await this.get<{ items: Opportunity[] }>(`/${name}?limit=200${chosen}`)).items;
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    const headers = { authorization: `Bearer ${this.#key}`, "content-type": "application/json" };
    const response = await fetch(this.#url + path, { ...init, headers });
    expect(response.status, `${path}: ${await response.clone().text()}`).toBe(200);
    return response.json() as Promise<T>;
  }
}

interface ServiceOptions {
  readonly dataDir: string;
  readonly settings: object;
}

export interface ArbitrageService {
  readonly api: ArbitrageApi;
  readonly pid: number;
  stop(): Promise<ExitResult>;
  kill(): Promise<ExitResult>;
}

export async function startService(options: ServiceOptions): Promise<ArbitrageService> {
  const { dataDir, settings } = options;
  const file = async (name: string, text: string): Promise<string> => {
    const path = `${dataDir}-${name}`;
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const adminKeyFrom = `file:${await file("admin-key", ADMIN_KEY)}`;
  const section = { ...settings, dataDir, port: 0, adminKeyFrom };
  const config = await file("settings.yaml", JSON.stringify({ arbitrage: section }));
  const flags = ["--config", config, "--json", "--live"];
  const { ready, pid, stop, kill } = await startTrellis<Ready>(["arbitrage", "serve", ...flags]);
  expect(ready.isLive).toBe(true);
  return { api: new ArbitrageApi(`${ready.url}/v1`, ADMIN_KEY), pid, stop, kill };
}

export async function marketSettings(settingsFile: string): Promise<Record<string, unknown>> {
  const { arbitrage } = JSON.parse(await readFile(settingsFile, "utf8")) as {
    arbitrage: Record<string, unknown>;
  };
  return arbitrage;
}

export interface BookedAccounts {
  readonly rpcUrl: string;
  readonly wallet: Hex;
  readonly owner: Hex;
  readonly arbitrageur: Hex;
  readonly token: Hex;
}

export async function marketAccounts({ rpcUrl, ready }: Devnet): Promise<BookedAccounts> {
  const { owner, wallet, profitTokens } = (await marketSettings(ready.arbitrage!.settingsFile)) as {
    readonly owner: Hex;
    readonly wallet: Hex;
    readonly profitTokens: readonly [{ readonly address: Hex }];
  };
  return { rpcUrl, wallet, owner, arbitrageur: arbitrageurAddress(owner), token: profitTokens[0].address };
}

export const ADMIN_KEY = formatApiKey({ id: "A".repeat(16), secret: "A".repeat(43) });
