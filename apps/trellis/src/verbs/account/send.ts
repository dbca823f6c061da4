import type { Hex, Scheduler } from "@trellis/base";
import {
  type AccountClient,
  type Call,
  type ChainClient,
  clientErrors,
  openAccount,
  waitForFinality,
} from "@trellis/client/account";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { encodeFunctionData, erc20Abi, formatEther, isAddress, parseUnits } from "viem";
import { trellisErrors } from "../../errors.ts";
import { type Connection, connect } from "./connect.ts";
import { type OpenedKey, openKey } from "./openKey.ts";
import type { AccountSettings } from "./settings.ts";

export type ActionResult = Readonly<Record<string, string | number | boolean | null>>;

export const COIN_DECIMALS = 18;
const TOKEN_DECIMALS_MAX = 77;
const GWEI = 10n ** 9n;
const POLL_MS = 200;
const INCLUDED_MS_MAX = 120_000;
/** Longer than the timeout for inclusion, because finality may wait for votes. */
const FINAL_MS_MAX = 900_000;

/** Unlike services' timers, keeps the process alive. */
export const waiting: Scheduler = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export async function send(settings: AccountSettings, io: ProcessIo): Promise<ActionResult> {
  const [subject, to, amount] = settings.operands as [string, string, string];
  const connection = await connect(settings);
  const call = await callOf(settings, connection.client, { to: addressOf(to), amount });
  const opened = await openKey(settings, { subject, connection: async () => connection }, io);
  const account = accountOf(settings, opened, connection);
  const { address, keyId } = account;
  await requireValidKey(account);
  if (settings.raw) {
    const { hash, raw, nonce } = await account.prepare(call);
    return { account: address, transaction: hash, nonce, raw };
  }
  const { hash } = await account.send(call);
  return { account: address, keyId, ...(await includedResult(connection.client, hash, "included")) };
}

export function accountOf(
  settings: Pick<AccountSettings, "feeLimit">,
  { address, key }: OpenedKey,
  { client, chainId }: Connection,
): AccountClient {
  const feeLimitWei = BigInt(settings.feeLimit) * GWEI;
  return openAccount({ chainId, address, feeLimitWei }, { client, key, random: systemRandom });
}

/** Call before estimating gas, whose error would hide an invalid key. */
export async function requireValidKey(account: AccountClient): Promise<void> {
  const { isKeyValid, registeredKeyId } = await account.status();
  if (isKeyValid) return;
  throw clientErrors.ACCOUNT_KEY_NOT_VALID({
    account: account.address,
    keyId: account.keyId,
    registeredKeyId,
  });
}

export async function includedResult(
  client: ChainClient,
  hash: Hex,
  until: "included" | "final",
): Promise<ActionResult> {
  const rule = until === "final" ? "finalized" : { confirmations: 0 };
  const timeoutMs = until === "final" ? FINAL_MS_MAX : INCLUDED_MS_MAX;
  const { block, gasUsed, gasPriceWei } = await waitForFinality(
    client,
    hash,
    { rule, pollMs: POLL_MS, timeoutMs },
    { clock: systemClock, scheduler: waiting },
  );
  const feeCoins = gasPriceWei === undefined ? null : formatEther(gasUsed * gasPriceWei);
  return { transaction: hash, block: block.height, gasUsed: Number(gasUsed), feeCoins };
}

async function callOf(
  { token, data }: AccountSettings,
  client: ChainClient,
  { to, amount }: { readonly to: Hex; readonly amount: string },
): Promise<Call> {
  if (token === "") return { to, data: data as Hex, valueWei: unitsOf(amount, COIN_DECIMALS) };
  if (data !== "0x")
    throw trellisErrors.INPUT_INVALID({ what: "data", expected: "one of --token and --data" });
  const units = unitsOf(amount, await decimalsOf(client, token as Hex));
  const transfer = encodeFunctionData({ abi: erc20Abi, functionName: "transfer", args: [to, units] });
  return { to: token as Hex, data: transfer };
}

async function decimalsOf(client: ChainClient, token: Hex): Promise<number> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: "decimals" });
  const head = await client.block("latest");
  const answer = head === undefined ? undefined : await client.call(token, data, head.hash);
  const decimals = answer?.length === 66 ? BigInt(answer) : -1n;
  if (decimals >= 0n && decimals <= TOKEN_DECIMALS_MAX) return Number(decimals);
  throw trellisErrors.INPUT_INVALID({
    what: "token",
    got: token,
    expected: "an ERC-20 contract with decimals",
  });
}

export function unitsOf(amount: string, decimals: number): bigint {
  const [, fraction = ""] = /^\d{1,60}(?:\.(\d+))?$/.exec(amount) ?? [amount, "x".repeat(decimals + 1)];
  if (fraction.length <= decimals) return parseUnits(amount, decimals);
  const expected = `an amount such as 1 or 1.5, with at most ${decimals} decimals`;
  throw trellisErrors.INPUT_INVALID({ what: "amount", got: amount.slice(0, 80), expected });
}

/** Mixed case encodes a checksum (EIP-55). */
export function addressOf(text: string): Hex {
  const isOneCase = /^0x(?:[0-9a-f]{40}|[0-9A-F]{40})$/.test(text);
  if (isOneCase || isAddress(text)) return text.toLowerCase() as Hex;
  const expected = "an address: 0x and 40 hexadecimal digits, in one case or with a valid checksum";
  throw trellisErrors.INPUT_INVALID({ what: "address", got: text.slice(0, 80), expected });
}
