import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createTrustedFetch } from "@trellis/client/trust";
import { blsKeystoreToJson, blsSecretFromSeed, encryptBlsKeystore } from "@trellis/crypto";
import { isPostgres, startPostgres, startRedis } from "@trellis/kit";
import { formatApiKey } from "@trellis/platform/auth";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, issueCertificate } from "@trellis/platform/tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { canariesOfKey, canariesOfText, filesBelow, leaksOf, type Shown, shownText } from "./leaks.ts";
import { CLOSED, mistakenSettings, NOBODY, NODE_FLAGS } from "./mistakenSettings.ts";
import { type Devnet, runTrellis, type Served, startNode, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const ports = { clock: systemClock, random: systemRandom };
const [postgres, startedRedis] = await Promise.all([startPostgres(), startRedis()]);
const redis = "reason" in startedRedis ? undefined : startedRedis;

let directory: TemporaryDirectory;
let node: Devnet | undefined;
const receiver = createServer((_, answer) => void answer.writeHead(403).end("refused"));
const environment: Record<string, string> = {};
const canaries: ReturnType<typeof canariesOfText> = [];
const place = (...names: readonly string[]): string => join(directory.path, ...names);
const plainPort = (): number => (receiver.address() as AddressInfo).port;

function canary(name: string): string {
  const text = `canary-${name}-${randomBytes(9).toString("base64url")}`;
  canaries.push(...canariesOfText(text));
  return text;
}

function keyCanary(name: string): string {
  const key = randomBytes(32);
  canaries.push(...canariesOfKey(name, key));
  return key.toString("hex");
}

function inFile(name: string, text: string): string {
  writeFileSync(place("secrets", name), text, { mode: 0o600 });
  return `file:${place("secrets", name)}`;
}

function inEnvironment(name: string, text: string): string {
  environment[name] = text;
  return `env:${name}`;
}

async function sealed(name: string, text: string): Promise<string> {
  const file = place("secrets", `${name}.sealed`);
  const from = { environment: { ...environment, VALUE: text } };
  const { exitCode, stdout, stderr } = await runTrellis(
    ["secrets", "seal", file, name, "--value-from", "env:VALUE"],
    from,
  );
  expect(exitCode, stderr).toBe(0);
  expect(leaksOf([shownText("seal", stdout + stderr), [file, readFileSync(file)]], canaries)).toEqual([]);
  return `sealed:${file}#${name}`;
}

function settingsFile(name: string, settings: object): string[] {
  writeFileSync(place(`${name}.yaml`), JSON.stringify(settings));
  return ["--config", place(`${name}.yaml`), "--json"];
}

const databaseUrl = async (password: string): Promise<string> => {
  const url = new URL(
    isPostgres(postgres) ? await postgres.createDatabase() : "postgres://nobody@127.0.0.1:9/none",
  );
  url.password = password;
  return url.href;
};
const redisUrl = (password: string): string => {
  const url = new URL(redis?.url ?? `redis://${CLOSED}/0`);
  url.password = password;
  return url.href;
};

beforeAll(async () => {
  directory = await temporaryDirectory();
  for (const name of ["secrets", "reports"]) mkdirSync(place(name));
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  environment.SEALED_PASSPHRASE = canary("sealed-passphrase");
  // A signal triggers a report with the same sections as a crash report.
  environment.NODE_OPTIONS = `--report-on-signal --report-on-fatalerror --report-directory=${place("reports")}`;
});
afterAll(async () => {
  await node?.kill();
  receiver.close();
  await directory?.remove();
  if (isPostgres(postgres)) await postgres.stop();
  await redis?.stop();
});

/** Process data that other users can read, which excludes the environment. */
async function shownOf(pid: number): Promise<Shown[]> {
  const reports = (): string[] => readdirSync(place("reports")).filter((name) => name.includes(`.${pid}.`));
  process.kill(pid, "SIGUSR2");
  await eventually(() =>
    reports().some((name) => readFileSync(place("reports", name), "utf8").endsWith("}\n")),
  );
  const [report] = reports().map((name): Shown => [name, readFileSync(place("reports", name))]);
  expect(report![1].toString()).toContain("javascriptStack");
  const children = existsSync(`/proc/${pid}/task/${pid}/children`)
    ? readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean)
    : [];
  const lines = [pid, ...children].map(
    (one): Shown => [`command line of ${one}`, readFileSync(`/proc/${one}/cmdline`)],
  );
  return [report!, ...lines];
}

