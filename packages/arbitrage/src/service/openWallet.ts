import { type Hex, isTrellisError } from "@trellis/base";
import { type CallSigner, createCallSigner } from "@trellis/client";
import { platformErrors } from "@trellis/platform";
import type { LiveSettings } from "@trellis/platform/config";
import { signerErrors } from "@trellis/platform/keys";
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
  readonly signer: SignerClient | undefined;
}

const TIMEOUT_MS = 10_000;
/** Devnets, whose keys are public. */
const DEVELOPMENT_CHAINS: ReadonlySet<number> = new Set([31_337, 31_338]);

export interface WalletSource {
  /** @throws SIGNER_UNREACHABLE, SIGNER_UNAUTHENTICATED, SIGNER_SETUP_INVALID, and errors of reading a key */
  current(flags: ArbitrageServiceSettings): Promise<Wallet>;
  former(address: Hex): Promise<Wallet>;
}

/**
 * If an address is configured, the signer may start later.
 * @throws CONFIG_INVALID_VALUE, and errors of reading the signer's secret
 */
export async function openWallets(
  flags: ArbitrageServiceSettings,
  io: ProcessIo,
  live?: Pick<LiveSettings<ArbitrageServiceSettings>, "onReload">,
): Promise<WalletSource | undefined> {
  const { live: isLive, signer, chain, walletKeyFrom } = flags;
  const isDevelopment = DEVELOPMENT_CHAINS.has(chain);
  if (!isLive && signer === "" && !(isDevelopment && walletKeyFrom !== "")) return undefined;
  if (signer === "") {
    if (!isDevelopment)
      throw platformErrors.CONFIG_INVALID_VALUE({
        setting: "walletKeyFrom",
        reason:
          "only a devnet's engine has a key: run `trellis arbitrage signer`, and pass its address with --signer",
        chain,
      });
    return {
      current: async (latest) => ({
        calls: createCallSigner(await readWalletKey(latest, io)),
        signer: undefined,
      }),
      former: async (address) => refusingWallet(address),
    };
  }
  if (signer.startsWith("file:")) return signedWallets(signer.slice("file:".length));
  const secrets = await followSignerSecrets(flags, live, io);
  const connect = signerConnector(parseSignerAddress(signer), TIMEOUT_MS);
  const open = async (address: Hex): Promise<Wallet> => {
    const client = createSignerClient(address, secrets, connect);
    return { calls: client, signer: client };
  };
  return {
    current: async ({ wallet }) =>
      open(wallet === "" ? await walletOfSigner(secrets(), connect) : (wallet.toLowerCase() as Hex)),
    former: open,
  };
}

/** @throws errors of openWallets and WalletSource.current */
export async function openWallet(
  flags: ArbitrageServiceSettings,
  io: ProcessIo,
): Promise<Wallet | undefined> {
  return (await openWallets(flags, io))?.current(flags);
}

function signedWallets(path: string): WalletSource {
  const open = async (wallet: string): Promise<Wallet> => {
    const client = await createSignedWallet(openRemoteSigner(path, systemRandom), wallet.toLowerCase());
    return { calls: client, signer: client };
  };
  return {
    current: ({ wallet }) => open(wallet),
    former: (address) =>
      open(address).catch((error: unknown) => {
        if (isTrellisError(error)) return refusingWallet(address);
        throw error;
      }),
  };
}

/** Without a key: transactions are followed, but cannot be replaced. */
export function refusingWallet(address: Hex): Wallet {
  const signCall = async (): Promise<never> => {
    throw signerErrors.SIGNER_REFUSED({ rule: "wallet", wallet: address });
  };
  return { calls: { address, signCall }, signer: undefined };
}
