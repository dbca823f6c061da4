import { isIP } from "node:net";
import { LruMap } from "@trellis/base";
import { isLoopbackHost } from "./thisMachine.ts";

const ANY = "*";
const LOCAL = "local";
/** Any browser extension. Web pages cannot have extension origins. */
const EXTENSIONS = "extensions";

export const DEVELOPMENT_ORIGINS: readonly string[] = [LOCAL, EXTENSIONS];

const EXTENSION_SCHEMES = new Set(["chrome-extension:", "moz-extension:", "safari-web-extension:"]);
const PAGE_SCHEMES = new Set(["http:", "https:"]);

const KNOWN_MAX = 64;

export interface AdmissionOptions {
  /** `*` accepts every host. IP addresses are always accepted. */
  readonly hosts: readonly string[];
  /** Origins, or the keywords `local`, `extensions` and `*`. */
  readonly origins: readonly string[];
}

export class Admission {
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;
  readonly #knownHosts = new LruMap<string, boolean>(KNOWN_MAX);
  readonly #knownOrigins = new LruMap<string, boolean>(KNOWN_MAX);

  constructor({ origins, hosts }: AdmissionOptions) {
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()));
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()));
  }

  /** Prevents DNS rebinding, which needs a host name. [RPC-19] */
  admitsHost(header: string | undefined): boolean {
    if (header === undefined || this.#hosts.has(ANY)) return true;
    return remembered(this.#knownHosts, header, () => {
      const host = hostOf(header);
      return isIP(host) !== 0 || this.#hosts.has(host);
    });
  }

  /** Programs send no origin. `null` is refused: sandboxed frames of any page send it. [RPC-19] */
  admitsOrigin(origin: string | undefined): boolean {
    if (origin === undefined || this.#origins.has(ANY)) return true;
    return remembered(this.#knownOrigins, origin, () => this.#admitsPage(origin.toLowerCase()));
  }

  #admitsPage(origin: string): boolean {
    if (this.#origins.has(origin)) return true;
    if (!URL.canParse(origin)) return false;
    const { protocol, hostname } = new URL(origin);
    if (EXTENSION_SCHEMES.has(protocol)) return this.#origins.has(EXTENSIONS);
    return this.#origins.has(LOCAL) && PAGE_SCHEMES.has(protocol) && isLoopbackHost(hostname);
  }
}

function remembered(known: LruMap<string, boolean>, header: string, decide: () => boolean): boolean {
  const before = known.get(header);
  if (before !== undefined) return before;
  const isAdmitted = decide();
  known.set(header, isAdmitted);
  return isAdmitted;
}

function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d+$/, "")).toLowerCase();
}
