import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "@trellis/base";
import {
  type CallSigner,
  createAgreedClient,
  createRpcChainClient,
  createSender,
  openRpcEndpoint,
  unsignedBytes,
  withSignature,
} from "@trellis/client";
import { createLocalSigner, type Signer } from "@trellis/crypto";
import { platformErrors } from "@trellis/platform";
import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import { type KeyHolder, openAccountKey, openKeyUri } from "@trellis/platform/keys";
import { readSecret, secretsErrors, withoutPrompt } from "@trellis/platform/secrets";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { type Anchoring, createAnchoring, openAnchorStore } from "../anchoring/index.ts";
import type { TreeHead } from "../log/index.ts";
import type { Snapshots } from "../snapshots/index.ts";
import type { Anchors } from "./openPublisher.ts";
import type { RemoteKeys } from "./openRemoteKeys.ts";
import type { ReservesServiceSettings } from "./settings.ts";

export interface ServiceAnchors extends Anchors {
  /** Also queues earlier records that have no anchor. */
  request(snapshotNumber: number, ports: RequestPorts): Promise<void>;
  /** Runs for up to a minute. */
  advance(signal: AbortSignal): Promise<number>;
}

interface RequestPorts {
  readonly snapshots: Pick<Snapshots, "record">;
  /** First signed head that includes the record, so that log sizes grow. [ANCHOR-4] */
  readonly headOf: (snapshotNumber: number) => Promise<Pick<TreeHead, "size" | "root">>;
}

/** 1,000 gwei per gas. */
const FEE_LIMIT_WEI = 10n ** 12n;
const REPLACE_AFTER_MS = 120_000;
const PAUSE_MS = 1_000;
const LOOKS_MAX = 50;

export function requireAnchoring(settings: ReservesServiceSettings): void {
  const { anchorRpcFrom, anchorChain, anchorKeyFrom, anchorHolder, anchorConfirmations, signer } = settings;
  const isAtSigner = signer !== "" && anchorKeyFrom === "";
  const needed = {
    "--anchor-rpc-from": anchorRpcFrom !== "",
    "--anchor-chain": anchorChain !== 0,
    ...(anchorHolder !== "" && { "--anchor-holder": true }),
    ...(anchorHolder === "" && !isAtSigner && { "--anchor-key-from": anchorKeyFrom !== "" }),
  };
  const names = (isGiven: boolean): string[] =>
    Object.entries(needed).flatMap(([name, given]) => (given === isGiven ? [name] : []));
  const given = [...names(true), ...(anchorConfirmations === 0 ? [] : ["--anchor-confirmations"])];
  const missing = names(false);
  if (given.length === 0 || missing.length === 0) return;
  throw platformErrors.CONFIG_INVALID_VALUE({
    reason: "anchoring settings incomplete",
    given: given.join(", "),
    missing: missing.join(", "),
  });
}

interface AnchorPorts {
  readonly database: Database;
  /** Takes precedence over the settings' key. */
  readonly remote?: Pick<RemoteKeys, "readAnchor"> | undefined;
  readonly live?: Pick<LiveSettings<ReservesServiceSettings>, "onReload"> | undefined;
}

interface AnchorKey {
  readonly signer: Signer | CallSigner;
  readonly holder?: KeyHolder | undefined;
}

interface AnchorAccount {
  readonly address: string;
  readonly anchoring: Anchoring;
}

/** Undefined without nodes. A majority of nodes must agree. */
export async function openAnchors(
  settings: ReservesServiceSettings,
  { database, remote, live }: AnchorPorts,
  io: ServiceIo,
): Promise<ServiceAnchors | undefined> {
  const { anchorRpcFrom, anchorChain: chainId, anchorConfirmations } = settings;
  if (anchorRpcFrom === "") return undefined;
  const urls = (await readSecret(anchorRpcFrom, "Addresses of nodes", io)).split(",");
  const clients = urls.map((url, index) => {
    const name = `anchor-${index + 1}`;
    const endpoint = openRpcEndpoint({ name, url: url.trim() }, { metrics: io.metrics });
    return createRpcChainClient(name, chainId, endpoint);
  });
  const quorum = Math.floor(clients.length / 2) + 1;
  const client =
    clients.length === 1 ? clients[0]! : createAgreedClient(clients, quorum, { scheduler: systemScheduler });
  const rule = anchorConfirmations === 0 ? "finalized" : { confirmations: anchorConfirmations };
  const log = io.log.child("anchoring");
  const openAccount = async ({ signer }: AnchorKey): Promise<AnchorAccount> => {
    const sender = createSender({ chainId, feeLimitWei: FEE_LIMIT_WEI }, { client, signer });
    const store = await openAnchorStore(database, `${chainId}/${sender.address}`);
    const anchoring = createAnchoring(
      { rule, replaceAfterMs: REPLACE_AFTER_MS },
      { client, sender, store, clock: systemClock, log, metrics: io.metrics, tracing: io.tracing },
    );
    return { address: sender.address, anchoring };
  };
  const accounts = await openAccounts(settings, openAccount, { remote, live, log }, io);

  return {
    async of(number) {
      for (const { anchoring } of accounts()) {
        const anchor = await anchoring.find(number);
        if (anchor?.state !== "final" || anchor.inclusion === undefined) continue;
        const { transactionHash, block } = anchor.inclusion;
        return { chainId, transactionHash, blockNumber: block.height };
      }
      return undefined;
    },
    request: (number, ports) => requestAll(number, accounts()[0].anchoring, ports),
    async advance(signal) {
      const failed = new Set<AnchorAccount>();
      for (let look = 1; ; look += 1) {
        const [newest, ...former] = accounts();
        const formerCount = await advanceFormer(former, failed, { signal, log });
        const openCount = formerCount + (await newest.anchoring.advance(signal));
        if (openCount === 0 || look === LOOKS_MAX) return openCount;
        await delay(PAUSE_MS, undefined, { signal });
      }
    },
  };
}

