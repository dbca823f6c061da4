import { createHash } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";

export const CLIENT = { id: "console", secret: "the secret of the console, long enough" };
export const AUDIENCE = "trellis-reserves";

/** Undefined omits a claim. */
export interface TokenChange {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey | Uint8Array;
}

export class OidcProvider {
  #server: Server | undefined;
  #port = 0;
  #keys: { readonly id: string; readonly key: CryptoKey; readonly publicKey: CryptoKey }[] = [];
  #jwks: JWK[] = [];
  readonly #logins = new Map<string, { readonly nonce: string; readonly challenge: string }>();
  #codes = 0;
  keyReads = 0;
  person: Readonly<Record<string, unknown>> = { sub: "carol", role: "operator" };
  asks: "nobody" | "page" = "nobody";
  origin: string | undefined;

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    if (this.#keys.length === 0) await this.rotate();
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => void this.#answer(new URL(request.url ?? "/", this.issuer), body, response));
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }

  async rotate(): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    this.#keys.push({ id: `key-${this.#keys.length + 1}`, key: privateKey, publicKey });
    this.#jwks = await Promise.all(
      this.#keys.slice(-2).map(async (held) => ({
        ...(await exportJWK(held.publicKey)),
        kid: held.id,
        alg: "ES256",
        use: "sig",
      })),
    );
  }

  /** PEM, for algorithm-confusion attacks. */
  async publicKeyText(): Promise<Uint8Array> {
    return new TextEncoder().encode(await exportSPKI(this.#keys.at(-1)!.publicKey));
  }

  token({ header = {}, claims = {}, key }: TokenChange = {}): Promise<string> {
    const nowS = Math.floor(Date.now() / 1_000);
    const all = { iss: this.issuer, aud: AUDIENCE, iat: nowS, exp: nowS + 600, sub: "ann", role: "operator" };
    const held = this.#keys.at(-1)!;
    return new SignJWT({ ...all, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: held.id, ...header })
      .sign(key ?? held.key);
  }

  async #answer(url: URL, body: string, response: ServerResponse): Promise<void> {
    const json = (value: unknown, status = 200): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json({
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/keys`,
          response_types_supported: ["code"],
          id_token_signing_alg_values_supported: ["ES256"],
        });
      case "/keys":
        this.keyReads += 1;
        return json({ keys: this.#jwks });
      case "/authorize": {
        const { searchParams: asked } = url;
        if (asked.get("code_challenge_method") !== "S256") return json({ error: "invalid_request" }, 400);
        const back = (answer: Readonly<Record<string, string>>): string => {
          const redirect = new URL(asked.get("redirect_uri") ?? "");
          const to = new URL(redirect.pathname, this.origin ?? redirect);
          const told = { ...answer, state: asked.get("state") ?? "" };
          for (const [name, value] of Object.entries(told)) to.searchParams.set(name, value);
          return to.href;
        };
        const code = `code-${this.#codes++}`;
        const [nonce, challenge] = [asked.get("nonce") ?? "", asked.get("code_challenge") ?? ""];
        this.#logins.set(code, { nonce, challenge });
        const [yes, no] = [back({ code }), back({ error: "access_denied" })];
        if (this.asks === "nobody") return void response.writeHead(302, { location: yes }).end();
        const link = (to: string, text: string): string =>
          `<a href="${to.replaceAll("&", "&amp;")}">${text}</a>`;
        const page = `<!doctype html><title>Provider</title>${link(yes, "Allow")} ${link(no, "Deny")}`;
        return void response.writeHead(200, { "content-type": "text/html" }).end(page);
      }
      case "/token": {
        const form = new URLSearchParams(body);
        const code = form.get("code") ?? "";
        const login = this.#logins.get(code);
        const verifier = form.get("code_verifier") ?? "";
        const challenge = createHash("sha256").update(verifier).digest("base64url");
        if (login?.challenge !== challenge) return json({ error: "invalid_grant" }, 400);
        this.#logins.delete(code);
        const claims = { aud: CLIENT.id, nonce: login.nonce, ...this.person };
        const header = this.#keys.at(-1)!.id;
        const id = await this.token({ header: { alg: "ES256", kid: header }, claims });
        return json({ access_token: id, token_type: "Bearer", expires_in: 600, id_token: id });
      }
      default:
        return json({}, 404);
    }
  }
}
