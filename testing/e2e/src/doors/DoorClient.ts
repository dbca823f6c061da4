import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { signRequest } from "@trellis/platform/http";
import { WebSocket } from "ws";

export type Headers = Readonly<Record<string, string>>;

export interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Headers;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export interface ClientOptions {
  readonly authority: string;
  readonly address: string;
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined;
  readonly credentials: (request: { method: string; url: string; body?: string | undefined }) => Headers;
}

const isDirect = (address: string): boolean => address.startsWith("127.");

export class DoorClient {
  readonly #options: ClientOptions;
  readonly #agent: Agent;
  readonly #sockets = new Set<WebSocket>();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ...this.#tls() });
  }

  async send(url: string, { method = "GET", body, headers = {} }: Sent = {}): Promise<Answer> {
    const sent = request(url, {
      method,
      agent: this.#agent,
      headers: {
        ...this.#forwarded(),
        ...(body !== undefined && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        }),
        ...this.#options.credentials({ method, url, body }),
        ...headers,
      },
    });
    // The server may close before it has read the whole request.
    sent.on("error", () => {}).end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    let text = "";
    for await (const part of answer.setEncoding("utf8")) text += part;
    return { status: answer.statusCode!, headers: answer.headers, text };
  }

  async open(url: string): Promise<WebSocket | number> {
    const credentials = this.#options.credentials({ method: "GET", url: url.replace("wss", "https") });
    const socket = new WebSocket(url, { headers: { ...this.#forwarded(), ...credentials }, ...this.#tls() });
    this.#sockets.add(socket);
    socket.on("error", () => {});
    return new Promise((resolve, reject) => {
      socket
        .once("open", () => resolve(socket))
        .once("unexpected-response", (_, { statusCode }) => resolve(statusCode ?? 0))
        .once("error", reject);
    });
  }

  close(): void {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.terminate();
  }

  #forwarded(): Headers {
    const { address } = this.#options;
    return isDirect(address) ? {} : { "x-forwarded-for": address };
  }

  #tls() {
    const { authority, identity, address } = this.#options;
    return {
      ca: authority,
      ...(identity !== undefined && { cert: identity.certificate, key: identity.key }),
      ...(isDirect(address) && { localAddress: address }),
    };
  }
}

/** HS256 token, as in Ethereum's engine API. */
export function sharedToken(secret: Uint8Array, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(Date.now() / 1_000);
  const head = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iat, ...claims })}`;
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

export function signer(id: string, key = generateKeyPairSync("ed25519").privateKey) {
  const signing = { id, algorithm: "ed25519", key } as const;
  return ({ method, url, body }: { method: string; url: string; body?: string | undefined }): Headers => {
    const { host, protocol, pathname, search } = new URL(url);
    const terms = {
      key: signing,
      createdS: Math.floor(Date.now() / 1_000),
      nonce: randomBytes(16).toString("hex"),
    };
    const shown = {
      method,
      scheme: protocol.slice(0, -1),
      authority: host,
      target: pathname + search,
      headers: {},
    };
    return signRequest(shown, body === undefined ? undefined : Buffer.from(body), terms);
  };
}
