import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToHex } from "@trellis/base";
import {
  blsKeystoreToJson,
  encryptBlsKeystore,
  encryptKeystore,
  keystoreToJson,
  privateKeyToAddress,
  publicKeyFromPrivate,
} from "@trellis/crypto";
import { VaultServer, Web3SignerServer } from "@trellis/kit/keyServers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVaultTransit } from "../../keyServices/createVaultTransit.ts";
import type { KeyServiceHttp } from "../../keyServices/KeyServiceHttp.ts";
import { openKeyServiceHttp } from "../../keyServices/openKeyServiceHttp.ts";
import { readSealedSecret } from "../../secrets/sealed/readSealedSecret.ts";
import { systemRandom } from "../../system/index.ts";
import { holderSuite } from "../testing/holderSuite.ts";
import { openKeystoreHolder } from "./openKeystoreHolder.ts";
import { openVaultHolder } from "./openVaultHolder.ts";
import { openWeb3SignerHolder } from "./openWeb3SignerHolder.ts";

const ACCOUNT = new Uint8Array(32).fill(0x21);
const VALIDATOR = new Uint8Array(32).fill(0x0b);
const PASSWORD = "correct horse";
const CHEAP = { n: 2, r: 1, p: 1 };
const ADDRESS = bytesToHex(privateKeyToAddress(ACCOUNT));
const digits = (key: Uint8Array): string => bytesToHex(key).slice(2);
const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });

let folder: string;
let validatorId: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "trellis-holders-"));
  const account = await encryptKeystore(ACCOUNT, PASSWORD, systemRandom, CHEAP);
  const validator = await encryptBlsKeystore(VALIDATOR, PASSWORD, systemRandom, CHEAP);
  validatorId = bytesToHex(validator.publicKey);
  writeFileSync(join(folder, "account.json"), keystoreToJson(account));
  writeFileSync(join(folder, "validator.json"), blsKeystoreToJson(validator));
  writeFileSync(join(folder, "notes.txt"), "neither");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("keystore files", () => {
  const open = (password: (file: string) => Promise<string> = async () => PASSWORD) =>
    openKeystoreHolder({ folder }, { password });

  holderSuite(
    "keystores",
    async () => ({
      holder: open(),
      secrets: [digits(ACCOUNT), digits(VALIDATOR), PASSWORD],
      publicKeys: { [ADDRESS]: publicKeyFromPrivate(ACCOUNT) },
    }),
    { ids: [ADDRESS], runs: 5 },
  );

  it("KEY-3: lists both formats without a password, and ignores other files", async () => {
    const holder = open(async () => Promise.reject(new Error("asked")));
    const found = (await holder.list()).map(({ id, purpose, algorithm }) => [id, purpose, algorithm]);
    expect(found).toEqual([
      [ADDRESS, "account", "secp256k1"],
      [validatorId, "validator", "bls12-381"],
    ]);
    await holder.close();
  });

  it("KEY-3: asks once for a password, and shows the public key of an opened file", async () => {
    const asked: string[] = [];
    const holder = open(async (file) => {
      asked.push(file);
      return PASSWORD;
    });
    await Promise.all([1, 2, 3].map((byte) => holder.sign(validatorId, Uint8Array.of(byte))));
    await holder.sign(ADDRESS, new Uint8Array(32));
    expect(asked).toEqual([join(folder, "validator.json"), join(folder, "account.json")]);
    const account = (await holder.list()).find(({ id }) => id === ADDRESS);
    expect(account?.publicKey).toEqual(publicKeyFromPrivate(ACCOUNT));
    await holder.close();
  });

  it("KEYSTORE_PASSWORD_WRONG: may be corrected", async () => {
    let password = "wrong";
    const holder = open(async () => password);
    const refused = holder.sign(ADDRESS, new Uint8Array(32));
    await expect(refused).rejects.toEqual(code("KEYSTORE_PASSWORD_WRONG"));
    password = PASSWORD;
    expect(await holder.sign(ADDRESS, new Uint8Array(32))).toHaveLength(65);
    await holder.close();
  });

  it("SIGNER_SETUP_INVALID: no folder", async () => {
    const holder = openKeystoreHolder({ folder: join(folder, "none") }, { password: async () => PASSWORD });
    await expect(holder.list()).rejects.toEqual(code("SIGNER_SETUP_INVALID", { holder: "keystore" }));
  });
});

