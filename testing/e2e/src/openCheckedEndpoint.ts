import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { OpenRpcValidator } from "@trellis/kit";
import { WebSocket, WebSocketServer } from "ws";
import { AnswerChecker } from "./AnswerChecker.ts";

interface Endpoint {
  readonly rpcUrl: string;
  readonly wsUrl: string;
}

export interface CheckedEndpoint extends Endpoint {
  readonly findings: ReadonlyMap<string, string>;
  readonly checkedCounts: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/**
 * Forwards HTTP and WebSocket from a loopback port to a node, and checks all answers. @param validator if
 * undefined, checks only the JSON-RPC envelope
 */
export async function openCheckedEndpoint(
  node: Endpoint,
  validator: OpenRpcValidator | undefined,
): Promise<CheckedEndpoint> {
  const findings = new Map<string, string>();
  const checkedCounts = new Map<string, number>();
  const newChecker = (): AnswerChecker => new AnswerChecker(validator, findings, checkedCounts);

  const server = createServer((request, response) => {
    passHttp(node.rpcUrl, request, response, newChecker()).catch((error: unknown) => {
      response.writeHead(502).end(String(error));
    });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (client) => passWebSocket(node.wsUrl, client, newChecker()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    rpcUrl: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}`,
    findings,
    checkedCounts,
    async close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function passHttp(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  checker: AnswerChecker,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const text = await answer.text();
  checker.sent(body);
  checker.received(text);
  response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
}

function passWebSocket(url: string, client: WebSocket, checker: AnswerChecker): void {
  const node = new WebSocket(url);
  const waiting: string[] = [];
  client.on("message", (data) => {
    const text = String(data);
    checker.sent(text);
    if (node.readyState === WebSocket.OPEN) node.send(text);
    else waiting.push(text);
  });
  node.on("open", () => {
    for (const text of waiting.splice(0)) node.send(text);
  });
  node.on("message", (data) => {
    const text = String(data);
    checker.received(text);
    client.send(text);
  });
  node.on("close", () => client.close());
  node.on("error", () => client.terminate());
  client.on("close", () => node.close());
}