async function answersOf(
  fetched: typeof fetch,
  url: string,
  paths: readonly string[],
  headers: Readonly<Record<string, string>>,
): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (const path of paths) {
    const answer = await fetched(`${url}${path}`, { headers });
    shown.push(shownText(path, JSON.stringify([...answer.headers]) + (await answer.text())));
  }
  return shown;
}

async function endOf(service: Pick<Served<unknown>, "stop">, ownLine = ""): Promise<Shown> {
  const { stdout, stderr } = await service.stop();
  expect(stderr.length).toBeGreaterThan(0);
  return shownText("log", (stdout + stderr).replaceAll(ownLine, ""));
}

const leaks = (shown: readonly Shown[]): string[] => leaksOf(shown, canaries);

it("the search finds a canary in each encoding", () => {
  const [text, key] = [canary("control"), keyCanary("control key")];
  const shown = [
    shownText("text", `x${text}`),
    shownText("base64", Buffer.from(`xx${text}y`).toString("base64")),
    shownText("hex", `x${key}`),
    ["bytes", Buffer.concat([Buffer.from("x"), Buffer.from(key, "hex")])] as const,
  ];
  for (const [where] of shown)
    expect(
      leaks(shown).some((found) => found.endsWith(` in ${where}`)),
      where,
    ).toBe(true);
});

