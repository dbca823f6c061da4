import { bytesToHex } from "@trellis/base";
import { createLocalSigner, decryptKeystore, parseKeystore, type Signer } from "@trellis/crypto";
import { platformErrors } from "@trellis/platform";
import {
  createVaultTransit,
  type KeyHolder,
  openAccountKey,
  openKeyServiceHttp,
  openKeyUri,
  openVaultHolder,
  openWeb3SignerHolder,
  type VaultTransit,
} from "@trellis/platform/keys";
import { readSecret, secretsErrors } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import { createHeldKey, type WalletKey } from "../signer/index.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

const TIMEOUT_MS = 10_000;

/**
 * @throws CONFIG_INVALID_VALUE, SECRET_UNREADABLE, SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID, and the errors
 * of readSecret and decryptKeystore
 */
export async function openWalletKey(flags: ArbitrageServiceSettings, io: ProcessIo): Promise<WalletKey> {
  const { remoteSigner, walletKeyFrom, walletHolder, vault, wallet } = flags;
  if (walletHolder !== "") {
    const { holder, id } = await openKeyUri(walletHolder, "account", io);
    return openHeldKey(holder, id);
  }
  if (remoteSigner !== "") {
    if (wallet === "") throw platformErrors.CONFIG_INVALID_VALUE({ setting: "wallet", reason: "missing" });
    const holder = openWeb3SignerHolder({ url: remoteSigner }, openKeyServiceHttp(TIMEOUT_MS));
    return openHeldKey(holder, wallet.toLowerCase());
  }
  if (walletKeyFrom === "" && vault.key !== "")
    return openHeldKey(
      openVaultHolder(await openVault(vault, io), { keys: { [vault.key]: "account" } }),
      vault.key,
    );
  const signer = await readWalletKey(flags, io);
  return createHeldKey("this process", bytesToHex(signer.address), signer);
}

/** Without `owner`, another wallet would have another Arbitrageur. @throws CONFIG_INVALID_VALUE */
export function requireOwner({ owner }: Pick<ArbitrageServiceSettings, "owner">): void {
  if (owner === "")
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "owner",
      reason: "a wallet changes only with an owner",
    });
}

async function openHeldKey(holder: KeyHolder, id: string): Promise<WalletKey> {
  const close = () => holder.close();
  try {
    return { ...(await openAccountKey(holder, id)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Accepts hex digits, a keystore with password, or Vault ciphertext. */
export async function readWalletKey(flags: ArbitrageServiceSettings, io: ProcessIo): Promise<Signer> {
  const { walletKeyFrom: keyFrom, walletPasswordFrom: passwordFrom } = flags;
  if (keyFrom === "")
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "walletKeyFrom", reason: "missing" });
  return readHeldKey({ keyFrom, passwordFrom, owner: "the wallet" }, flags.vault, io);
}

interface HeldKeyPlaces {
  readonly keyFrom: string;
  readonly passwordFrom: string;
  /** For prompts, such as "the wallet". */
  readonly owner: string;
}

export async function readHeldKey(
  { keyFrom, passwordFrom, owner }: HeldKeyPlaces,
  vault: VaultSetting,
  io: ProcessIo,
): Promise<Signer> {
  const text = (await readSecret(keyFrom, `Key of ${owner}`, io)).trim();
  if (text.startsWith("{"))
    return held(
      await decryptKeystore(parseKeystore(text), await readSecret(passwordFrom, `Password of ${owner}`, io)),
    );
  if (text.startsWith("vault:"))
    return held(keyBytes(await (await openVault(vault, io)).decrypt(vault.key, text)));
  return held(keyBytes(Buffer.from(text)));
}

function held(key: Uint8Array): Signer {
  const signer = createLocalSigner(key);
  key.fill(0);
  return signer;
}

function keyBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 32) return bytes.slice();
  const digits = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(Buffer.from(bytes).toString("latin1").trim())?.[1];
  if (digits === undefined)
    throw secretsErrors.SECRET_UNREADABLE({ reason: "invalid private key", length: bytes.length });
  return new Uint8Array(Buffer.from(digits, "hex"));
}

type VaultSetting = ArbitrageServiceSettings["vault"];

async function openVault({ tokenFrom, ...place }: VaultSetting, io: ProcessIo): Promise<VaultTransit> {
  for (const member of ["url", "key"] as const)
    if (place[member] === "")
      throw platformErrors.CONFIG_INVALID_VALUE({ setting: `vault.${member}`, reason: "missing" });
  const token = (await readSecret(tokenFrom, "Token of the Vault", io)).trim();
  const { url, mount } = place;
  return createVaultTransit({ url, mount, token }, openKeyServiceHttp(TIMEOUT_MS));
}
