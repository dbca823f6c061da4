import { QueryClient } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import { isAskedAgain } from "./RpcConnection.ts";
import { closeAll, connect, startNode, untilState } from "./testing/startNode.ts";

afterEach(closeAll);

function tell(socket: WebSocket, subscription: string): void {
  const params = { subscription, result: { number: "0x7" } };
  socket.send(JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params }));
}

describe("RpcConnection", () => {
  it("answers each request with its own answer, also those made before it is open", async () => {
    const { port } = await startNode(({ params }) => ({ result: params[0] }));
    const connection = connect(port);
    const answers = await Promise.all([1, 2, 3].map((number) => connection.request("echo", [number])));
    expect(answers).toEqual([1, 2, 3]);
    expect(connection.state).toBe("live");
  });

  it("CONSOLE_REFUSED: with the node's reason, code and hint", async () => {
    const data = { code: "RPC_INDEX_OFF", hint: "start it with --index" };
    const { port } = await startNode(() => ({ error: { code: -32_000, message: "no index", data } }));
    await expect(connect(port).request("trellis_search", ["x"])).rejects.toMatchObject({
      code: "CONSOLE_REFUSED",
      facts: { reason: "no index", nodeCode: "RPC_INDEX_OFF", nodeHint: "start it with --index" },
    });
  });

  it.each([
    ["RPC_OVERLOADED", 5],
    ["RPC_CALL_TIMED_OUT", 5],
    ["RPC_INDEX_OFF", 0],
  ])("after %s a question is asked %i times more", async (code, times) => {
    const error = { code: -32_005, message: "no", data: { code } };
    const { port, asked } = await startNode(() => ({ error }));
    const connection = connect(port);
    const client = new QueryClient({ defaultOptions: { queries: { retry: isAskedAgain, retryDelay: 0 } } });
    const answer = client.fetchQuery({ queryKey: [code], queryFn: () => connection.request("eth_call") });
    await expect(answer).rejects.toMatchObject({ facts: { nodeCode: code } });
    expect(asked).toHaveLength(1 + times);
  });

  it("repeats a refused subscription, and emits nothing until it starts", async () => {
    let refusals = 2;
    const { port, asked, sockets } = await startNode(({ method }) =>
      method === "eth_subscribe" && refusals-- > 0
        ? { error: { code: -32_005, message: "too many subscriptions" } }
        : { result: "0x5" },
    );
    const connection = connect(port);
    const states: boolean[] = [];
    connection.onState(() => states.push(connection.isTold));
    const heard = new Promise((resolve) => {
      connection.subscribe("eth_subscribe", () => ["newHeads"], resolve);
    });
    await vi.waitUntil(() => states.length === 4, { timeout: 60_000 });
    expect(states).toEqual([true, false, false, true]);
    expect(asked.map(({ method }) => method)).toEqual(Array(3).fill("eth_subscribe"));
    tell(sockets[0]!, "0x5");
    expect(await heard).toEqual({ number: "0x7" });
  });

  it("one that is left before the node has answered is ended there", async () => {
    const { port, asked } = await startNode(() => ({ result: "0x9" }));
    const connection = connect(port);
    await connection.request("net_version");
    connection.subscribe(
      "trellis_subscribe",
      () => ["dag"],
      () => {},
    )();
    await vi.waitUntil(() => asked.length === 3, { timeout: 60_000 });
    expect(asked[2]).toMatchObject({ method: "trellis_unsubscribe", params: ["0x9"] });
  });

  it("CONSOLE_LOST: what waits fails, and subscriptions begin again when the node is back", async () => {
    const first = await startNode(({ method }) => (method === "hang" ? { id: -1 } : { result: "0x1" }));
    const connection = connect(first.port);
    const heard: unknown[] = [];
    connection.subscribe(
      "eth_subscribe",
      () => ["newHeads"],
      (message) => heard.push(message),
    );
    await connection.request("net_version");
    const lost = expect(connection.request("hang")).rejects.toMatchObject({
      code: "CONSOLE_LOST",
      facts: { reason: "the connection to the node was lost" },
    });
    const isLost = untilState(connection, "lost");
    first.stop();
    await Promise.all([lost, isLost]);
    const second = await startNode(() => ({ result: "0x2" }), first.port);
    await untilState(connection, "live");
    await connection.request("net_version");
    expect(second.asked.map(({ method }) => method)).toContain("eth_subscribe");
    tell(second.sockets[0]!, "0x2");
    await connection.request("net_version");
    expect(heard).toEqual([{ number: "0x7" }]);
  });
});
