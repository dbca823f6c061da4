import { createECDH, generateKeyPairSync, type KeyObject, sign as signDer } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { bytesToBigint, bytesToHex, type Hex } from "@trellis/base";
import {
  createLocalSigner,
  keccak256,
  publicKeyFromPrivate,
  recoverAddress,
  SECP256K1_ORDER,
} from "@trellis/crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createVaultTransit } from "./createVaultTransit.ts";
import { createDigestKey } from "./DigestHolder.ts";
import type { KeyServiceHttp } from "./KeyServiceHttp.ts";
import { openRemoteKey } from "./openRemoteKey.ts";
import { openKeyServiceHttp } from "./systemKeyServiceHttp.ts";

const PRIVATE = new Uint8Array(32).fill(7);
const signer = createLocalSigner(PRIVATE);
const WALLET = bytesToHex(signer.address);
const PAYLOAD = new TextEncoder().encode("a transaction");
const TOKEN = "hvs.test";
const unusable = expect.objectContaining({
  code: "SIGNER_SETUP_INVALID",
  facts: expect.objectContaining({ holder: expect.any(String) }),
});
const unreachable = expect.objectContaining({
  code: "SIGNER_UNREACHABLE",
  facts: expect.objectContaining({ reason: expect.any(String) }),
});

async function derOf(digest: Uint8Array, isHigh: boolean): Promise<Uint8Array> {
  const { r, s } = await signer.signHash(digest);
  const part = (value: bigint) => {
    const digits = value.toString(16);
    const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
    const padded = bytes[0]! >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes;
    return Buffer.concat([Uint8Array.of(2, padded.length), padded]);
  };
  const both = Buffer.concat([part(r), part(isHigh ? SECP256K1_ORDER - s : s)]);
  return Buffer.concat([Uint8Array.of(0x30, both.length), both]);
}

function pemOf(curve: string): string {
  if (curve !== "secp256k1") {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: curve });
    return publicKey.export({ type: "spki", format: "pem" }).toString();
  }
  const ecdh = createECDH("secp256k1");
  ecdh.setPrivateKey(PRIVATE);
  // SubjectPublicKeyInfo (RFC 5480).
  const header = Buffer.from("3056301006072a8648ce3d020106052b8104000a034200", "hex");
  const spki = Buffer.concat([header, ecdh.getPublicKey()]).toString("base64");
  return `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`;
}

it("SIGN-5: converts a digest's signature of either form to the low-s form with its parity", async () => {
  const publicKey = publicKeyFromPrivate(PRIVATE);
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.boolean(),
      async (payload, isHigh) => {
        const key = createDigestKey({
          name: "hsm",
          publicKey,
          signDigest: (digest) => derOf(digest, isHigh),
        });
        expect(await key.sign(payload)).toEqual(await signer.signHash(keccak256(payload)));
      },
    ),
    { numRuns: 20 },
  );
  const lying = createDigestKey({
    name: "hsm",
    publicKey,
    signDigest: async () => derOf(new Uint8Array(32), false),
  });
  await expect(lying.sign(PAYLOAD)).rejects.toEqual(unusable);
  const broken = createDigestKey({ name: "hsm", publicKey, signDigest: async () => new Uint8Array(9) });
  await expect(broken.sign(PAYLOAD)).rejects.toEqual(unusable);
});

class KeyServer {
  curve = "secp256k1";
  status = 200;
  version = 1;
  isLying = false;
  asked: string[] = [];
  readonly #other: KeyObject = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
  readonly server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      const body = Buffer.concat(parts).toString();
      this.asked.push(`${request.method} ${request.url}`);
      const { status, answer } = await this.#answer(
        request.url ?? "",
        request.headers["x-vault-token"],
        body,
      );
      response.writeHead(status, { location: "/elsewhere" }).end(answer);
    });
  });

  async #answer(url: string, token: unknown, body: string): Promise<{ status: number; answer: string }> {
    if (this.status !== 200) return { status: this.status, answer: '{"errors":["no"]}' };
    if (url === "/api/v1/eth1/publicKeys") {
      const key = bytesToHex(publicKeyFromPrivate(PRIVATE).subarray(1));
      return ok([`0x${"00".repeat(64)}`, key]);
    }
    if (url.startsWith("/api/v1/eth1/sign/")) {
      const { data } = JSON.parse(body) as { data: string };
      return { status: 200, answer: await this.#web3Signature(Buffer.from(data.slice(2), "hex")) };
    }
    if (token !== TOKEN) return { status: 403, answer: '{"errors":["permission denied"]}' };
    if (url === "/v1/transit/keys/wallet") {
      const keys = { [String(this.version)]: { public_key: pemOf(this.curve) } };
      return ok({ data: { type: `ecdsa-${this.curve}`, latest_version: this.version, keys } });
    }
    if (url === "/v1/transit/decrypt/wallet") {
      const { ciphertext } = JSON.parse(body) as { ciphertext: string };
      if (!ciphertext.startsWith("vault:v1:")) return { status: 400, answer: '{"errors":["invalid"]}' };
      return ok({ data: { plaintext: ciphertext.slice("vault:v1:".length) } });
    }
    const { input, prehashed, key_version } = JSON.parse(body) as Record<string, unknown>;
    if (url !== "/v1/transit/sign/wallet" || prehashed !== true || key_version !== this.version)
      return { status: 400, answer: '{"errors":["no"]}' };
    const digest = Buffer.from(String(input), "base64");
    const der = this.isLying ? signDer("sha256", digest, this.#other) : await derOf(digest, true);
    return ok({ data: { signature: `vault:v${this.version}:${Buffer.from(der).toString("base64")}` } });
  }

  async #web3Signature(data: Uint8Array): Promise<string> {
    const { r, s, yParity } = await signer.signHash(keccak256(this.isLying ? new Uint8Array(1) : data));
    const word = (value: bigint) => value.toString(16).padStart(64, "0");
    return `0x${word(r)}${word(s)}${(27 + yParity).toString(16)}`;
  }
}

