/** Whether a host's name or address, without a port, is this machine's own alone. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether a Host header names this machine: a page that had its own name resolve to it is known by that name. */
export function namesThisMachine(authority: string): boolean {
  return URL.canParse(`http://${authority}`) && isLoopbackHost(new URL(`http://${authority}`).hostname);
}