/** Newest first. [ANCHOR-8] */
type AnchorAccounts = readonly [AnchorAccount, ...AnchorAccount[]];

async function openAccounts(
  settings: ReservesServiceSettings,
  openAccount: (key: AnchorKey) => Promise<AnchorAccount>,
  { remote, live, log }: Omit<AnchorPorts, "database"> & { readonly log: Log },
  io: ServiceIo,
): Promise<() => AnchorAccounts> {
  const held = await remote?.readAnchor();
  const first: AnchorKey = held === undefined ? await openKey(settings, io) : { signer: held };
  const holders = new Set([first.holder]);
  await io.lifecycle.start(
    "anchor keys",
    () => holders,
    async (opened) => void (await Promise.all([...opened].map((holder) => holder?.close()))),
  );
  let accounts: AnchorAccounts = [await openAccount(first)];
  live?.onReload(async (latest) => {
    const key = await readAgain(latest, { remote, log }, withoutPrompt(io));
    if (key === undefined) return () => undefined;
    holders.add(key.holder);
    const next = await openAccount(key);
    return () => {
      const [{ address: from }] = accounts;
      if (next.address === from) {
        holders.delete(key.holder);
        return void key.holder?.close().catch((error: unknown) => {
          log.warn("anchorHolder.notClosed", { error: error instanceof Error ? error : String(error) });
        });
      }
      log.info("anchorAccount.changed", { from, to: next.address });
      accounts = [next, ...accounts.filter(({ address }) => address !== next.address)];
    };
  }, "signal");
  return () => accounts;
}

/** Tolerates errors: a former account's key may be withdrawn, or its coins spent. */
async function advanceFormer(
  accounts: readonly AnchorAccount[],
  failed: Set<AnchorAccount>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<number> {
  let openCount = 0;
  for (const account of accounts) {
    if (failed.has(account)) continue;
    try {
      openCount += await account.anchoring.advance(signal);
    } catch (error) {
      signal.throwIfAborted();
      failed.add(account);
      log.warn("anchorAccount.failed", { address: account.address, error: error as Error });
    }
  }
  return openCount;
}

/** Undefined if the signer does not answer or has no key. */
async function readAgain(
  settings: ReservesServiceSettings,
  { remote, log }: Pick<AnchorPorts, "remote"> & { readonly log: Log },
  io: ServiceIo,
): Promise<AnchorKey | undefined> {
  const { anchorHolder, anchorKeyFrom } = settings;
  try {
    const signer = await remote?.readAnchor();
    if (signer !== undefined) return { signer };
    if (anchorHolder !== "") return await openHeldKey(anchorHolder, io);
  } catch (error) {
    log.warn("anchorAccount.kept", { error: error as Error });
    return undefined;
  }
  if (anchorKeyFrom !== "") return { signer: await readSigner(anchorKeyFrom, io) };
  log.warn("anchorAccount.kept", { reason: "neither the signer nor the settings have a key" });
  return undefined;
}

async function openKey(
  { anchorKeyFrom, anchorHolder }: ReservesServiceSettings,
  io: ServiceIo,
): Promise<AnchorKey> {
  if (anchorHolder !== "") return openHeldKey(anchorHolder, io);
  return { signer: await readSigner(anchorKeyFrom, io) };
}

async function openHeldKey(uri: string, io: ServiceIo): Promise<AnchorKey> {
  const { holder, id } = await openKeyUri(uri, "anchor", io);
  try {
    const { address, sign } = await openAccountKey(holder, id);
    const signCall: CallSigner["signCall"] = async (call) =>
      withSignature(call, await sign(unsignedBytes(call)));
    return { signer: { address, signCall }, holder };
  } catch (error) {
    await holder.close();
    throw error;
  }
}

async function readSigner(anchorKeyFrom: string, io: ServiceIo): Promise<Signer> {
  const text = await readSecret(anchorKeyFrom, "Private key of the anchoring account", io);
  return createLocalSigner(privateKeyOf(text));
}

export async function requestAll(
  number: number,
  anchoring: Pick<Anchoring, "find" | "request">,
  { snapshots, headOf }: RequestPorts,
): Promise<void> {
  let known = number;
  while (known > 0 && (await anchoring.find(known)) === undefined) known -= 1;
  for (let next = known + 1; next <= number; next += 1)
    await anchoring.request(await snapshots.record(next), await headOf(next));
}

/** The error must not contain the secret text. */
function privateKeyOf(text: string): Uint8Array {
  const [, digits] = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text.trim()) ?? [];
  if (digits === undefined)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: text.trim().length });
  return new Uint8Array(Buffer.from(digits, "hex"));
}
