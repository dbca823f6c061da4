import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystore, keystoreToJson, privateKeyToAddress, publicKeyFromPrivate } from "@trellis/crypto";
import { startSoftHsm, type TestToken } from "@trellis/kit";
import { captureIo } from "@trellis/kit/captureIo";
import { VaultServer, Web3SignerServer } from "@trellis/kit/keyServers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { systemRandom } from "../system/index.ts";
import { parseHeldKeys } from "./SignerAccess.ts";
import { type SignerKeys, signerKeysOf } from "./SignerKey.ts";
import { ACCESS } from "./testing/SignerBench.ts";
import { withHeldKeys } from "./withHeldKeys.ts";

const secret = new Uint8Array(32).fill(9);
const digest = new Uint8Array(32).fill(1);
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const NONE: SignerKeys = signerKeysOf([], async () => new Uint8Array());
const folder = mkdtempSync(join(tmpdir(), "trellis-held-"));
const vault = new VaultServer();
const token = await startSoftHsm();
const hsm = token as TestToken;

beforeAll(async () => {
  await vault.start();
  vault.create("records", "ed25519");
  vault.create("tls", "ecdsa-p256");
  const keystore = await encryptKeystore(secret, "password", systemRandom, { n: 2, r: 1, p: 1 });
  writeFileSync(join(folder, "wallet.json"), keystoreToJson(keystore));
  writeFileSync(join(folder, "pin"), "Canary-Pin-4711");
});
afterAll(async () => {
  await vault.stop();
  rmSync(folder, { recursive: true });
  if ("stop" in token) token.stop();
});

const io = () => ({
  ...captureIo().io,
  environment: { VAULT_ADDR: vault.url, VAULT_TOKEN: vault.token, PASSWORD: "password" },
});
const open = (uris: Readonly<Record<string, string>>, stored = NONE) =>
  withHeldKeys(stored, new Map(Object.entries(uris)), io());
const address = Buffer.from(privateKeyToAddress(secret)).toString("hex");
const KEYSTORE = `keystore:${folder}?password-from=env%3APASSWORD#0x${address}`;

describe("keys at holders of a signer [SIGNER-8]", () => {
  it("sign there, beside stored keys: Vault, a keystore", async () => {
    const stored = {
      id: "log/main",
      purpose: "log",
      algorithm: "ed25519",
      publicKey: ALGORITHMS.ed25519.publicKeyOf(secret),
      createdMs: 1,
      version: 1,
    } as const;
    const keys = await open(
      {
        "record/main": "hashivault://records",
        "signer-channel/tls": "hashivault://tls",
        "account/file": KEYSTORE,
      },
      signerKeysOf([stored], async (_, payload) => ALGORITHMS.ed25519.sign(payload, secret)),
    );
    expect(keys.all.map(({ id, algorithm }) => `${id} ${algorithm}`)).toEqual([
      "log/main ed25519",
      "record/main ed25519",
      "signer-channel/tls p256",
      "account/file secp256k1",
    ]);
    expect(keys.find("account/file")?.publicKey).toEqual(publicKeyFromPrivate(secret));
    for (const key of keys.all) {
      const signature = await keys.sign(key, digest);
      expect(ALGORITHMS[key.algorithm].verify(digest, signature, key.publicKey), key.id).toBe(true);
    }
    vault.isSealed = true;
    await expect(keys.sign(keys.find("record/main")!, digest)).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    vault.isSealed = false;
    await keys.close();
  });

  it.skipIf("reason" in token)("sign in a PKCS #11 token", async () => {
    await hsm.generate("wallet", "secp256k1");
    const pin = encodeURIComponent(`file:${join(folder, "pin")}`);
    const uri = `pkcs11:token=${hsm.token};object=wallet?module-path=${hsm.module}&pin-source=${pin}`;
    const [first, second] = [await open({ "account/hsm": uri }), await open({ "account/hsm": uri })];
    await first.close();
    const key = second.find("account/hsm")!;
    expect(ALGORITHMS.secp256k1.verify(digest, await second.sign(key, digest), key.publicKey)).toBe(true);
    await second.close();
  });

  it("SIGNER_SETUP_INVALID: no such key, none named, one key twice, a holder that hashes itself", async () => {
    const web3 = await new Web3SignerServer().start();
    const refused = [
      [{ "record/main": "hashivault://none" }, {}],
      [{ "record/main": "hashivault://" }, { reason: "it does not have this key" }],
      [{ "record/main": "records" }, {}],
      [
        { "record/a": "hashivault://records", "record/b": "hashivault://records" },
        { reason: "one key has two ids" },
      ],
      [{ "account/a": `web3signer:${web3.url}#0x${address}` }, { reason: "it signs messages, not digests" }],
    ] as const;
    for (const [uris, facts] of refused)
      await expect(open(uris), JSON.stringify(uris)).rejects.toEqual(code("SIGNER_SETUP_INVALID", facts));
    await web3.stop();
  });

  it("SIGNER_SETUP_INVALID: a validator's key, which has a record", () => {
    expect(parseHeldKeys(`${ACCESS}keys: { record/main: "hashivault://records" }\n`).size).toBe(1);
    expect(parseHeldKeys(ACCESS).size).toBe(0);
    for (const id of ["validator/main", "record", "record/../x", "other/main"])
      expect(() => parseHeldKeys(`${ACCESS}keys: { "${id}": "hashivault://records" }\n`), id).toThrow(
        code("SIGNER_SETUP_INVALID"),
      );
  });
});
