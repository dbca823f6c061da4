import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface DoubleRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface DoubleAnswer {
  readonly status: number;
  readonly body: string;
}

export abstract class HttpDouble {
  readonly asked: string[] = [];
  status = 200;
  isLying = false;
  readonly #server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      const { method = "", url: path = "", headers } = request;
      this.asked.push(`${method} ${path}`);
      const body = Buffer.concat(parts).toString();
      const { status, body: answer } =
        this.status === 200
          ? await this.answer({ method, path, headers, body })
          : { status: this.status, body: '{"errors":["no"]}' };
      response.writeHead(status, { "content-type": "application/json", location: "/elsewhere" }).end(answer);
    });
  });
  #url = "";

  get url(): string {
    return this.#url;
  }

  protected abstract answer(request: DoubleRequest): DoubleAnswer | Promise<DoubleAnswer>;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function ok(body: object): DoubleAnswer {
  return { status: 200, body: JSON.stringify(body) };
}
