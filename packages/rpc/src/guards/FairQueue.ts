import type { Connection } from "./Connection.ts";

export interface Waiter {
  readonly address: string;
  readonly connection: Connection;
}

/** Round robin over addresses, and over their connections. [RPC-23] */
export class FairQueue<T> {
  readonly #addresses = new Map<string, Map<Connection, T[]>>();
  readonly #counts = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get addressCount(): number {
    return this.#addresses.size;
  }

  sizeOf(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  push({ address, connection }: Waiter, item: T): void {
    const connections = this.#addresses.get(address) ?? new Map<Connection, T[]>();
    const items = connections.get(connection) ?? [];
    items.push(item);
    connections.set(connection, items);
    this.#addresses.set(address, connections);
    this.#add(address, 1);
  }

  shift(): T | undefined {
    for (const [address, connections] of this.#addresses) {
      this.#addresses.delete(address);
      this.#addresses.set(address, connections);
      for (const [connection, items] of connections) {
        connections.delete(connection);
        const item = items.shift();
        if (items.length > 0) connections.set(connection, items);
        if (connections.size === 0) this.#addresses.delete(address);
        this.#add(address, -1);
        return item;
      }
    }
    return undefined;
  }

  remove({ address, connection }: Waiter, item: T): boolean {
    const connections = this.#addresses.get(address);
    const items = connections?.get(connection);
    const index = items?.indexOf(item) ?? -1;
    if (connections === undefined || items === undefined || index < 0) return false;
    items.splice(index, 1);
    if (items.length === 0) connections.delete(connection);
    if (connections.size === 0) this.#addresses.delete(address);
    this.#add(address, -1);
    return true;
  }

  #add(address: string, count: number): void {
    this.#size += count;
    const of = this.sizeOf(address) + count;
    if (of === 0) this.#counts.delete(address);
    else this.#counts.set(address, of);
  }
}
