import type { ProcessIo } from "@trellis/platform/service";
import { trellisErrors } from "../../errors.ts";
import type { HealthSettings } from "./settings.ts";

/** Below the timeout of a container's health check. */
const TIMEOUT_MS = 4_000;

/** @throws UPSTREAM_UNREACHABLE, and the errors of RemoteSigner.list */
export async function run({ signer, url, ready }: HealthSettings, { stdout }: ProcessIo): Promise<void> {
  if (signer !== "") await askSigner(signer);
  else await askService(`${url}/${ready ? "ready" : "health"}`);
  stdout.write("healthy\n");
}

async function askSigner(file: string): Promise<void> {
  const [{ openRemoteSigner }, { systemRandom }] = await Promise.all([
    import("@trellis/platform/signer"),
    import("@trellis/platform/system"),
  ]);
  const signer = openRemoteSigner(file, systemRandom);
  await signer.list();
  await signer.close();
}

async function askService(url: string): Promise<void> {
  const headers = { accept: "application/json" };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error) => {
    const reason = error.cause?.code ?? error.message;
    throw trellisErrors.UPSTREAM_UNREACHABLE({ url, reason }, error);
  });
  const body = await response.text();
  if (!response.ok)
    throw trellisErrors.UPSTREAM_UNREACHABLE({ url, status: response.status, body: body.slice(0, 500) });
}
