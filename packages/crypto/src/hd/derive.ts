import { HDKey } from "@scure/bip32";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { mnemonicToSeed } from "./mnemonic.ts";

interface DerivedAccount {
  readonly path: string;
  readonly privateKey: Uint8Array;
  /** 20 bytes. */
  readonly address: Uint8Array;
}

/** BIP-44 branch of coin type 60. */
const ETHEREUM_BRANCH = "m/44'/60'/0'/0";

/** @throws CRYPTO_KEY_INVALID */
export function accountsFromMnemonic(mnemonic: string, count: number, passphrase = ""): DerivedAccount[] {
  const branch = HDKey.fromMasterSeed(mnemonicToSeed(mnemonic, passphrase)).derive(ETHEREUM_BRANCH);
  return Array.from({ length: count }, (_, index) => {
    // Keys derived from a seed always have a private key.
    const privateKey = branch.deriveChild(index).privateKey as Uint8Array;
    return { path: `${ETHEREUM_BRANCH}/${index}`, privateKey, address: privateKeyToAddress(privateKey) };
  });
}
