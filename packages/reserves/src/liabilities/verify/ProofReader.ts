import { ByteReader } from "@trellis/base";
import { liabilitiesErrors } from "../errors.ts";

export class ProofReader extends ByteReader {
  constructor(bytes: Uint8Array) {
    super(bytes, { malformed: liabilitiesErrors.PROOF_MALFORMED });
  }

  text(what: string): string {
    const bytes = this.take(this.u8(what), what);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw liabilitiesErrors.PROOF_MALFORMED({ what, expected: "UTF-8" }, cause);
    }
  }
}