const http = openKeyServiceHttp(20_000);

describe("Vault's transit engine", () => {
  const openServer = async () => {
    const server = await new VaultServer().start();
    server.create("records", "ed25519");
    server.create("wallet", "ecdsa-secp256k1", ACCOUNT);
    server.create("tls", "ecdsa-p256");
    server.create("post", "ml-dsa-65");
    server.create("log", "ml-dsa-44");
    server.create("sealing", "aes256-gcm96");
    return server;
  };
  const transit = ({ url, token, mount }: VaultServer, given = token) =>
    createVaultTransit({ url, mount, token: given }, http);

  holderSuite(
    "vault",
    async () => {
      const server = await openServer();
      return {
        holder: openVaultHolder(transit(server)),
        secrets: [server.token, digits(ACCOUNT)],
        cut: () => {
          server.isSealed = true;
        },
        mend: () => {
          server.isSealed = false;
        },
        lie: () => {
          server.isLying = true;
        },
        close: () => server.stop(),
      };
    },
    { ids: ["records", "wallet", "tls", "post", "log"], runs: 8 },
  );

  it("KEY-4: a rotated key keeps its version until it is listed again; the old one stays usable", async () => {
    const server = await openServer();
    const holder = openVaultHolder(transit(server), { keys: { records: "record" } });
    const [first] = await holder.list();
    expect(first).toMatchObject({ id: "records", purpose: "record", location: "records v1" });
    expect(first).not.toHaveProperty("rotatedMs");
    server.rotate("records");
    const before = await holder.sign("records", Uint8Array.of(1));
    const [old, newest] = await holder.list();
    expect(old).toMatchObject({ id: "records/1", publicKey: first!.publicKey });
    expect(newest).toMatchObject({
      id: "records",
      rotatedMs: expect.any(Number),
      createdMs: first!.createdMs,
    });
    expect(newest!.publicKey).not.toEqual(first!.publicKey);
    expect(await holder.sign("records/1", Uint8Array.of(1))).toEqual(before);
    expect(await holder.sign("records", Uint8Array.of(1))).not.toEqual(before);
    await server.stop();
  });

  it("KEY-4: encrypts for a context", async () => {
    const server = await openServer();
    const sealed = await transit(server).encrypt("sealing", ACCOUNT, Uint8Array.of(1));
    expect(await transit(server).decrypt("sealing", sealed, Uint8Array.of(1))).toEqual(ACCOUNT);
    const other = transit(server).decrypt("sealing", sealed, Uint8Array.of(2));
    await expect(other).rejects.toEqual(code("SIGNER_SETUP_INVALID"));
    await server.stop();
  });

  it("SIGNER_SETUP_INVALID: another token, a missing key, a key that cannot sign; the token is not shown", async () => {
    const server = await openServer();
    const refused = await openVaultHolder(transit(server, "hvs.other"))
      .list()
      .catch((error: unknown) => error);
    expect(refused).toEqual(code("SIGNER_SETUP_INVALID", { reason: "the token is not permitted to list" }));
    expect(JSON.stringify(refused)).not.toContain("hvs.");
    for (const [key, reason] of [
      ["none", "no such key"],
      ["sealing", "a key of type aes256-gcm96 cannot sign here"],
    ] as const) {
      const holder = openVaultHolder(transit(server), { keys: { [key]: "record" } });
      await expect(holder.list()).rejects.toEqual(code("SIGNER_SETUP_INVALID", { reason }));
    }
    await server.stop();
  });

  it.each(["http://vault.example", "ftp://127.0.0.1", "https://u:p@vault.example", "vault", ""])(
    "SIGNER_SETUP_INVALID: the token is not sent to %j",
    (url) => {
      expect(() => createVaultTransit({ url, mount: "transit", token: "t" }, http)).toThrow(
        code("SIGNER_SETUP_INVALID"),
      );
    },
  );
});

