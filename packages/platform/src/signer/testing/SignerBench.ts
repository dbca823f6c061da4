import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Log, silentLog } from "@trellis/base";
import { z } from "zod";
import type { AuditEntry } from "../../audit/index.ts";
import { ALGORITHMS } from "../../keys/algorithms.ts";
import type { SigningAlgorithm } from "../../keys/KeyHolder.ts";
import { createEnvelope } from "../../secrets/createEnvelope.ts";
import { systemClock, systemRandom } from "../../system/index.ts";
import { createMemoryAuditStore } from "../../testing/createMemoryAuditStore.ts";
import { createAuthority, type Issued, issueCertificate } from "../../tls/createCertificates.ts";
import { createSigner, type PermittedSigner } from "../createSigner.ts";
import { createDigestOperation, createMessageOperation } from "../messageOperation.ts";
import { RemoteSigner, type RemoteSignerOptions } from "../RemoteSigner.ts";
import { parseAccess } from "../SignerAccess.ts";
import type { SignerKeys } from "../SignerKey.ts";
import { loadKeys, type NewKey, storeKey } from "../systemKeyDirectory.ts";
import { openSignerServer, type SignerServer } from "../systemSignerServer.ts";

export const ACCESS = `
clients:
  custodian:
    permissions:
      - { keys: record/*, operations: [sign], prefixes: ["record:"] }
      - { keys: log/*, operations: [sign] }
      - { keys: account/dig*, operations: [digest] }
`;
export const envelope = createEnvelope([new Uint8Array(32).fill(5)], systemRandom);

export const KEYS: readonly Omit<NewKey, "createdMs">[] = [
  { purpose: "record", name: "main", algorithm: "ed25519" },
  { purpose: "log", name: "main", algorithm: "ml-dsa-44" },
  { purpose: "account", name: "digests", algorithm: "secp256k1" },
  { purpose: "account", name: "other", algorithm: "secp256k1" },
];

export class SignerBench {
  readonly directory = mkdtempSync(join(tmpdir(), "trellis-signer-"));
  readonly audit: AuditEntry[] = [];
  authority!: Issued;
  server!: Issued;
  client!: Issued;
  keys!: SignerKeys;
  signer!: PermittedSigner<unknown>;
  opened: SignerServer | undefined;
  isLost = false;
  readonly #remotes: RemoteSigner[] = [];

  static readonly ports = { clock: systemClock, random: systemRandom };

  async prepare(): Promise<void> {
    const { ports } = SignerBench;
    this.authority = await createAuthority("authority", ports);
    const hosts = ["localhost", "127.0.0.1"];
    this.server = await issueCertificate(this.authority, { kind: "server", name: "signer", hosts }, ports);
    this.client = await this.issue("custodian");
    mkdirSync(join(this.directory, "keys"));
    for (const [index, key] of KEYS.entries()) {
      const secret = ALGORITHMS[key.algorithm].secretOf(new Uint8Array(32).fill(index + 1));
      await storeKey(join(this.directory, "keys"), { ...key, createdMs: 1 }, secret, envelope);
    }
    this.keys = loadKeys(join(this.directory, "keys"), envelope);
  }

  issue(name: string, days?: number): Promise<Issued> {
    return issueCertificate(this.authority, { kind: "client", name }, SignerBench.ports, days);
  }

  async start(access = ACCESS, port = 0, log: Log = silentLog): Promise<SignerServer> {
    this.signer = await createSigner(parseAccess(access, z.unknown()), {
      keys: this.keys,
      lease: {
        check: () => {
          if (this.isLost) throw new TypeError("lost");
        },
      },
      audit: createMemoryAuditStore(this.audit),
      clock: systemClock,
      operations: [createMessageOperation(this.keys), createDigestOperation(this.keys)],
    });
    this.opened = await openSignerServer(
      {
        host: "127.0.0.1",
        port,
        tls: { ...this.server, authority: this.authority.certificate },
      },
      {
        signer: this.signer,
        routes: [
          { path: "/api/v1/digest", operationOf: () => "digest" },
          { path: "/api/v1/sign", operationOf: () => "sign" },
        ],
        clock: systemClock,
        log,
      },
    );
    return this.opened;
  }

  remote(change: Partial<RemoteSignerOptions> = {}, later = change): RemoteSigner {
    const options = {
      url: this.opened!.url,
      certificate: this.client.certificate,
      key: this.client.key,
      authority: this.authority.certificate,
      pins: [],
      timeoutMs: 20_000,
    };
    const remote = new RemoteSigner({ ...options, ...change }, systemRandom, () => ({
      ...options,
      ...later,
    }));
    this.#remotes.push(remote);
    return remote;
  }

  async stop(): Promise<void> {
    for (const remote of this.#remotes.splice(0)) await remote.close();
    await this.opened?.close();
    this.opened = undefined;
    this.isLost = false;
    this.audit.length = 0;
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true });
  }
}

export function publicKeyOf(algorithm: SigningAlgorithm, fill: number): Uint8Array {
  const scheme = ALGORITHMS[algorithm];
  return scheme.publicKeyOf(scheme.secretOf(new Uint8Array(32).fill(fill)));
}
