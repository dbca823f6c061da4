import type { DevnetClient } from "./DevnetClient.ts";
import { LOADED_ASSET, LOADED_CUSTOMER, RECIPIENT } from "./DrillLoad.ts";
import type { Facts, Position } from "./facts.ts";

interface Certificate {
  readonly height: number;
  readonly round: number;
  readonly step: string;
  readonly value: string;
  readonly signers: readonly number[];
}

const QUORUM = "quorum";
/** Untouched by the load. */
const CUSTOMERS = ["customer-0001", "customer-0007", "customer-1000"];

export async function finalHeight(client: DevnetClient, url?: string): Promise<number> {
  const { finalized } = await client.rpc<{ readonly finalized: { readonly height: number } }>(
    "trellis_getFinality",
    [],
    url,
  );
  return finalized.height;
}

export async function certificates(client: DevnetClient, url?: string): Promise<Certificate[]> {
  const found: Certificate[] = [];
  for (let height = await finalHeight(client, url); height > 0; height -= 1) {
    const asked = [`0x${height.toString(16)}`];
    const certificate = await client.rpc<Certificate | null>("trellis_getCertificate", asked, url);
    if (certificate !== null) found.unshift(certificate);
  }
  return found;
}

/** Those of all nodes. */
export async function certifiedPositions(client: DevnetClient): Promise<Position[]> {
  const all = await Promise.all(client.rpcUrls.map((url) => certificates(client, url)));
  return all.flat().map(({ height, round, step, value }) => ({ signer: QUORUM, height, round, step, value }));
}

/** Certificate, state root and balance at each checkpoint up to a height. */
export async function chainFacts(client: DevnetClient, heightMax: number): Promise<Facts> {
  const facts = new Map<string, string>();
  for (const certificate of await certificates(client)) {
    const { height, value } = certificate;
    if (height > heightMax) continue;
    const [block, balance] = await Promise.all([
      client.rpc<{ readonly stateRoot: string }>("eth_getBlockByHash", [value, false]),
      client.rpc<string>("eth_getBalance", [RECIPIENT, { blockHash: value }]),
    ]);
    facts.set(`certificate ${height}`, JSON.stringify(certificate));
    facts.set(`state root at checkpoint ${height}`, block.stateRoot);
    facts.set(`balance at checkpoint ${height}`, balance);
  }
  return facts;
}

/** Snapshots, attestations and the log's heads. */
export async function reservesFacts(client: DevnetClient): Promise<Facts> {
  const facts = new Map<string, string>();
  const snapshots = await client.all<{ readonly number: number }>((query) =>
    client.reserves(`/snapshots${query}`),
  );
  for (const { number } of snapshots) {
    const { record } = await client.reserves<{ readonly record: object }>(`/snapshots/${number}`);
    facts.set(`snapshot ${number}`, JSON.stringify(record));
  }
  const attestations = await client.all<{ readonly id: string }>((query) =>
    client.reserves(`/attestations${query}`),
  );
  for (const attestation of attestations)
    facts.set(`attestation ${attestation.id}`, JSON.stringify(attestation));
  const { size, root } = await client.reserves<{ readonly size: number; readonly root: string }>("/log/head");
  facts.set(`log head of size ${size}`, root);
  return facts;
}

export async function balanceFacts(client: DevnetClient): Promise<Facts> {
  const facts = new Map<string, string>();
  for (const customer of CUSTOMERS) {
    const { balances } = await client.reserves<{ readonly balances: object }>(
      `/customers/${customer}/balances`,
    );
    facts.set(`balances of ${customer}`, JSON.stringify(balances));
  }
  for (const { key, position, sequence, balance } of await loadedEntries(client))
    facts.set(`entry ${key}`, `position ${position}, sequence ${sequence}, balance ${balance}`);
  return facts;
}

interface Entry {
  readonly key: string;
  readonly position: string;
  readonly sequence: string;
  readonly balance: string;
}

export function loadedEntries(client: DevnetClient): Promise<Entry[]> {
  const path = `/customers/${LOADED_CUSTOMER}/assets/${LOADED_ASSET}/entries`;
  return client.all<Entry>((query) => client.reserves(`${path}${query}`));
}

interface Opportunity {
  readonly id: string;
  readonly block: object;
  readonly pools: object;
  readonly amountIn: string;
  readonly expectedProfit: string;
  readonly foundAtMs: number;
  readonly execution: { readonly wallet: string; readonly nonce: number } | null;
}

/** Trades of the arbitrage ledger, with wallet and nonce once they are open. Outcomes change, so are no facts. */
export async function tradeFacts(client: DevnetClient): Promise<Facts> {
  const facts = new Map<string, string>();
  const found = await client.all<Opportunity>((query) => client.arbitrage(`/opportunities${query}`));
  for (const { id, block, pools, amountIn, expectedProfit, foundAtMs, execution } of found) {
    facts.set(`trade ${id}`, JSON.stringify({ block, pools, amountIn, expectedProfit, foundAtMs }));
    if (execution !== null) facts.set(`nonce of trade ${id}`, `${execution.nonce} of ${execution.wallet}`);
  }
  return facts;
}
