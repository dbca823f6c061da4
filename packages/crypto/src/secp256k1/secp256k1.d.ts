declare module "secp256k1" {
  interface Secp256k1 {
    privateKeyVerify(privateKey: Uint8Array): boolean;
    publicKeyVerify(publicKey: Uint8Array): boolean;
    publicKeyCreate(privateKey: Uint8Array, compressed: boolean): Uint8Array;
    publicKeyConvert(publicKey: Uint8Array, compressed: boolean): Uint8Array;
    ecdsaSign(hash: Uint8Array, privateKey: Uint8Array): { signature: Uint8Array; recid: number };
    ecdsaVerify(signature: Uint8Array, hash: Uint8Array, publicKey: Uint8Array): boolean;
    ecdsaRecover(signature: Uint8Array, recid: number, hash: Uint8Array, compressed: boolean): Uint8Array;
  }
  const secp256k1: Secp256k1;
  export default secp256k1;
}
