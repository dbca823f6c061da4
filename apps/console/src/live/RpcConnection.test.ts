import { afterEach, describe, expect, it } from "vitest";
import { closeAll, connect, startNode, untilState } from "./fixtures/startNode.ts";

afterEach(closeAll);

describe("RpcConnection", () => {
  it("answers each request with its own answer, also those made before it is open", async () => {
    const { port } = await startNode(({ params }) => ({ result: params[0] }));
    const connection = connect(port);
    const answers = await Promise.all([1, 2, 3].map((number) => connection.request("echo", [number])));
    expect(answers).toEqual([1, 2, 3]);
    expect(connection.state).toBe("live");
  });

  it("CONSOLE_NODE_REFUSED: with the node's reason, code and hint", async () => {
    const data = { code: "RPC_INDEX_OFF", hint: "start it with --index" };
    const { port } = await startNode(() => ({ error: { code: -32_000, message: "no index", data } }));
    await expect(connect(port).request("trellis_search", ["x"])).rejects.toMatchObject({
      code: "CONSOLE_NODE_REFUSED",
      facts: { reason: "no index", nodeCode: "RPC_INDEX_OFF", nodeHint: "start it with --index" },
    });
  });

  it("CONSOLE_NODE_LOST: what waits fails, and subscriptions begin again when the node is back", async () => {
    const first = await startNode(({ method }) => (method === "hang" ? { id: -1 } : { result: "0x1" }));
    const connection = connect(first.port);
    const heard: unknown[] = [];
    connection.subscribe(
      "eth_subscribe",
      () => ["newHeads"],
      (message) => heard.push(message),
    );
    await connection.request("net_version");
    const lost = expect(connection.request("hang")).rejects.toMatchObject({ code: "CONSOLE_NODE_LOST" });
    const isLost = untilState(connection, "lost");
    first.stop();
    await Promise.all([lost, isLost]);
    const second = await startNode(() => ({ result: "0x2" }), first.port);
    await untilState(connection, "live");
    await connection.request("net_version");
    expect(second.asked.map(({ method }) => method)).toContain("eth_subscribe");
    const message = {
      jsonrpc: "2.0",
      method: "eth_subscription",
      params: { subscription: "0x2", result: { number: "0x7" } },
    };
    second.sockets[0]!.send(JSON.stringify(message));
    await connection.request("net_version");
    expect(heard).toEqual([{ number: "0x7" }]);
  });
});
