import type { VaultKeyVersion, VaultTransit } from "../../keyServices/createVaultTransit.ts";
import { signerErrors } from "../../keyServices/errors.ts";
import { createKeyHolder } from "../createKeyHolder.ts";
import type { KeyDescription, KeyHolder, KeyPurpose } from "../KeyHolder.ts";
import { PUBLIC_KEY_SIZES, type RawPublicKey, readPublicKey } from "../publicKeys.ts";
import { derToCompact } from "../signatures.ts";

export interface VaultHolderOptions {
  /** Purpose by key name. Empty: all listed keys have `purpose`. */
  readonly keys?: Readonly<Record<string, KeyPurpose>>;
  readonly purpose?: KeyPurpose;
}

interface Place {
  readonly key: string;
  readonly version: number;
}

/** `NAME` is the newest version as of the last `list`; `NAME/VERSION` is an older one. */
export function openVaultHolder(
  transit: VaultTransit,
  { keys = {}, purpose = "account" }: VaultHolderOptions = {},
): KeyHolder {
  let places = new Map<string, Place>();
  const isChosen = Object.keys(keys).length > 0;

  async function versionsOf(name: string): Promise<readonly (KeyDescription & Place)[]> {
    const key = await transit.read(name);
    const found = (key?.versions ?? []).flatMap((version) => {
      const raw = rawKeyOf(version, key?.type ?? "", key?.parameterSet);
      return raw === undefined ? [] : [{ version, raw }];
    });
    if (found.length === 0 && isChosen) {
      const reason =
        key === undefined ? "no such key" : `a key of type ${key.type.slice(0, 32)} cannot sign here`;
      throw signerErrors.SIGNER_SETUP_INVALID({ holder: transit.name, key: name, reason });
    }
    return found.map(({ version: { version, createdMs }, raw }, index) => ({
      id: index === found.length - 1 ? name : `${name}/${version}`,
      purpose: keys[name] ?? purpose,
      ...raw,
      ...(found[0]?.version.createdMs !== undefined && { createdMs: found[0].version.createdMs }),
      ...(version > 1 && createdMs !== undefined && { rotatedMs: createdMs }),
      holder: transit.name,
      location: `${name} v${version}`,
      key: name,
      version,
    }));
  }

  return createKeyHolder({
    name: transit.name,
    async list() {
      const names = isChosen ? Object.keys(keys) : await transit.names();
      const found: (KeyDescription & Place)[] = [];
      for (const name of names) found.push(...(await versionsOf(name)));
      places = new Map(found.map(({ id, key, version }) => [id, { key, version }]));
      return found.map(({ key: _, version: __, ...description }) => description);
    },
    async sign({ id, algorithm }, payload, signal) {
      const { key, version } = places.get(id) as Place;
      const isDigest = algorithm === "secp256k1" || algorithm === "p256";
      const parameters = {
        key_version: version,
        ...(isDigest && { prehashed: true, hash_algorithm: "sha2-256", marshaling_algorithm: "asn1" }),
      };
      const signature = await transit.sign(key, payload, parameters, signal);
      return isDigest ? (derToCompact(signature) ?? new Uint8Array()) : signature;
    },
    async close() {
      places.clear();
    },
  });
}

function rawKeyOf(
  { publicKey }: VaultKeyVersion,
  type: string,
  parameterSet: string | undefined,
): RawPublicKey | undefined {
  if (publicKey === undefined) return undefined;
  if (publicKey.startsWith("-----BEGIN")) return readPublicKey(publicKey);
  const algorithm = type === "ml-dsa" ? `ml-dsa-${parameterSet?.replace(/^ml-dsa-/, "")}` : type;
  if (algorithm !== "ed25519" && algorithm !== "ml-dsa-44" && algorithm !== "ml-dsa-65") return undefined;
  const bytes = new Uint8Array(Buffer.from(publicKey, "base64"));
  return bytes.length === PUBLIC_KEY_SIZES[algorithm] ? { algorithm, publicKey: bytes } : undefined;
}