describe("KEY-13: a running process shows no secret", () => {
  it("reserves", async () => {
    const authority = await createAuthority("authority", ports);
    const issued = await issueCertificate(
      authority,
      { kind: "server", name: "reserves", hosts: ["127.0.0.1"] },
      ports,
    );
    writeFileSync(place("reserves.crt"), issued.certificate);
    canaries.push(...issued.key.split("\n").slice(1, -2).flatMap(canariesOfText));
    const adminKey = formatApiKey({ id: "canary-admin-key", secret: randomBytes(32).toString("base64url") });
    canaries.push(...canariesOfText(adminKey.slice(-49)));
    const database = await databaseUrl(canary("database"));
    const settings = {
      port: 0,
      dataDir: place("reserves"),
      logLevel: "debug",
      keysPassphraseFrom: await sealed("passphrase", canary("passphrase")),
      masterKeysFrom: await sealed("master", keyCanary("master key")),
      adminKeyFrom: inEnvironment("ADMIN_KEY", adminKey),
      ...(isPostgres(postgres) && { database: inFile("database", database) }),
      redis: inEnvironment("REDIS", redisUrl(canary("redis"))),
      tlsCertificate: place("reserves.crt"),
      tlsKeyFrom: inFile("tls-key", issued.key),
      serviceKeys: [
        {
          id: "desk",
          algorithm: "hmac-sha256",
          secretFrom: inFile("hmac", canary("hmac-of-a-service-key")),
          role: "operator",
          scopes: ["ledger:write"],
        },
      ],
      oidc: {
        issuer: `https://127.0.0.1:${plainPort()}`,
        audience: "reserves",
        clientId: "console",
        clientSecretFrom: inFile("client", canary("client-secret")),
      },
      publicUrl: "https://reserves.example",
      trustedProxies: ["127.0.0.2"],
      anchorRpcFrom: inFile("anchor", `http://${CLOSED}/${canary("anchor-node")}`),
      anchorChain: 1,
      anchorKeyFrom: inEnvironment("ANCHOR_KEY", keyCanary("anchor key")),
    };
    const service = await startTrellis<{ readonly url: string }>(
      ["reserves", "serve", ...settingsFile("reserves", { reserves: settings })],
      { environment },
    );
    const trusted = createTrustedFetch({ authority: authority.certificate }) as typeof fetch;
    const paths = [
      "/metrics",
      "/health",
      "/ready",
      "/v1/settings",
      "/v1/audit-log",
      "/v1/jobs/anchor",
      "/v1/auth/login",
    ];
    const { url } = service.ready;
    const shown = await answersOf(trusted, url, paths, { authorization: `Bearer ${adminKey}` });
    for (const bearer of [canary("bearer"), `${adminKey.slice(0, -1)}x`, `e30.${canary("token")}.x`])
      shown.push(...(await answersOf(trusted, url, ["/v1/assets"], { authorization: `Bearer ${bearer}` })));
    shown.push(...(await shownOf(service.pid)), await endOf(service), ...filesBelow(place("reserves")));
    expect(leaks(shown)).toEqual([]);
  });

  it("a node, and an arbitrage engine that reads it", async () => {
    const nodeKey = canary("access-key");
    const password = canary("validator-password");
    const secret = blsSecretFromSeed(randomBytes(32));
    canaries.push(...canariesOfKey("validator", secret));
    mkdirSync(place("validator"));
    const keystore = await encryptBlsKeystore(secret, password, systemRandom, { n: 2, r: 1, p: 1 });
    writeFileSync(place("validator", "key.json"), blsKeystoreToJson(keystore));
    writeFileSync(place("validator", "unused"), "");
    const settings = {
      logLevel: "debug",
      validatorDir: place("validator"),
      validatorPasswordFrom: inEnvironment("VALIDATOR", password),
      jwtSecretFrom: inFile("jwt", keyCanary("secret of tokens")),
      redis: inFile("node-redis", redisUrl(canary("node-redis"))),
      access: [{ name: "operator", keyFrom: await sealed("access", nodeKey), permissions: ["*", "admin:*"] }],
    };
    node = await startNode({
      dataDir: place("node"),
      environment,
      args: [...NODE_FLAGS, ...settingsFile("node", { node: settings }).filter((flag) => flag !== "--json")],
    });
    const shown = await answersOf(
      fetch,
      node.httpUrl,
      ["/metrics", "/health", "/ready", "/node/v1/settings"],
      {
        authorization: `Bearer ${nodeKey}`,
      },
    );
    for (const bearer of [nodeKey, canary("bearer"), `e30.${canary("token")}.x`]) {
      const headers = { authorization: `Bearer ${bearer}`, "x-forwarded-for": "203.0.113.1" };
      for (const method of ["eth_chainId", "admin_peers", "admin_nodeInfo", "debug_traceCall"]) {
        const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] });
        const answer = await fetch(node.rpcUrl, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body,
        });
        shown.push(shownText(method, await answer.text()));
      }
    }
    shown.push(...(await arbitrageOf(node)));
    shown.push(...(await shownOf(node.pid)), await endOf(node));
    shown.push(...filesBelow(place("node")), ...filesBelow(place("validator")));
    expect(leaks(shown)).toEqual([]);
  });

  async function arbitrageOf({ rpcUrl, ready: { chainId } }: Devnet): Promise<Shown[]> {
    const adminKey = formatApiKey({
      id: "canary-admin-two",
      secret: randomBytes(32).toString("base64url"),
    });
    canaries.push(...canariesOfText(adminKey.slice(-49)));
    const limit = String(10n ** 24n);
    const settings = {
      chain: chainId,
      port: 0,
      dataDir: place("arbitrage"),
      logLevel: "debug",
      quorum: 2,
      rpcFrom: inFile("nodes", `${rpcUrl}, ${rpcUrl}, http://${CLOSED}/${canary("node-url")}`),
      walletKeyFrom: inFile("wallet", keyCanary("wallet")),
      adminKeyFrom: inEnvironment("ARBITRAGE_ADMIN", adminKey),
      keysPassphraseFrom: inFile("arbitrage-passphrase", canary("arbitrage-passphrase")),
      queueFrom: await sealed("queue", redisUrl(canary("queue"))),
      factories: [{ kind: "uniswap-v2", address: NOBODY, initCodeHash: `0x${"00".repeat(32)}` }],
      profitTokens: [{ address: NOBODY }],
      owner: NOBODY,
      limits: { tradeMax: limit, tokenDayMax: limit, chainDayMax: limit, gasDayMax: limit },
      screening: {
        counterpartyUrl: `http://127.0.0.1:${plainPort()}/`,
        counterpartyKeyFrom: inEnvironment("SCREENING", canary("screening-token")),
      },
      prices: {
        feeds: [
          {
            name: "refusing",
            urlFrom: inFile("feed", `http://127.0.0.1:${plainPort()}/${canary("feed-url")}`),
            tokenFrom: await sealed("feed-token", canary("feed-token")),
          },
          { name: "gone", urlFrom: inFile("gone", `https://${CLOSED}/${canary("gone-url")}`) },
          {
            name: "plain",
            urlFrom: inFile("plain", `https://127.0.0.1:${plainPort()}/${canary("plain-url")}`),
          },
        ],
      },
    };
    const service = await startTrellis<{ readonly url: string }>(
      ["arbitrage", "serve", ...settingsFile("arbitrage", { arbitrage: settings })],
      { environment },
    );
    const paths = ["/metrics", "/health", "/ready", "/v1/status", "/v1/config", "/v1/settings"];
    const authorization = `Bearer ${adminKey}`;
    const shown = await answersOf(fetch, service.ready.url, paths, { authorization });
    // A person's reason is stored and returned to authorised readers.
    const reason = canary("reason-of-a-person");
    for (const [path, body] of [
      ["/v1/config", { key: "gasPriceMax", value: "7", reason }],
      ["/v1/kill", { reason }],
    ] as const) {
      const answer = await fetch(`${service.ready.url}${path}`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      expect(answer.status, text).toBe(200);
      expect(text).toContain(reason);
    }
    return [
      ...shown,
      ...(await shownOf(service.pid)),
      await endOf(service),
      ...filesBelow(place("arbitrage")),
    ];
  }

  it("a signer", async () => {
    const init = await runTrellis(["signer", "init", "--data-dir", place("signer"), "--json"]);
    expect(init.exitCode, init.stderr).toBe(0);
    const envelope = keyCanary("envelope key");
    const own = ["--data-dir", place("signer"), "--envelope-keys-from", inEnvironment("ENVELOPE", envelope)];
    const imported = await runTrellis(
      [
        ...["signer", "import", "--purpose", "account"],
        ...own,
        "--key-from",
        inFile("account", keyCanary("account")),
      ],
      { environment },
    );
    expect(imported.exitCode, imported.stderr).toBe(0);
    const url = isPostgres(postgres)
      ? ["--shared-from", inFile("shared", await databaseUrl(canary("shared")))]
      : [];
    const service = await startTrellis<object>(
      ["signer", "serve", ...own, ...url, "--port", "0", "--json", "--log-level", "debug"],
      { environment },
    );
    const shown = [shownText("import", imported.stdout + imported.stderr), ...(await shownOf(service.pid))];
    shown.push(await endOf(service), ...filesBelow(place("signer")));
    expect(leaks(shown)).toEqual([]);
  });
});

it.each(mistakenSettings({ canary, inFile, place, plainPort }))(
  "KEY-13: the error of %s shows no secret",
  async (_, code, args) => {
    const { exitCode, stdout, stderr } = await runTrellis(await args(), { environment });
    expect(exitCode, stdout + stderr).not.toBe(0);
    expect(stderr).toMatch(code);
    expect(leaks([shownText("output", stdout + stderr)])).toEqual([]);
  },
);

it("KEY-13: a wrong passphrase of sealed secrets shows none", async () => {
  const settings = { keysPassphraseFrom: `sealed:${place("secrets", "passphrase.sealed")}#passphrase` };
  const args = ["reserves", "serve", ...settingsFile("sealed", { reserves: settings })];
  const other = { ...environment, SEALED_PASSPHRASE: canary("other-sealed-passphrase") };
  const { exitCode, stdout, stderr } = await runTrellis(args, { environment: other });
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("KEYSTORE_PASSWORD_WRONG");
  expect(leaks([shownText("output", stdout + stderr)])).toEqual([]);
});
