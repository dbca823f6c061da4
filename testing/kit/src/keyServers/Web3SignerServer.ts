import { createLocalSigner, keccak256, publicKeyFromPrivate } from "@trellis/crypto";
import { type DoubleAnswer, type DoubleRequest, HttpDouble, ok } from "./HttpDouble.ts";

/** Imitates Web3Signer in eth1 mode (https://docs.web3signer.consensys.io/reference/api/rest). */
export class Web3SignerServer extends HttpDouble {
  readonly #secrets = new Map<string, Uint8Array>();

  add(privateKey: Uint8Array): void {
    this.#secrets.set(Buffer.from(publicKeyFromPrivate(privateKey).subarray(1)).toString("hex"), privateKey);
  }

  protected async answer({ method, path, body }: DoubleRequest): Promise<DoubleAnswer> {
    if (method === "GET" && path === "/upcheck") return { status: 200, body: "OK" };
    if (method === "GET" && path === "/api/v1/eth1/publicKeys")
      return ok([...this.#secrets.keys()].map((key) => `0x${key}`));
    const [, identifier = ""] = /^\/api\/v1\/eth1\/sign\/(?:0x)?([0-9a-fA-F]{128})$/.exec(path) ?? [];
    const secret = this.#secrets.get(identifier.toLowerCase());
    if (method !== "POST" || secret === undefined) return { status: 404, body: "" };
    const { data } = JSON.parse(body) as { data: string };
    const message = this.isLying ? new Uint8Array(1) : Buffer.from(data.replace(/^0x/, ""), "hex");
    const { r, s, yParity } = await createLocalSigner(secret).signHash(keccak256(message));
    const word = (value: bigint) => value.toString(16).padStart(64, "0");
    return { status: 200, body: `0x${word(r)}${word(s)}${(27 + yParity).toString(16)}` };
  }
}
