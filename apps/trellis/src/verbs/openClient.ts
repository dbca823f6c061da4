import { createSigningFetch, importRequestKey } from "@trellis/crypto/httpSignatures";
import { platformErrors } from "@trellis/platform";
import { readSecret } from "@trellis/platform/secrets";
import type { ProcessIo } from "@trellis/platform/service";
import type { ServiceSettings } from "@trellis/platform/service/settings";
import { ServiceClient } from "@trellis/reserves/service/client";
import { readApiKey } from "./reserves/readApiKey.ts";

export type ClientSettings = Pick<ServiceSettings, "url" | "apiKeyFrom" | "signWith" | "signKeyId">;

/** A node on a local network needs no key. */
export async function openNodeClient(settings: ClientSettings, io: ProcessIo): Promise<ServiceClient> {
  const isAnonymous = settings.apiKeyFrom === "" && settings.signWith === "";
  return isAnonymous ? new ServiceClient(settings.url, undefined) : openClient(settings, io);
}

export async function openClient(settings: ClientSettings, io: ProcessIo): Promise<ServiceClient> {
  const { url, apiKeyFrom, signWith, signKeyId } = settings;
  if ((signWith === "") !== (signKeyId === ""))
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "signWith",
      expected: "signWith and signKeyId together",
    });
  if (signWith === "") return new ServiceClient(url, await readApiKey(apiKeyFrom, io));
  if (apiKeyFrom !== "")
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "signWith", expected: "signWith or apiKeyFrom" });
  const key = await importRequestKey(await readSecret(signWith, "Signing key (--sign-with)", io));
  return new ServiceClient(url, undefined, createSigningFetch({ id: signKeyId, key }));
}
