import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { createAuthority, type Issued, issueCertificate } from "@trellis/platform/tls";
import { expect } from "vitest";
import { ADMIN_KEY } from "../arbitrage/ArbitrageService.ts";
import { AUDIENCE, OidcProvider } from "../reserves/OidcProvider.ts";
import { type Devnet, runTrellis, type Served, startNode, startTrellis } from "../startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../temporaryDirectory.ts";

/**
 * Call cost per minute. Under load, an address keeps a twentieth of its limit, which covers the calls before
 * the test `limited` [GUARD-5]. A call can cost 20 or more [GUARD-4].
 */
export const LIMITS = { address: 160, principal: 160 };
const RAISED = 1_000;
const ANY_ADDRESS = `0x${"11".repeat(20)}`;
const ports = { clock: systemClock, random: systemRandom };

/** Clients behind a proxy, and local clients. Tests ban `network`. */
export const FORWARDED = { network: "198.18.0.0/16", banned: "198.18.0.", others: "198.19.0." };
export const DIRECT = { network: "127.8.0.0/16", banned: "127.8.0.", others: "127.9.0." };

export const NODE_PRINCIPALS = ["http", "ws", "rpc", "service"] as const;
export type NodePrincipal = (typeof NODE_PRINCIPALS)[number];

interface Ready {
  readonly url: string;
}

interface ServiceKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

export class DoorProcesses {
  readonly provider = new OidcProvider();
  readonly jwtSecret: Buffer = randomBytes(32);
  readonly #certificates = new Map<string, Issued>();
  readonly #keys = new Map<string, ServiceKey & { readonly publicKey: string; readonly role: string }>();
  directory!: TemporaryDirectory;
  authority!: Issued;
  stranger!: Issued;
  node!: Devnet;
  reserves!: Served<Ready>;
  arbitrage!: Served<Ready>;

  async start(): Promise<void> {
    this.directory = await temporaryDirectory();
    await this.provider.listen();
    this.authority = await createAuthority("authority", ports);
    this.stranger = await createAuthority("stranger", ports);
    this.write("ca.crt", this.authority.certificate);
    const served = await issueCertificate(
      this.authority,
      { kind: "server", name: "doors", hosts: ["localhost", "127.0.0.1"] },
      ports,
    );
    this.write("server.crt", served.certificate);
    this.write("server.key", served.key);
    for (const id of ["reserves", "arbitrage"]) this.#addKey(id, "operator");
    for (const id of ["http", "service"]) this.#addKey(id, "viewer");
    this.#addKey("guardian", "admin");
    this.write("admin-key", ADMIN_KEY);
    this.write("guardian.pem", this.serviceKey("guardian").pem);
    this.write("operator", nodeKey("operator"));
    this.#writeSettings(LIMITS);
    const config = ["--config", this.place("trellis.yaml")];
    const serve = (name: string): string[] => [name, "serve", "--port", "0", "--json", ...config];
    const reserves = startTrellis<Ready>(serve("reserves"));
    this.node = await startNode({
      args: ["--network", "test", "--bootstrap", "none", "--listen", "127.0.0.1:0", ...config],
    });
    this.write("nodes", this.node.rpcUrl);
    const { chainId } = this.node.ready;
    this.arbitrage = await startTrellis<Ready>([...serve("arbitrage"), "--chain", String(chainId)]);
    this.reserves = await reserves;
  }

  async stop(): Promise<void> {
    await Promise.all([this.node?.stop(), this.reserves?.stop(), this.arbitrage?.stop()]);
    await this.provider.close();
    await this.directory?.remove();
  }

  place(name: string): string {
    return join(this.directory.path, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.place(name), text, { mode: 0o600 });
  }

  raiseLimits(): void {
    this.#writeSettings({ address: LIMITS.address * RAISED, principal: LIMITS.principal * RAISED });
    for (const { pid } of [this.node, this.reserves, this.arbitrage]) process.kill(pid, "SIGHUP");
  }

  async certificate(name: string, authority: Issued = this.authority): Promise<Issued> {
    const known = `${name} of ${authority === this.authority}`;
    const issued =
      this.#certificates.get(known) ?? (await issueCertificate(authority, { kind: "client", name }, ports));
    this.#certificates.set(known, issued);
    return issued;
  }

