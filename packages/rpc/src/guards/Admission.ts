import { isIP } from "node:net";
import { LruMap } from "@trellis/base";
import type { RpcOptions } from "../options.ts";

const ANY = "*";
/** Host headers whose verdict is remembered; clients send few different ones. */
const HOSTS_KNOWN_MAX = 64;

/** Says which hosts and browser origins are served. [RPC-19] */
export class Admission {
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;
  readonly #knownHosts = new LruMap<string, boolean>(HOSTS_KNOWN_MAX);

  constructor({ origins, hosts }: Pick<RpcOptions, "origins" | "hosts">) {
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()));
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()));
  }

  /**
   * A page that rebinds its own name to this machine still sends that name: only configured names are answered. An IP
   * address cannot be rebound. Without the header the client is no browser.
   */
  admitsHost(header: string | undefined): boolean {
    if (header === undefined || this.#hosts.has(ANY)) return true;
    let isAdmitted = this.#knownHosts.get(header);
    if (isAdmitted === undefined) {
      const host = hostOf(header);
      isAdmitted = isIP(host) !== 0 || this.#hosts.has(host);
      this.#knownHosts.set(header, isAdmitted);
    }
    return isAdmitted;
  }

  /** Programs send no origin; pages do. */
  admitsOrigin(origin: string | undefined): boolean {
    return origin === undefined || this.#origins.has(ANY) || this.#origins.has(origin.toLowerCase());
  }
}

/** Without port, and an IPv6 address without its brackets. */
function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d+$/, "")).toLowerCase();
}
