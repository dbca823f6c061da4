import { bytesToHex } from "@trellis/base";
import { type CallSigner, createRemoteCallSigner } from "@trellis/client";
import { publicKeyToAddress } from "@trellis/crypto";
import { platformErrors } from "@trellis/platform";
import type { KeyDescription, KeyPurpose } from "@trellis/platform/keys";
import type { ServiceIo } from "@trellis/platform/service";
import { openRemoteSigner } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import type { HeadSigner } from "../log/index.ts";
import type { CustodianSigner } from "../snapshots/index.ts";
import type { ReservesServiceSettings } from "./settings.ts";

export interface RemoteKeys {
  readonly custodian: CustodianSigner;
  readonly log: HeadSigner;
  /** Key that the signer currently permits for this client. */
  readAnchor(): Promise<CallSigner | undefined>;
}

/** Undefined without `--signer`. @throws CONFIG_INVALID_VALUE, codes of RemoteSigner.list */
export async function openRemoteKeys(
  { signer: path, custodian: name }: Pick<ReservesServiceSettings, "signer" | "custodian">,
  { lifecycle }: Pick<ServiceIo, "lifecycle">,
): Promise<RemoteKeys | undefined> {
  if (path === "") return undefined;
  const remote = await lifecycle.start(
    "signer",
    () => openRemoteSigner(path, systemRandom),
    (opened) => opened.close(),
  );
  const keys = await remote.list();
  const record = requireKey(keys, "record", "ed25519");
  const log = requireKey(keys, "log", "ed25519");
  return {
    custodian: { publicKey: record.publicKey, sign: (message) => remote.sign(record.id, message) },
    log: {
      key: { name, algorithm: "ed25519", publicKey: log.publicKey },
      sign: (message) => remote.sign(log.id, message),
    },
    async readAnchor() {
      const held = await remote.list();
      if (!held.some(({ purpose }) => purpose === "anchor")) return undefined;
      const anchor = requireKey(held, "anchor", "secp256k1");
      return createRemoteCallSigner(bytesToHex(publicKeyToAddress(anchor.publicKey)), (unsigned) =>
        remote.signMessage(anchor.id, unsigned),
      );
    },
  };
}

function requireKey(
  keys: readonly KeyDescription[],
  purpose: KeyPurpose,
  algorithm: KeyDescription["algorithm"],
): KeyDescription & { readonly publicKey: Uint8Array } {
  const found = keys.filter((key) => key.purpose === purpose);
  const [key] = found;
  if (found.length === 1 && key?.algorithm === algorithm && key.publicKey !== undefined)
    return { ...key, publicKey: key.publicKey };
  throw platformErrors.CONFIG_INVALID_VALUE({
    setting: "signer",
    reason: `the access file of the signer must permit one ${purpose} key (${algorithm}) to this client`,
    got: found.map(({ id, algorithm: held }) => `${id} (${held})`).join(" "),
  });
}
