import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";

export interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
}

type Upgrades = WeakMap<IncomingMessage, Upgrade>;

const routed = new WeakMap<Server, Upgrades>();

/** Upgrade requests pass through hooks and routes. If no route takes the socket, the response closes it. */
export function routeUpgrades(server: FastifyInstance): (request: IncomingMessage) => Upgrade | undefined {
  const upgrades = routed.get(server.server) ?? listen(server);
  return (request) => upgrades.get(request);
}

function listen(server: FastifyInstance): Upgrades {
  const upgrades: Upgrades = new WeakMap();
  const open = new Set<Duplex>();
  server.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    // An upgrade removes the server's timeout listener.
    (socket as Socket).setTimeout(server.server.timeout, () => socket.destroy());
    socket.on("error", () => socket.destroy()).once("close", () => open.delete(socket));
    upgrades.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.assignSocket(socket as IncomingMessage["socket"]);
    response.once("finish", () => socket.destroy());
    server.routing(request, response);
  });
  // `close` waits for upgraded connections, but does not close them.
  server.addHook("preClose", async () => {
    for (const socket of open) socket.destroy();
  });
  routed.set(server.server, upgrades);
  return upgrades;
}
