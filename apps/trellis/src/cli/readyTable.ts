import type { ReadyFacts } from "./readyLine.ts";

export interface ReadyAccount {
  readonly address: string;
  readonly privateKey: string;
  readonly balance: bigint;
}

export interface ReadyDevnet extends ReadyFacts {
  readonly blockTime: "instant" | number;
  readonly mnemonic: string;
  readonly accounts: readonly ReadyAccount[];
}

const WEI_PER_COIN = 10n ** 18n;
/** More rows would scroll the addresses off the screen. */
const ACCOUNTS_SHOWN_MAX = 20;

export function readyTable(devnet: ReadyDevnet): string {
  const shown = devnet.accounts.slice(0, ACCOUNTS_SHOWN_MAX);
  const hidden = devnet.accounts.length - shown.length;
  const indexWidth = String(shown.length - 1).length;
  const numbered = (index: number): string => `  ${String(index).padStart(indexWidth)}  `;
  const balances = shown.map(({ balance }) => coins(balance));
  const balanceWidth = Math.max(0, ...balances.map((text) => text.length));
  const lines = [
    "",
    "  Trellis devnet is ready",
    "",
    ...facts(devnet).map(([name, value]) => `  ${name.padEnd(11)}${value}`),
    "",
    "  Accounts",
    ...shown.map(
      ({ address }, index) => `${numbered(index)}${address}  ${balances[index]!.padStart(balanceWidth)}`,
    ),
    "",
    "  Private keys",
    ...shown.map(({ privateKey }, index) => `${numbered(index)}${privateKey}`),
    ...(hidden > 0 ? [`  and ${hidden} more from the same mnemonic`] : []),
    "",
    `  Mnemonic   ${devnet.mnemonic}`,
    "",
    "  These keys are public. Funds sent to them on a public network are lost.",
    ...reservesRows(devnet),
    ...arbitrageRows(devnet),
    "",
    "  Next",
    `    cast block-number --rpc-url ${devnet.rpc}`,
    `    curl ${devnet.http}/ready`,
    `    point a wallet at ${devnet.rpc} with chain id ${devnet.chainId}`,
    "    Ctrl-C stops it; the next start resumes from here",
    "",
  ];
  if (devnet.dataDir === null) lines.splice(-2, 1, "    Ctrl-C stops it, and the chain is forgotten");
  return `${lines.join("\n")}\n`;
}

function facts(devnet: ReadyDevnet): [string, string][] {
  return [
    ["RPC", devnet.rpc],
    ["WebSocket", devnet.ws],
    ["Service", `${devnet.http}  (web console, /health, /ready, /metrics)`],
    ["Chain id", String(devnet.chainId)],
    ...shardRows(devnet),
    ["Blocks", blocksText(devnet)],
    ...nodeRows(devnet),
    ["Data", devnet.dataDir ?? "in memory only"],
  ];
}

function reservesRows({ reserves }: ReadyDevnet): string[] {
  if (reserves === undefined) return [];
  const { url, adminKey, customer, customerKey } = reserves;
  const proof = `${url}/customers/${customer}/snapshots/1/proof`;
  return [
    "",
    "  Proof of reserves: a demo custodian with 1,000 customers and 5 assets, for everyone to try",
    `  API        ${url}  (for people: ${url}/docs)`,
    `  Admin      ${adminKey}`,
    `  Customer   ${customerKey}  (${customer})`,
    `    curl -H "authorization: Bearer ${customerKey}" ${proof} > proof.json`,
    `    npm run trellis -- reserves verify proof.json --customer ${customer} --url ${new URL(url).origin}`,
  ];
}

function arbitrageRows({ arbitrage }: ReadyDevnet): string[] {
  if (arbitrage === undefined) return [];
  const { mode, url, adminKey, settingsFile } = arbitrage;
  const what = {
    paper: "price gaps are recorded, not traded; --arbitrage live trades them if the settings permit it",
    live: "price gaps are closed by flash swaps",
    market: "no service closes price gaps",
  }[mode];
  return [
    "",
    `  Arbitrage: a demo market with 10 pools and a random trader, where ${what}`,
    ...(url === null
      ? []
      : [`  API        ${url}  (for people: ${url}/docs), with the admin's key ${adminKey}`]),
    `    npm run trellis -- arbitrage scan --config ${settingsFile}`,
  ];
}

/** `blockTime` applies to all nodes together, and can be fractional. */
function blocksText({ blockTime }: ReadyDevnet): string {
  return blockTime === "instant"
    ? "one per transaction, otherwise an empty one every 3 s"
    : `every ${Math.round(blockTime)} ms`;
}

function shardRows({ shards = [] }: ReadyDevnet): [string, string][] {
  return shards.map(({ shard, rpc, chainId }) => [`Shard ${shard}`, `${rpc}  (chain id ${chainId})`]);
}

function nodeRows({ nodes, p2p }: ReadyDevnet): [string, string][] {
  if (nodes === undefined) return [];
  return [
    ["Network", p2p?.addresses[0] ?? ""],
    ...nodes.map(({ rpc, http }, index): [string, string] => [`Node ${index + 2}`, `${rpc}  ${http}`]),
  ];
}

function coins(wei: bigint): string {
  const whole = (wei / WEI_PER_COIN).toString().replaceAll(/\B(?=(\d{3})+$)/g, ",");
  const fraction = (wei % WEI_PER_COIN).toString().padStart(18, "0").replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