function ok(body: object) {
  return { status: 200, answer: JSON.stringify(body) };
}

describe("key services", () => {
  let server: KeyServer;
  let url: string;
  let http: KeyServiceHttp;
  beforeEach(async () => {
    server = new KeyServer();
    await new Promise<void>((resolve) => server.server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    http = openKeyServiceHttp(20_000);
  });
  afterEach(() => new Promise((resolve) => server.server.close(resolve)));

  const vault = (token = TOKEN) => createVaultTransit({ url, mount: "transit", key: "wallet", token }, http);

  it("SIGN-5: decrypts the wallet's key by Vault's transit engine", async () => {
    const wrapped = `vault:v1:${Buffer.from(PRIVATE).toString("base64")}`;
    expect(await vault().decrypt(wrapped)).toEqual(PRIVATE);
    await expect(vault().decrypt("nonsense")).rejects.toEqual(unusable);
  });

  it("SIGN-5: signs by a transit engine with a pinned key version", async () => {
    server.version = 3;
    const key = createDigestKey(await vault().digestHolder());
    expect(key).toMatchObject({ address: WALLET, holder: "vault transit/wallet v3" });
    const signature = await key.sign(PAYLOAD);
    expect(bytesToHex(recoverAddress(keccak256(PAYLOAD), signature))).toBe(WALLET);
    expect(server.asked).toEqual(["GET /v1/transit/keys/wallet", "POST /v1/transit/sign/wallet"]);
  });

  it("SIGNER_SETUP_INVALID: stock Vault's curves, a wrong token, a foreign signature, an address without TLS", async () => {
    const key = createDigestKey(await vault().digestHolder());
    server.isLying = true;
    await expect(key.sign(PAYLOAD)).rejects.toEqual(unusable);
    server.curve = "prime256v1";
    await expect(vault().digestHolder()).rejects.toMatchObject({
      facts: { reason: "a key of type ecdsa-prime256v1 has not the curve secp256k1" },
    });
    await expect(vault("hvs.other").digestHolder()).rejects.toMatchObject({
      code: "SIGNER_SETUP_INVALID",
      facts: { reason: "the token may not keys" },
    });
    for (const bad of ["http://vault.example:8200", "https://u:p@vault.example", "vault", "https://v/?a=1"])
      expect(() => createVaultTransit({ url: bad, mount: "transit", key: "k", token: "" }, http)).toThrow(
        unusable,
      );
  });

  it("SIGNER_UNREACHABLE: sealed, down, or redirecting; no error contains the token", async () => {
    for (const status of [503, 429, 302]) {
      server.status = status;
      await expect(vault().digestHolder()).rejects.toEqual(unreachable);
    }
    const gone = createVaultTransit(
      { url: "http://127.0.0.1:1", mount: "transit", key: "k", token: TOKEN },
      http,
    );
    const error: unknown = await gone.decrypt("vault:v1:AA==").catch((reason: unknown) => reason);
    expect(error).toEqual(unreachable);
    expect(JSON.stringify(error)).not.toContain(TOKEN);
  });

  it("SIGN-5: signs by a remote signer; one without the wallet's key, or with wrong signatures, is SIGNER_SETUP_INVALID", async () => {
    const key = await openRemoteKey(url, WALLET, http);
    expect(await key.sign(PAYLOAD)).toEqual(await signer.signHash(keccak256(PAYLOAD)));
    const stranger: Hex = `0x${"22".repeat(20)}`;
    await expect(openRemoteKey(url, stranger, http)).rejects.toEqual(unusable);
    server.isLying = true;
    await expect(key.sign(PAYLOAD)).rejects.toEqual(unusable);
    server.status = 404;
    await expect(key.sign(PAYLOAD)).rejects.toEqual(unusable);
    server.status = 500;
    await expect(key.sign(PAYLOAD)).rejects.toEqual(unreachable);
  });

  it("any answer of a key service gives the wallet's signature or an error code", async () => {
    const key = await openRemoteKey(url, WALLET, http);
    const odd =
      (answer: string): KeyServiceHttp =>
      async () => ({ status: 200, text: answer });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.base64String()), async (answer) => {
        const transit = createVaultTransit(
          { url, mount: "transit", key: "wallet", token: TOKEN },
          odd(answer),
        );
        const code = { code: expect.stringMatching(/^SIGNER_(?:SETUP_INVALID|UNREACHABLE)$/) };
        await expect(transit.digestHolder()).rejects.toMatchObject(code);
        await expect(openRemoteKey(url, WALLET, odd(answer))).rejects.toMatchObject(code);
      }),
    );
    expect(bytesToBigint(signer.address)).toBe(BigInt(key.address));
  });
});
