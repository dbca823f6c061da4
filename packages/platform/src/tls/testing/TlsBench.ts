import { once } from "node:events";
import type { RequestListener, Server, ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { type Log, silentLog, silentMetrics } from "@trellis/base";
import { systemClock, systemRandom, systemScheduler } from "../../system/index.ts";
import { type CheckedIdentity, checkIdentity } from "../checkIdentity.ts";
import { createAuthority, type Issued, issueCertificate } from "../createCertificates.ts";
import { ListenerTls } from "../systemListenerTls.ts";

const ports = { clock: systemClock, random: systemRandom };

export class TlsBench {
  authority!: Issued;
  server!: Issued;
  readonly #servers: Server[] = [];

  async prepare(): Promise<void> {
    this.authority = await createAuthority("authority", ports);
    this.server = await this.issueServer();
  }

  issueServer(hosts: readonly string[] = ["localhost", "127.0.0.1"], days?: number): Promise<Issued> {
    return issueCertificate(this.authority, { kind: "server", name: "server", hosts }, ports, days);
  }

  issueClient(name: string, days?: number): Promise<Issued> {
    return issueCertificate(this.authority, { kind: "client", name }, ports, days);
  }

  identity(server = this.server, hasClients = false): CheckedIdentity {
    const clientAuthority = hasClients ? this.authority.certificate : undefined;
    return checkIdentity({ ...server, clientAuthority, versionMin: "TLSv1.3" }, [], systemClock.nowMs());
  }

  tls(identity = this.identity(), log: Log = silentLog): ListenerTls {
    return new ListenerTls(identity, {
      clock: systemClock,
      scheduler: systemScheduler,
      log,
      metrics: silentMetrics,
    });
  }

  async serve(tls: ListenerTls, listener: RequestListener, options: ServerOptions = {}): Promise<number> {
    const server = tls.createServer(options, listener);
    this.#servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers.splice(0)) {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    }
  }
}
