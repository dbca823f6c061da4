import { isIP } from "node:net";
import { LruMap } from "@trellis/base";
import { isLoopbackHost } from "./thisMachine.ts";

/** Admits every host, or every origin. */
const ANY = "*";
/** Admits pages that this machine serves: http or https, `localhost` or a loopback address, any port. */
const LOCAL = "local";
/** Admits browser extensions, such as wallets: no web page has an origin of theirs. */
const EXTENSIONS = "extensions";

/** Origins that a development port admits unless it is told otherwise. */
export const DEVELOPMENT_ORIGINS: readonly string[] = [LOCAL, EXTENSIONS];

const EXTENSION_SCHEMES = new Set(["chrome-extension:", "moz-extension:", "safari-web-extension:"]);
const PAGE_SCHEMES = new Set(["http:", "https:"]);

/** Headers whose verdict is remembered; clients send few different ones. */
const KNOWN_MAX = 64;

export interface AdmissionOptions {
  /** Values of the Host header beside IP addresses; `*` admits all. */
  readonly hosts: readonly string[];
  /** Origins of web pages; `local`, `extensions` and `*` admit groups. */
  readonly origins: readonly string[];
}

/** Decides which Host headers and which browser origins a port serves. [RPC-19] */
export class Admission {
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;
  readonly #knownHosts = new LruMap<string, boolean>(KNOWN_MAX);
  readonly #knownOrigins = new LruMap<string, boolean>(KNOWN_MAX);

  constructor({ origins, hosts }: AdmissionOptions) {
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()));
    this.#hosts = new Set(hosts.map((host) => host.toLowerCase()));
  }

  /**
   * A page that rebinds its own name to this machine still sends that name: only configured names are answered. An IP
   * address cannot be rebound. A client that sends no Host header is no browser.
   */
  admitsHost(header: string | undefined): boolean {
    if (header === undefined || this.#hosts.has(ANY)) return true;
    return remembered(this.#knownHosts, header, () => {
      const host = hostOf(header);
      return isIP(host) !== 0 || this.#hosts.has(host);
    });
  }

  /** Programs send no origin; pages do. Any page can send the origin `null`, from a sandboxed frame. */
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

/** Without port, and an IPv6 address without its brackets. */
function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d+$/, "")).toLowerCase();
}
