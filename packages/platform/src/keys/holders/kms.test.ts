import { KmsServer } from "@trellis/kit/keyServers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openAwsKms } from "../../keyServices/openAwsKms.ts";
import { awsKmsWrapping } from "../../secrets/KeyWrapping.ts";
import { ALGORITHMS } from "../algorithms.ts";
import { holderSuite } from "../testing/holderSuite.ts";
import { openAwsKmsHolder } from "./openAwsKmsHolder.ts";

const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const isMissing = await import("@aws-sdk/client-kms").then(
  () => false,
  () => true,
);
const TYPES = {
  "alias/wallet": "ecdsa-secp256k1",
  tls: "ecdsa-p256",
  records: "ed25519",
  post: "ml-dsa-65",
  log: "ml-dsa-44",
} as const;
const PURPOSES = {
  "alias/wallet": "account",
  tls: "signer-channel",
  records: "record",
  post: "account",
  log: "log",
} as const;

describe.skipIf(isMissing)("AWS KMS, by its documented answers", () => {
  beforeEach(() => {
    vi.stubEnv("AWS_REGION", "eu-central-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAKMSSERVERTEST");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "kms-server-secret-access-key");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const openServer = async () => {
    const server = await new KmsServer().start();
    for (const [id, type] of Object.entries(TYPES)) server.create(id, type);
    server.create("ring", "aes");
    return server;
  };

  holderSuite(
    "aws-kms",
    async () => {
      const server = await openServer();
      const kms = await openAwsKms({ endpoint: server.url });
      return {
        holder: openAwsKmsHolder(kms, PURPOSES),
        secrets: [server.secretAccessKey],
        cut: () => {
          server.status = 503;
        },
        mend: () => {
          server.status = 200;
        },
        lie: () => {
          server.isLying = true;
        },
        async close() {
          kms.close();
          await server.stop();
        },
      };
    },
    { ids: Object.keys(TYPES), runs: 4 },
  );

  it("KEY-10: signs long messages for ML-DSA by their representative", async () => {
    const server = await openServer();
    const kms = await openAwsKms({ endpoint: server.url });
    const holder = openAwsKmsHolder(kms, { post: "account", records: "record" });
    const [post] = await holder.list();
    expect(post).toMatchObject({
      createdMs: 1_790_000_000_000,
      location: expect.stringContaining("arn:aws:kms:"),
    });
    server.longMessage = new Uint8Array(5_000).fill(3);
    const signature = await holder.sign("post", server.longMessage);
    expect(ALGORITHMS["ml-dsa-65"].verify(server.longMessage, signature, post!.publicKey!)).toBe(true);
    await expect(holder.sign("records", server.longMessage)).rejects.toEqual(code("SIGNER_SETUP_INVALID"));
    kms.close();
    await server.stop();
  });

  it("KEY-7: wraps the key of a key ring", async () => {
    const server = await openServer();
    const kms = await openAwsKms({ endpoint: server.url });
    const key = new Uint8Array(32).fill(7);
    const wrapped = await awsKmsWrapping(kms, "ring").wrap(key);
    expect(JSON.stringify(wrapped)).not.toContain(Buffer.from(key).toString("base64"));
    expect(await awsKmsWrapping(kms, "other").unwrap(wrapped)).toEqual(key);
    kms.close();
    await server.stop();
  });

  it("SIGNER_SETUP_INVALID: no such key, a key that cannot sign, other credentials", async () => {
    const server = await openServer();
    const kms = await openAwsKms({ endpoint: server.url });
    const listed = (id: string) => openAwsKmsHolder(kms, { [id]: "account" }).list();
    await expect(listed("none")).rejects.toEqual(
      code("SIGNER_SETUP_INVALID", { reason: "NotFoundException" }),
    );
    await expect(listed("ring")).rejects.toEqual(code("SIGNER_SETUP_INVALID"));
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAOTHER");
    const stranger = await openAwsKms({ endpoint: server.url });
    await expect(openAwsKmsHolder(stranger, { tls: "account" }).list()).rejects.toEqual(
      code("SIGNER_SETUP_INVALID", { reason: "UnrecognizedClientException" }),
    );
    kms.close();
    stranger.close();
    await server.stop();
  });
});
