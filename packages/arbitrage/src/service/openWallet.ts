import type { Hex } from "@trellis/base";
import { type CallSigner, createCallSigner } from "@trellis/client";
import { platformErrors } from "@trellis/platform";
import type { LiveSettings } from "@trellis/platform/config";
import type { ProcessIo } from "@trellis/platform/service";
import { openRemoteSigner } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import {
  createSignerClient,
  parseSignerAddress,
  type SignerClient,
  signerConnector,
  walletOfSigner,
} from "../signer/index.ts";
import { readWalletKey } from "./openWalletKey.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";
import { createSignedWallet } from "./signedWallet.ts";
import { followSignerSecrets } from "./signerSecret.ts";

export interface Wallet {
  readonly calls: CallSigner;
  /** Undefined for a devnet key. */
  readonly signer: SignerClient | undefined;
}

const TIMEOUT_MS = 10_000;
/** Keys of these devnets are public, so the engine may keep them. */
const DEVELOPMENT_CHAINS: ReadonlySet<number> = new Set([31_337, 31_338]);

/**
 * Undefined in paper mode. If an address is configured, the signer may start later.
 * @throws CONFIG_INVALID_VALUE, SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, and the errors of reading a key
 */
export async function openWallet(
  flags: ArbitrageServiceSettings,
  io: ProcessIo,
  live?: Pick<LiveSettings<ArbitrageServiceSettings>, "onReload">,
): Promise<Wallet | undefined> {
  const { live: isLive, signer, chain, wallet, walletKeyFrom } = flags;
  const isDevelopment = DEVELOPMENT_CHAINS.has(chain);
  if (!isLive && signer === "" && !(isDevelopment && walletKeyFrom !== "")) return undefined;
  if (signer === "") {
    if (!isDevelopment)
      throw platformErrors.CONFIG_INVALID_VALUE({
        setting: "walletKeyFrom",
        reason: "only a devnet's engine holds a key: run `trellis arbitrage signer`, and name it by --signer",
        chain,
      });
    return { calls: createCallSigner(await readWalletKey(flags, io)), signer: undefined };
  }
  if (signer.startsWith("file:")) return openSignedWallet(signer.slice("file:".length), wallet);
  const secrets = await followSignerSecrets(flags, live, io);
  const connect = signerConnector(parseSignerAddress(signer), TIMEOUT_MS);
  const address = wallet === "" ? await walletOfSigner(secrets(), connect) : (wallet.toLowerCase() as Hex);
  const client = createSignerClient(address, secrets, connect);
  return { calls: client, signer: client };
}

async function openSignedWallet(path: string, wallet: string): Promise<Wallet> {
  const client = await createSignedWallet(openRemoteSigner(path, systemRandom), wallet.toLowerCase());
  return { calls: client, signer: client };
}
