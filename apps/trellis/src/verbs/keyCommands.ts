import { toolCommand } from "../cli/toolCommand.ts";

const NODE = ["rpc", "chainId", "json", "caFile", "pins"];

export const keys = toolCommand(
  {
    name: "keys",
    summary: "create, import, list, show, rotate and retire keys",
    description: [
      "Stores each key in a keystore file of version 3, which other Ethereum software reads too.",
      "Passwords and keys come from a prompt or from a reference: env:NAME, file:PATH. They are never",
      "arguments, because other users of the machine can read arguments.",
    ],
    actions: {
      new: "create a key",
      import: "import the private key of --key-from, or an account of the mnemonic of --mnemonic-from",
      list: "list the keys in the keystore, in --data-dir or at --holder, with purpose, age and location",
      "address ADDRESS|FILE": "decrypt the key and print its real address",
      "show ADDRESS|FILE": "decrypt the key and print it",
      "rotate PURPOSE":
        "add a record, log, webhook, session or encryption key to --data-dir, where old keys stay valid; or replace a peer key or the secret of an arbitrage signer (signer-channel)",
      "retire PURPOSE/VERSION":
        "remove a replaced session or encryption key, or the private key of a replaced pair; `retire signer-channel` removes all earlier secrets",
    },
    examples: [
      ["trellis keys new", "prompts for a password"],
      ["trellis keys new --password-from file:/run/secrets/password --json", "for scripts"],
      ["trellis keys import --key-from env:OLD_KEY", "import a key"],
      ["trellis keys import --mnemonic-from file:words.txt --account 2", "m/44'/60'/0'/0/2 of a mnemonic"],
      ["trellis keys list --data-dir .trellis", "every key of the services in this folder"],
      ["trellis keys rotate session --data-dir .trellis/reserves", "then send SIGHUP to the service"],
    ],
  },
  {
    definition: async () => (await import("./keys/settings.ts")).keysDefinition,
    settings: async (flags, operands) => (await import("./keys/settings.ts")).keysSettings(flags, operands),
    load: async () => (await import("./keys/run.ts")).run,
  },
);

export const secrets = toolCommand(
  {
    name: "secrets",
    summary: "seal secrets in a file that settings can refer to as sealed:FILE#NAME",
    description: [
      "A sealed file contains secrets encrypted under one key, which a passphrase, Vault or AWS KMS protects. Services",
      "read the passphrase from SEALED_PASSPHRASE or SEALED_PASSPHRASE_FILE. Secrets are never arguments.",
    ],
    actions: {
      "seal FILE NAME": "add or replace a secret; creates the file",
      "open FILE NAME": "print a secret",
      "list FILE": "names of the secrets",
      "rotate FILE":
        "encrypt all secrets under a new key, and with --new-passphrase-from under a new passphrase",
    },
    examples: [
      [
        "trellis secrets seal secrets.json database --value-from env:DATABASE_URL",
        "then --database sealed:…",
      ],
      [
        "trellis secrets rotate secrets.json --new-passphrase-from file:/run/secrets/next",
        "another passphrase",
      ],
    ],
  },
  {
    definition: async () => (await import("./secrets/settings.ts")).secretsDefinition,
    settings: async (flags, operands) =>
      (await import("./secrets/settings.ts")).secretsSettings(flags, operands),
    load: async () => (await import("./secrets/run.ts")).run,
  },
);

export const account = toolCommand(
  {
    name: "account",
    summary: "create accounts with post-quantum keys, rotate keys, send and sign",
    description: [
      "Each key is in a password-protected file of the keystore. After a rotation another key signs for the same",
      "account, with the same address, coins and tokens; the old key is then rejected.",
      "Passwords come from a prompt or a reference: env:NAME, file:PATH (file:/dev/stdin for a pipe).",
    ],
    actions: {
      new: "create an account with a key of --algorithm",
      "show [ADDRESS|FILE]": "list the keys in the keystore, or the state of an account and its keys",
      "rotate ADDRESS|FILE": "rotate the account to a new key of --algorithm, or to the key in --to",
      "send ADDRESS|FILE TO AMOUNT": "send coins, or units of --token",
      "sign ADDRESS|FILE MESSAGE": "sign a text (EIP-191)",
      "verify ADDRESS MESSAGE SIGNATURE|FILE":
        "verify the signature of a text with the account's current key",
    },
    actionSettings: {
      new: ["keystore", "algorithm", "passwordFrom", "json"],
      show: ["keystore", ...NODE],
      rotate: ["keystore", "algorithm", "passwordFrom", "newPasswordFrom", "to", "feeLimit", ...NODE],
      send: ["keystore", "passwordFrom", "token", "data", "feeLimit", "raw", ...NODE],
      sign: ["keystore", "passwordFrom", ...NODE],
      verify: NODE,
    },
    examples: [
      ["trellis account new", "an ML-DSA-65 account; prompts for a password"],
      [
        "trellis account rotate 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "from any key to a new ML-DSA-65 key; waits until the rotation is final",
      ],
      [
        "trellis account send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 1.5",
        "send coins",
      ],
    ],
  },
  {
    definition: async () => (await import("./account/settings.ts")).accountDefinition,
    settings: async (flags, operands) =>
      (await import("./account/settings.ts")).accountSettings(flags, operands),
    load: async () => (await import("./account/run.ts")).run,
  },
);
