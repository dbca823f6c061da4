import type { ReservesClientPorts } from "./ReservesClientPorts.ts";

export const systemPorts: ReservesClientPorts = {
  fetch: (...args) => globalThis.fetch(...args),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  newKey: () => globalThis.crypto.randomUUID(),
};
