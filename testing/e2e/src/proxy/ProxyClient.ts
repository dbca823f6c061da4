import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { WebSocket } from "ws";

export interface ProxyAnswer {
  readonly status: number;
  readonly text: string;
}

export interface ProxyPlace {
  readonly port: number;
  readonly authority: string;
  /** Of the client: HAProxy chooses servers by it. */
  readonly address: string;
}

interface ProxyRequest {
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Keeps its connection to the proxy, as browsers and SDKs do. */
export class ProxyClient {
  readonly #place: ProxyPlace;
  readonly #agent: Agent;

  constructor(place: ProxyPlace) {
    this.#place = place;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca: place.authority });
  }

  async send({ host, path = "/", method = "GET", headers = {}, body }: ProxyRequest): Promise<ProxyAnswer> {
    const { port, address } = this.#place;
    const sent = request({
      host: "127.0.0.1",
      servername: host,
      port,
      path,
      method,
      localAddress: address,
      agent: this.#agent,
      headers: { host, ...headers },
    });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.setEncoding("utf8");
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode!, text };
  }

  async socket(host: string, path = "/", protocols: readonly string[] = []): Promise<WebSocket> {
    const { port, address, authority } = this.#place;
    const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, [...protocols], {
      ca: authority,
      localAddress: address,
      headers: { host },
    });
    await once(socket, "open");
    return socket;
  }

  close(): void {
    this.#agent.destroy();
  }
}
