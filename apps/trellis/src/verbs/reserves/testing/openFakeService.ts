import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface FakeService {
  readonly url: string;
  close(): Promise<void>;
}

export async function openFakeService(
  answer: (request: IncomingMessage, body: string) => FakeAnswer,
): Promise<FakeService> {
  const server = createServer(async (request, response) => {
    const { status, body } = answer(request, Buffer.concat(await request.toArray()).toString());
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
