import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSecret, type SecretIo } from "./index.ts";
import { readVaultSecret, vaultPlaceOf } from "./readVaultSecret.ts";

const TOKEN = "hvs.CAESIsecret";
const folder = mkdtempSync(join(tmpdir(), "trellis-vault-"));
let server: Server;
let address: string;

/** https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 */
function answerOf(path: string, token: unknown): readonly [number, unknown] {
  if (token !== TOKEN) return [403, { errors: ["permission denied"] }];
  const metadata = { created_time: "2026-01-02T03:04:05Z", deletion_time: "", destroyed: false, version: 2 };
  const answers: Record<string, readonly [number, unknown]> = {
    "/v1/secret/data/trellis/reserves": [
      200,
      {
        request_id: "1",
        lease_id: "",
        data: { data: { database: "postgres://x", empty: "", pin: 7 }, metadata },
      },
    ],
    "/v1/secret/data/deleted": [
      404,
      { data: { data: null, metadata: { ...metadata, deletion_time: "2026-01-03" } } },
    ],
    "/v1/kv1/data/a": [200, { data: { value: "of version 1" } }],
    "/v1/sealed/data/a": [503, { errors: ["Vault is sealed"] }],
    "/v1/busy/data/a": [429, { errors: [] }],
    "/v1/bad/data/a": [400, { errors: ["bad"] }],
  };
  return answers[path] ?? [404, { errors: [] }];
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path.startsWith("/v1/slow/")) return;
    if (path.startsWith("/v1/moved/"))
      return void response.writeHead(307, { location: "/v1/secret/data/a" }).end();
    if (path.startsWith("/v1/text/")) return void response.writeHead(200).end("<html>");
    if (path.startsWith("/v1/long/")) return void response.writeHead(200).end("x".repeat(2 << 20));
    const [status, body] = answerOf(path, request.headers["x-vault-token"]);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const read = (reference: string, token = TOKEN, answerMsMax?: number): Promise<string> =>
  readVaultSecret(vaultPlaceOf(reference)!, { address, token }, answerMsMax);
const resolve = (reference: string, environment: object): Promise<string> =>
  readSecret(reference, "", { environment } as unknown as SecretIo);
const refusal = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });
const unreadable = (reason: string) => refusal("SECRET_UNREADABLE", { reason });

describe("secret in Vault", () => {
  it("is read with a token from the environment or a file", async () => {
    const reference = "vault:secret/trellis/reserves#database";
    const file = join(folder, "token");
    writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
    const open = join(folder, "open-token");
    writeFileSync(open, `${TOKEN}\n`, { mode: 0o644 });
    const exposed = { VAULT_ADDR: address, VAULT_TOKEN_FILE: open };
    await expect(resolve(reference, exposed)).rejects.toThrowError(
      unreadable("readable by others (mode 644): run chmod 600"),
    );
    for (const token of [{ VAULT_TOKEN: TOKEN }, { VAULT_TOKEN_FILE: file }]) {
      const environment = { VAULT_ADDR: address, ...token };
      expect(await resolve(reference, environment)).toBe("postgres://x");
    }
  });

  it.each(["vault:secret/a", "vault:secret#a", "vault:secret/../sys/seal#a", "vault:secret//a#b", "vault:#"])(
    "SECRET_UNREADABLE: %s",
    async (reference) => {
      const environment = { VAULT_ADDR: address, VAULT_TOKEN: TOKEN };
      await expect(resolve(reference, environment)).rejects.toThrowError(
        unreadable("not env:NAME, file:PATH, vault:MOUNT/PATH#FIELD or sealed:FILE#NAME"),
      );
    },
  );

  it("SECRET_UNREADABLE: no address, no token", async () => {
    const reference = "vault:secret/a#b";
    for (const environment of [{}, { VAULT_ADDR: address }, { VAULT_TOKEN: TOKEN }])
      await expect(resolve(reference, environment)).rejects.toThrowError(unreadable("not set"));
  });

  it.each(["http://vault.example", "ftp://127.0.0.1", "https://user:pw@vault.example", "vault.example", ""])(
    "SECRET_UNREADABLE: the token is not sent to %j",
    async (elsewhere) => {
      const asking = readVaultSecret(vaultPlaceOf("secret/a#b")!, { address: elsewhere, token: TOKEN });
      await expect(asking).rejects.toThrowError(unreadable("not https://HOST"));
    },
  );

  it.each([
    ["not there", "secret/none#database"],
    ["not there", "secret/deleted#database"],
    ["not there", "secret/trellis/reserves#other"],
    ["not there", "secret/trellis/reserves#empty"],
    ["not there", "secret/trellis/reserves#pin"],
    ["not there", "secret/trellis/reserves#__proto__"],
    ["not a KV engine of version 2", "kv1/a#value"],
    ["Vault responds with status 400", "bad/a#b"],
    ["the response is not JSON", "text/a#b"],
    ["the response is too long", "long/a#b"],
  ])("SECRET_UNREADABLE: %s: %s", async (reason, place) => {
    await expect(read(place)).rejects.toThrowError(unreadable(reason));
  });

  it.each(["sealed/a#b", "busy/a#b", "moved/a#b"])("SECRET_STORE_UNREACHABLE: %s", async (place) => {
    await expect(read(place)).rejects.toThrowError(refusal("SECRET_STORE_UNREACHABLE"));
  });

  it("SECRET_STORE_UNREACHABLE: timeout, connection refused", async () => {
    await expect(read("slow/a#b", TOKEN, 30)).rejects.toThrowError(refusal("SECRET_STORE_UNREACHABLE"));
    const nobody = readVaultSecret(vaultPlaceOf("secret/a#b")!, {
      address: "http://127.0.0.1:1",
      token: TOKEN,
    });
    await expect(nobody).rejects.toThrowError(refusal("SECRET_STORE_UNREACHABLE"));
  });

  it("SECRET_UNREADABLE: a token without permission, which is not repeated", async () => {
    const refused = await read("secret/trellis/reserves#database", "hvs.other").catch(
      (error: unknown) => error,
    );
    expect(refused).toEqual(unreadable("Vault responds with status 403"));
    expect(JSON.stringify(refused)).not.toContain("hvs.");
  });
});
