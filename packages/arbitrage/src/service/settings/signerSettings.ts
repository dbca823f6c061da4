import { matching, objectOf, type SettingsOf, wholeNumber } from "@trellis/platform/config";
import { reference } from "@trellis/platform/service/settings";

const url = matching(/^$|^https?:\/\/[^\s?#@]+$/, "an http:// or https:// address");

const vaultMembers = {
  url: {
    type: url,
    default: "",
    value: "URL",
    summary: "where the Vault is",
    formerly: "vaultUrl",
  },
  mount: {
    type: matching(
      /^[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-]{1,64}){0,7}$/,
      "a path without slashes at its ends",
    ),
    default: "transit",
    value: "PATH",
    summary: "where the transit engine is mounted",
    formerly: "vaultMount",
  },
  key: {
    type: matching(/^[A-Za-z0-9_.-]{0,128}$/, "a name"),
    default: "",
    value: "NAME",
    summary: "the transit engine's key: it decrypts --wallet-key-from, or signs when that is not given",
    formerly: "vaultKey",
  },
  tokenFrom: { ...reference("where Vault's token is"), formerly: "vaultTokenFrom" },
} as const;

const limitMembers = {
  rate: {
    type: wholeNumber(1, 100_000),
    default: 120,
    value: "N",
    summary: "requests that the signer takes in a minute, refused ones too",
    formerly: "signerRate",
  },
  dayCount: {
    type: wholeNumber(1, 10_000_000),
    default: 5_000,
    value: "N",
    summary: "transactions that the signer signs in a day",
    formerly: "signerDayCount",
  },
  dayMax: {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: "1000000000000000000",
    value: "WEI",
    summary: "what the transactions that the signer signs in a day may cost at most",
    formerly: "signerDayMax",
  },
} as const;

export const signerSettings = {
  signer: {
    type: matching(/^$|^unix:[^\0]+$|^(?:127\.0\.0\.1|\[::1\]):[0-9]{1,5}$/, "unix:PATH or 127.0.0.1:PORT"),
    default: "",
    value: "ADDRESS",
    summary: "where the signer is that holds the wallet's key: unix:PATH or 127.0.0.1:PORT",
  },
  signerSecretFrom: reference(
    "where the secret is that engine and signer share, 64 hexadecimal digits or more; the signer makes one when not given",
  ),
  walletKeyFrom: reference(
    "where the key is of the wallet that executes: digits, a keystore, or Vault's ciphertext; only a devnet's engine takes it",
  ),
  walletPasswordFrom: reference("where the password of the wallet's keystore is; asked for when not given"),
  vault: objectOf<SettingsOf<typeof vaultMembers>>(
    vaultMembers,
    "a Vault whose transit engine decrypts or signs",
  ),
  remoteSigner: {
    type: url,
    default: "",
    value: "URL",
    summary: "a remote signer with Web3Signer's API that has the key of --wallet",
  },
  signerLimits: objectOf<SettingsOf<typeof limitMembers>>(limitMembers, "what the signer signs at most"),
} as const;