describe("names of other parts of Vault's API [KEY-4]", () => {
  const url = "https://v.example";
  const asked: string[] = [];
  const ask: KeyServiceHttp = async ({ url: place }) => {
    asked.push(place);
    return { status: 200, text: "{}" };
  };

  it.each(["auth/token/revoke-self?", "auth/token/revoke-self#", "../sys", "a/../../sys", "a%2f..", ""])(
    "SIGNER_SETUP_INVALID: the mount %j",
    (mount) => {
      expect(() => createVaultTransit({ url, mount, token: "t" }, ask)).toThrow(code("SIGNER_SETUP_INVALID"));
    },
  );

  it.each(["..", ".", "", "a/b", "a?b", "%2e%2e"])("SIGNER_SETUP_INVALID: the key %j", async (key) => {
    const vault = createVaultTransit({ url, mount: "transit", token: "t" }, ask);
    for (const attempt of [
      () => vault.read(key),
      () => vault.sign(key, ACCOUNT, {}),
      () => vault.encrypt(key, ACCOUNT),
      () => vault.decrypt(key, "vault:v1:AA=="),
    ])
      await expect(attempt()).rejects.toEqual(code("SIGNER_SETUP_INVALID", { reason: expect.any(String) }));
    expect(asked).toEqual([]);
  });

  it("SIGNER_SETUP_INVALID: a changed sealed file sends Vault's token to no other place", async () => {
    const server = await new VaultServer().start();
    const file = join(folder, "sealed.json");
    const wrapping = {
      kind: "vault",
      mount: "auth/token/revoke-self#",
      key: "k",
      ciphertext: "vault:v1:AA==",
    };
    writeFileSync(file, JSON.stringify({ format: 1, wrapping, secrets: { a: "AA==" } }));
    const environment = { VAULT_ADDR: server.url, VAULT_TOKEN: server.token };
    await expect(readSealedSecret(`${file}#a`, environment)).rejects.toEqual(
      code("SIGNER_SETUP_INVALID", { reason: "not the mount path of an engine" }),
    );
    await server.stop();
  });
});

describe("Web3Signer", () => {
  holderSuite(
    "web3signer",
    async () => {
      const server = await new Web3SignerServer().start();
      server.add(new Uint8Array(32).fill(9));
      server.add(ACCOUNT);
      return {
        holder: openWeb3SignerHolder({ url: server.url }, http),
        secrets: [digits(ACCOUNT)],
        cut: () => {
          server.status = 503;
        },
        mend: () => {
          server.status = 200;
        },
        lie: () => {
          server.isLying = true;
        },
        close: () => server.stop(),
      };
    },
    { ids: [ADDRESS] },
  );
});

describe("answers of a strange service", () => {
  it("SIGNER_SETUP_INVALID, SIGNER_UNREACHABLE: never anything else", async () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom("[]", '["0x04"]', '{"data":{}}'));
    const answers = fc.record({ status: fc.constantFrom(200, 204, 301, 400, 403, 404, 429, 500), text });
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        const strange: KeyServiceHttp = async () => answer;
        const vault = createVaultTransit({ url: "https://v.example", mount: "transit", token: "t" }, strange);
        const attempts = [
          openVaultHolder(vault, { keys: { a: "record" } }).list(),
          openVaultHolder(vault).list(),
          vault.sign("a", ACCOUNT, {}),
          vault.decrypt("a", "vault:v1:AA=="),
          openWeb3SignerHolder({ url: "https://v.example" }, strange).list(),
        ];
        for (const outcome of await Promise.allSettled(attempts)) {
          if (outcome.status === "fulfilled") expect(Array.isArray(outcome.value)).toBe(true);
          else expect(["SIGNER_SETUP_INVALID", "SIGNER_UNREACHABLE"]).toContain(outcome.reason.code);
        }
      }),
    );
  });

  it("SIGNER_UNREACHABLE: a refused connection, a slow or endless answer", async () => {
    const short = openKeyServiceHttp(50);
    const refused = short({ method: "GET", url: "http://127.0.0.1:1/v1" });
    await expect(refused).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    const { createServer } = await import("node:http");
    const server = createServer((request, response) => {
      if (request.url === "/endless") {
        const write = (): void => void (response.write("x".repeat(1 << 20)) && setImmediate(write));
        response.on("drain", write);
        write();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    await expect(short({ method: "GET", url })).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    await expect(http({ method: "GET", url: `${url}/endless` })).rejects.toEqual(code("SIGNER_UNREACHABLE"));
    const signal = AbortSignal.timeout(20);
    await expect(http({ method: "GET", url, signal })).rejects.toMatchObject({ name: "TimeoutError" });
    server.closeAllConnections();
    server.close();
  });
});
