import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { createRpcServer, type RpcServer } from "../server/createRpcServer.ts";
import { FakeNode, type FakeNodeOptions, type JsonRpcAnswer } from "./FakeNode.ts";

export async function openServer(options: FakeNodeOptions = {}): Promise<OpenServer> {
  const fake = new FakeNode(options);
  const server = await createRpcServer(fake.options, {
    ...fake.dependencies,
    clock: systemClock,
    scheduler: systemScheduler,
  });
  await server.listen();
  onTestFinished(() => server.close());
  return new OpenServer(fake, server);
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

class OpenServer {
  readonly fake: FakeNode;
  readonly server: RpcServer;

  constructor(fake: FakeNode, server: RpcServer) {
    this.fake = fake;
    this.server = server;
  }

  get port(): number {
    return Number(new URL(this.server.url).port);
  }

  async post(
    body: string,
    headers: OutgoingHttpHeaders = {},
    method = "POST",
    path = "/",
  ): Promise<HttpAnswer> {
    const request = httpRequest(new URL(path, this.server.url), {
      method,
      agent: false,
      headers: { "content-type": "application/json", ...headers },
    });
    request.on("error", () => {});
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      status: response.statusCode!,
      headers: response.headers,
      text: Buffer.concat(chunks).toString(),
    };
  }

  async call(method: string, ...params: unknown[]): Promise<JsonRpcAnswer> {
    const { text } = await this.post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
    return JSON.parse(text) as JsonRpcAnswer;
  }

  async tcp(): Promise<Socket> {
    const socket = connect(this.port, "127.0.0.1");
    await once(socket, "connect");
    onTestFinished(() => void socket.destroy());
    return socket;
  }

  async webSocket(headers: Record<string, string> = {}, path = "/"): Promise<WebSocketClient> {
    const socket = new WebSocket(new URL(path, this.server.webSocketUrl), { headers });
    const client = new WebSocketClient(socket);
    onTestFinished(() => socket.terminate());
    await once(socket, "open");
    return client;
  }
}

interface Notification {
  readonly method: string;
  readonly params: { readonly subscription: string; readonly result: unknown };
}

export class WebSocketClient {
  readonly socket: WebSocket;
  readonly #messages: unknown[] = [];
  #waiting: (() => void)[] = [];
  #id = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      this.#messages.push(JSON.parse(data.toString()));
      for (const resume of this.#waiting.splice(0)) resume();
    });
  }

  async next<T>(fits: (message: T) => boolean = () => true): Promise<T> {
    for (;;) {
      const at = this.#messages.findIndex((message) => fits(message as T));
      if (at >= 0) return this.#messages.splice(at, 1)[0] as T;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async call(method: string, ...params: unknown[]): Promise<JsonRpcAnswer> {
    const id = ++this.#id;
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return this.next<JsonRpcAnswer>((message) => message.id === id);
  }

  async subscribe(...params: unknown[]): Promise<string> {
    return this.#opened(await this.call("eth_subscribe", ...params));
  }

  async subscribeTrellis(...params: unknown[]): Promise<string> {
    return this.#opened(await this.call("trellis_subscribe", ...params));
  }

  async notified<T>(subscription: string): Promise<T> {
    const message = await this.next<Notification>(({ params }) => params?.subscription === subscription);
    return message.params.result as T;
  }

  #opened({ result, error }: JsonRpcAnswer): string {
    if (typeof result !== "string") throw new TypeError(JSON.stringify(error));
    return result;
  }
}
