import { isLoopbackHost } from "../admission/thisMachine.ts";
import { platformErrors } from "../errors.ts";

interface Listener {
  readonly setting: string;
  readonly host: string;
  /** Undefined: its protocol has no TLS. */
  readonly tls: boolean | undefined;
}

export interface Listening {
  readonly listeners: readonly Listener[];
  readonly isInsecureAllowed: boolean;
  /** 0: no limit. */
  readonly limitPerAddress: number;
}

/** Checks listeners on public networks. @throws CONFIG_INVALID_VALUE [GUARD-9] */
export function requireSafeListeners(listening: Listening): void {
  const { listeners, isInsecureAllowed, limitPerAddress } = listening;
  for (const { setting, host, tls } of listeners) {
    if (isLoopbackHost(host)) continue;
    if (tls !== true && !isInsecureAllowed) {
      const expected =
        tls === undefined
          ? "a loopback address, or --insecure-http in a private network, which also allows JSON-RPC without TLS"
          : "TLS, --insecure-http behind a proxy with TLS, or a loopback address";
      throw platformErrors.CONFIG_INVALID_VALUE({ setting, host, reason: "reachable without TLS", expected });
    }
    if (limitPerAddress === 0) {
      const expected = "a limit above 0, or a loopback address";
      const reason = "reachable without limits";
      throw platformErrors.CONFIG_INVALID_VALUE({ setting: "limitPerAddress", host, reason, expected });
    }
  }
}

export interface ProxiedListener {
  readonly host: string;
  readonly trustedProxies: readonly string[];
  /** Host names. Any name other than localhost implies a proxy. */
  readonly names: readonly string[];
}

/** All clients of an unknown proxy would share one address's limits. @throws CONFIG_INVALID_VALUE */
export function requireKnownClients({ host, trustedProxies, names }: ProxiedListener): void {
  if (!isLoopbackHost(host) || !names.some(isPublicName) || trustedProxies.length > 0) return;
  throw platformErrors.CONFIG_INVALID_VALUE({
    setting: "trustedProxies",
    names: names.join(" "),
    reason: "all clients of a proxy on this machine share its address",
    expected: "the proxy's address, such as 127.0.0.1",
  });
}

function isPublicName(name: string): boolean {
  return name !== "*" && !name.endsWith(".localhost") && !isLoopbackHost(name);
}