  serviceKey(id: string): ServiceKey & { readonly pem: string } {
    const { privateKey } = this.#keys.get(id)!;
    return { id, privateKey, pem: privateKey.export({ format: "pem", type: "pkcs8" }).toString() };
  }

  async guard(action: "ban" | "unban"): Promise<void> {
    const trusted = ["--ca-file", this.place("ca.crt"), "--json"];
    const node = ["--url", `${this.node.httpUrl}/node`];
    const keyed = [...node, "--api-key-from", `file:${this.place("operator")}`];
    const signed = ["--sign-with", `file:${this.place("guardian.pem")}`, "--sign-key-id", "guardian"];
    const runs = [
      [FORWARDED.network, ...keyed],
      [DIRECT.network, ...node, ...signed],
      [FORWARDED.network, "--url", this.reserves.ready.url, ...signed],
      [FORWARDED.network, "--url", this.arbitrage.ready.url, ...signed],
    ].map((flags) => runTrellis(["guard", action, ...flags, ...trusted]));
    for (const { exitCode, stderr } of await Promise.all(runs)) expect(exitCode, stderr).toBe(0);
  }

  #addKey(id: string, role: string): void {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const spki = publicKey.export({ format: "pem", type: "spki" }).toString();
    this.#keys.set(id, { id, privateKey, publicKey: spki, role });
  }

  #writeSettings(limits: typeof LIMITS): void {
    const { issuer } = this.provider;
    const tls = {
      tlsCertificate: this.place("server.crt"),
      tlsKeyFrom: `file:${this.place("server.key")}`,
      tlsClientAuthority: this.place("ca.crt"),
      limitPerAddress: limits.address,
      limitPerPrincipal: limits.principal,
    };
    const rest = (name: string) => ({
      ...tls,
      dataDir: this.place(name),
      adminKeyFrom: `file:${this.place("admin-key")}`,
      trustedProxies: ["127.0.0.1"],
      oidc: { issuer, audience: AUDIENCE },
      serviceKeys: [...this.#keys.values()].map(({ id, role, publicKey }) => ({
        ...{ id, role, publicKey },
        algorithm: "ed25519",
        scopes: ["*"],
      })),
    });
    this.write("jwt", this.jwtSecret.toString("hex"));
    const signing = (name: string) => ({
      name,
      algorithm: "ed25519",
      publicKey: this.#keys.get(name)!.publicKey,
    });
    const access = NODE_PRINCIPALS.flatMap((name) => {
      const permissions = name === "service" ? ["admin:guard"] : ["net:*"];
      return [
        { name, keyHash: hashOf(nodeKey(name)), permissions },
        { name, certificate: name, permissions },
        ...(this.#keys.has(name) ? [{ ...signing(name), permissions }] : []),
      ];
    });
    const guardian = { ...signing("guardian"), permissions: ["admin:guard"], limit: 0 };
    const operator = {
      name: "operator",
      keyHash: hashOf(nodeKey("operator")),
      permissions: ["*", "admin:*"],
      limit: 0,
    };
    const settings = {
      node: {
        ...tls,
        anonymousMethods: "eth:*,rpc:*",
        rpcRoles: "public,admin",
        jwtSecretFrom: `file:${this.place("jwt")}`,
        jwt: { issuer, audience: AUDIENCE, keys: `${issuer}/keys` },
        access: [operator, guardian, ...access],
      },
      reserves: { ...rest("reserves"), custodian: "exchange.example", workers: 0 },
      arbitrage: {
        ...rest("arbitrage"),
        caFile: this.place("ca.crt"),
        rpcFrom: `file:${this.place("nodes")}`,
        factories: [{ kind: "uniswap-v2", address: ANY_ADDRESS, initCodeHash: `0x${"22".repeat(32)}` }],
        owner: ANY_ADDRESS,
        profitTokens: [{ address: ANY_ADDRESS }],
      },
    };
    this.write("trellis.yaml", JSON.stringify(settings));
  }
}

export function nodeKey(name: string): string {
  return `trn_the-key-of-${name}-in-a-test-of-doors`;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
