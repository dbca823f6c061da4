import { matching, objectOf, type SettingsOf, wholeNumber } from "@trellis/platform/config";
import { keyUri, reference } from "@trellis/platform/service/settings";

const url = matching(/^$|^https?:\/\/[^\s?#@]+$/, "an http:// or https:// address");

/** [SIGN-7] */
function reloadable<T extends object>(
  setting: T,
): T & { readonly isReloadable: true; readonly needsSignal: true } {
  return { ...setting, isReloadable: true, needsSignal: true };
}

const vaultMembers = {
  url: {
    type: url,
    default: "",
    value: "URL",
    summary: "URL of the Vault",
    formerly: "vaultUrl",
  },
  mount: {
    type: matching(
      /^[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-]{1,64}){0,7}$/,
      "a path without leading or trailing slash",
    ),
    default: "transit",
    value: "PATH",
    summary: "mount path of the transit engine",
    formerly: "vaultMount",
  },
  key: {
    type: matching(/^[A-Za-z0-9_.-]{0,128}$/, "a name"),
    default: "",
    value: "NAME",
    summary: "transit key: decrypts --wallet-key-from, or signs if that is not set",
    isReloadable: true,
    formerly: "vaultKey",
  },
  tokenFrom: { ...reference("reference to the Vault token"), formerly: "vaultTokenFrom" },
} as const;

const limitMembers = {
  rate: {
    type: wholeNumber(1, 100_000),
    default: 120,
    value: "N",
    summary: "requests per minute, including rejected ones",
    formerly: "signerRate",
  },
  dayCount: {
    type: wholeNumber(1, 10_000_000),
    default: 5_000,
    value: "N",
    summary: "signed transactions per day",
    formerly: "signerDayCount",
  },
  dayMax: {
    type: matching(/^[0-9]{1,39}$/, "a whole number of wei"),
    default: "1000000000000000000",
    value: "WEI",
    summary: "maximum total cost of the transactions signed per day, in wei",
    formerly: "signerDayMax",
  },
} as const;

export const signerSettings = {
  signer: {
    type: matching(
      /^$|^(?:unix|file):[^\0]+$|^(?:127\.0\.0\.1|\[::1\]):[0-9]{1,5}$/,
      "unix:PATH, 127.0.0.1:PORT or file:PATH",
    ),
    default: "",
    value: "ADDRESS",
    summary:
      "signer process with the wallet key: unix:PATH or 127.0.0.1:PORT; file:PATH: access file of a client of `trellis signer`",
  },
  signerSecretFrom: reference(
    "reference to the secret shared with the signer, 64 or more hexadecimal digits; default: created by the signer",
  ),
  walletKeyFrom: reloadable(
    reference(
      "reference to the wallet key: hexadecimal, keystore or Vault ciphertext; for the signer, or a devnet's engine",
    ),
  ),
  walletPasswordFrom: reloadable(
    reference("reference to the password of the wallet keystore; default: prompt"),
  ),
  walletHolder: reloadable(keyUri("key URI of the wallet at a key holder, for the signer")),
  vault: {
    ...objectOf<SettingsOf<typeof vaultMembers>>(
      vaultMembers,
      "Vault whose transit engine decrypts or signs",
    ),
    needsSignal: true,
  },
  remoteSigner: reloadable({
    type: url,
    default: "",
    value: "URL",
    summary: "URL of a Web3Signer with the key of --wallet",
  }),
  signerLimits: objectOf<SettingsOf<typeof limitMembers>>(limitMembers, "limits of the signer"),
} as const;
