import { writeFileSync } from "node:fs";

export interface Secrets {
  /** Unique text, which no output may contain. */
  canary(name: string): string;
  inFile(name: string, text: string): string;
  place(...names: readonly string[]): string;
  plainPort(): number;
}

export const NODE_FLAGS = [
  ...["--network", "local", "--bootstrap", "none"],
  ...["--listen", "127.0.0.1:0", "--mdns=false"],
];
export const NOBODY = `0x${"0b".repeat(20)}`;
/** No server listens on this port. */
export const CLOSED = "127.0.0.1:9";

const CODED = /"code":"[A-Z_]+"/;

export type Mistake = readonly [
  what: string,
  code: RegExp,
  args: () => Promise<readonly string[]> | readonly string[],
];
export function mistakenSettings(secrets: Secrets): readonly Mistake[] {
  return [...mistakenReserves(secrets), ...mistakenArbitrage(secrets), ...mistakenNodes(secrets)];
}

function settingsFile({ place }: Secrets, name: string, settings: object): string[] {
  writeFileSync(place(`${name}.yaml`), JSON.stringify(settings));
  return ["--config", place(`${name}.yaml`), "--json"];
}

function mistakenReserves(secrets: Secrets): readonly Mistake[] {
  const { canary, inFile, place, plainPort } = secrets;
  const reserves = (settings: object, dataDir = "mistaken-reserves"): string[] => [
    ...["reserves", "serve", "--port", "0", "--data-dir", place(dataDir)],
    ...settingsFile(secrets, "mistaken-reserves", { reserves: settings }),
  ];
  return [
    [
      "a secret instead of a reference",
      /CONFIG_INVALID_VALUE/,
      () => reserves({ keysPassphraseFrom: canary("literal") }),
    ],
    [
      "another passphrase",
      /KEYSTORE_PASSWORD_WRONG/,
      () => reserves({ keysPassphraseFrom: inFile("other", canary("other")) }, "reserves"),
    ],
    [
      "a database that refuses",
      /DB_/,
      () => reserves({ database: inFile("db1", `postgres://u:${canary("db1")}@${CLOSED}/d`) }),
    ],
    [
      "a malformed address",
      CODED,
      () => reserves({ database: inFile("db2", `postgres://u:${canary("db2")}@[d`) }),
    ],
    [
      "a database without TLS",
      CODED,
      () =>
        reserves({
          database: inFile("db3", `postgres://u:${canary("db3")}@127.0.0.1:${plainPort()}/d?sslmode=require`),
        }),
    ],
    [
      "a malformed address of Redis",
      /REDIS_URL_INVALID/,
      () => reserves({ redis: inFile("redis1", canary("redis1")) }),
    ],
    [
      "a malformed master key",
      /SECRET_UNREADABLE/,
      () => reserves({ masterKeysFrom: inFile("master1", canary("master1")) }),
    ],
    ["a malformed admin key", CODED, () => reserves({ adminKeyFrom: inFile("admin1", canary("admin1")) })],
    [
      "a malformed key of the certificate",
      CODED,
      () => reserves({ tlsCertificate: place("reserves.crt"), tlsKeyFrom: inFile("tls1", canary("tls1")) }),
    ],
    [
      "a service key that is too short",
      /CONFIG_INVALID_VALUE/,
      () =>
        reserves({
          serviceKeys: [
            {
              id: "d",
              algorithm: "hmac-sha256",
              secretFrom: inFile("hmac1", canary("h")),
              role: "viewer",
              scopes: ["*"],
            },
          ],
        }),
    ],
  ];
}

function mistakenArbitrage(secrets: Secrets): readonly Mistake[] {
  const { canary, inFile, place, plainPort } = secrets;
  const arbitrage = (settings: object): string[] => [
    ...["arbitrage", "serve", "--port", "0", "--data-dir", place("mistaken-arbitrage")],
    ...settingsFile(secrets, "mistaken-arbitrage", {
      arbitrage: {
        chain: 1,
        factories: [{ kind: "uniswap-v2", address: NOBODY, initCodeHash: `0x${"00".repeat(32)}` }],
        profitTokens: [{ address: NOBODY }],
        owner: NOBODY,
        ...settings,
      },
    }),
  ];
  return [
    [
      "a node that refuses",
      CODED,
      () => arbitrage({ rpcFrom: inFile("rpc1", `http://${CLOSED}/${canary("rpc1")}`) }),
    ],
    [
      "a node with a password",
      CODED,
      () => arbitrage({ rpcFrom: inFile("rpc2", `http://u:${canary("rpc2")}@${CLOSED}`) }),
    ],
    [
      "a node without TLS",
      CODED,
      () => arbitrage({ rpcFrom: inFile("rpc3", `https://127.0.0.1:${plainPort()}/${canary("rpc3")}`) }),
    ],
    ["a malformed address of a node", CODED, () => arbitrage({ rpcFrom: inFile("rpc4", canary("rpc4")) })],
    [
      "a malformed key of the wallet",
      /SECRET_UNREADABLE/,
      () => arbitrage({ chain: 31_337, walletKeyFrom: inFile("wallet1", canary("wallet1")) }),
    ],
  ];
}

function mistakenNodes(secrets: Secrets): readonly Mistake[] {
  const { canary, inFile, place } = secrets;
  const mistakenNode = (settings: object): string[] => [
    ...["node", "--data-dir", place("mistaken-node"), "--rpc-port", "0", "--http-port", "0", ...NODE_FLAGS],
    ...settingsFile(secrets, "mistaken-node", { node: settings }),
  ];
  return [
    [
      "a malformed secret of tokens",
      /CONFIG_INVALID_VALUE/,
      () => mistakenNode({ jwtSecretFrom: inFile("jwt1", canary("jwt1")) }),
    ],
    [
      "another password",
      /KEYSTORE_PASSWORD_WRONG/,
      () =>
        mistakenNode({
          validatorDir: place("validator"),
          validatorPasswordFrom: inFile("password1", canary("password1")),
        }),
    ],
    [
      "a malformed envelope key",
      /SECRET_UNREADABLE/,
      () => [
        "signer",
        "serve",
        "--data-dir",
        place("signer"),
        "--envelope-keys-from",
        inFile("envelope1", canary("envelope1")),
      ],
    ],
    [
      "a shared database that refuses",
      /DB_/,
      () => {
        const shared = inFile("shared1", `postgres://u:${canary("shared1")}@${CLOSED}/d`);
        const own = ["--data-dir", place("signer"), "--envelope-keys-from", "env:ENVELOPE"];
        return ["signer", "serve", ...own, "--port", "0", "--shared-from", shared];
      },
    ],
  ];
}
